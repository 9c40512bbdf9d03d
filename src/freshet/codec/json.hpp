// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "freshet/base/result.hpp"
#include "freshet/codec/json_reader.hpp"
#include "freshet/model/type_of.hpp"

// Typed JSON: between the bytes and the object there is no document.
//
// | type          | JSON                                                                                      |
// |---------------|-------------------------------------------------------------------------------------------|
// | bool          | true, false                                                                               |
// | integer       | a number without fraction and exponent, all 64 bits; 2.0 is refused                       |
// | float, double | a number as JavaScript prints it; NaN and infinities are refused                          |
// | string        | a string; on writing, U+FFFD replaces what is not UTF-8                                   |
// | timestamp     | "2024-06-01T09:30:00.000000Z"; on reading, any RFC 3339 time (timestamp.hpp)              |
// | enum          | its name                                                                                  |
// | optional      | null, or what it holds                                                                    |
// | list          | a list                                                                                    |
// | map           | an object; the keys are names, in the map's order                                         |
// | record        | an object with every field, in the schema's order                                         |
// | Value         | itself; a whole real number is written with `.0`, so that it is read as a real one again  |
//
// Equal values always give equal bytes.

namespace freshet {

/// How JSON is read into an object.
struct DecodeOptions {
  /// For text that is read whole; an open reader has its own.
  codec::JsonLimits limits;
  /// Passes over members that the schema does not name; otherwise they are an error.
  bool ignore_unknown_fields = false;
};

namespace codec {

/// Appends the JSON of `object`.
///
/// Errors: a number that is not finite, an enum value without a name, a timestamp outside of the years 0000 to 9999, a
/// map key that is not UTF-8, nesting beyond kNestingDepthMax; each with its path. Then `out` is as it was before.
Result<void> encode_json(const Type& type, const void* object, std::string& out);

/// Reads `text`, which is one JSON document, into `object`.
///
/// What the text leaves out takes the schema's default; the checks of the schema apply. The first fault ends it.
///
/// Errors: each names its path and byte and, where there is something to say, a hint: not JSON; wrong type; an unknown,
/// a missing or a repeated field; out of range, too long or too short; an unknown enum name. Then `object` is valid and
/// holds something in between.
Result<void> decode_json(const Type& type, void* object, std::string_view text, const DecodeOptions& options = {});

/// Reads the value that begins with the reader's current token, and ends on its last token.
///
/// Example: json_decode.test.cpp [open reader]
Result<void> decode_json(const Type& type, void* object, JsonReader& reader, const DecodeOptions& options = {});

}  // namespace codec

/// The JSON of a value of any type that has a Type.
///
/// Errors: as codec::encode_json().
/// Example: json_encode.test.cpp [to_json]
template <class T> Result<std::string> to_json(const T& value) {
  std::string out;
  if (auto encoded = codec::encode_json(type_of<T>(), &value, out); !encoded) return fail(std::move(encoded.error()));
  return out;
}

/// The value that a JSON text describes, or why it describes none.
///
/// Errors: as codec::decode_json().
/// Example: json_decode.test.cpp [from_json]
template <class T> Result<T> from_json(std::string_view text, const DecodeOptions& options = {}) {
  T value{};
  if (auto read = codec::decode_json(type_of<T>(), &value, text, options); !read) return fail(std::move(read.error()));
  return value;
}

}  // namespace freshet
