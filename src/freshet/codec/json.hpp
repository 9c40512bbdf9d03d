// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
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
// | set           | a list in order; on reading in any order, nothing twice                                   |
// | map           | an object; the keys are names, in the map's order                                         |
// | reference     | "users/tijuana", null if empty; on reading also "tijuana"                                 |
// | record        | an object with every exported field under its data key, in the schema's order; computed   |
// |               | ones among them; obj_type first, if the model has one; an unwrapped one: the bare value   |
// | poly          | the object of whatever class; on reading, obj_type says which                             |
// | Value         | itself; a whole real number is written with `.0`, so that it is read as a real one again  |
//
// Equal values always give equal bytes.

namespace freshet {

/// Whom JSON is for.
enum class JsonForm : std::uint8_t {
  /// Clients: fields by their data keys, with computed ones, without internal ones. What comes in is checked.
  document,
  /// A store: every member under its own name, nothing computed, references as bare ids, classes always named. What
  /// comes
  /// back was checked once: missing members take their defaults and unknown ones are passed over, as after a change of
  /// the model.
  stored,
};

/// How JSON is read into an object.
struct DecodeOptions {
  /// For text that is read whole; an open reader has its own.
  codec::JsonLimits limits;
  /// Passes over members that the schema does not name; otherwise the schema says what becomes of them.
  bool ignore_unknown_fields = false;
  JsonForm form = JsonForm::document;
};

namespace codec {

/// Appends the JSON of `object`.
///
/// Errors: a number that is not finite, an enum value without a name, a timestamp outside of the years 0000 to 9999, a
/// map key that is not UTF-8, nesting beyond kNestingDepthMax, what the getter of a computed field says; each with its
/// path. Then `out` is as it was before.
Result<void> encode_json(const Type& type, const void* object, std::string& out, JsonForm form = JsonForm::document);

/// Reads `text`, which is one JSON document, into `object`.
///
/// What the text leaves out takes the schema's default; the checks of the schema apply. Setters of computed fields run
/// at the end, in the schema's order. The first fault ends it.
///
/// Errors: each names its path and byte and, where there is something to say, a hint: not JSON; wrong type; an unknown,
/// a missing or a repeated field, or one that is not imported; out of range, too long or too short; an unknown enum
/// name or class; what a setter says. Then `object` is valid and holds something in between.
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
