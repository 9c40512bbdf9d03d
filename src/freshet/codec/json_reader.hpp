// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/limits.hpp"
#include "freshet/base/result.hpp"

namespace freshet::codec {

enum class JsonToken : std::uint8_t {
  null,
  boolean,
  number,
  string,
  begin_list,
  end_list,
  begin_object,
  name,
  end_object,
  end,    ///< The document is complete and nothing follows it.
  error,  ///< The text is not JSON or breaks a limit; what is wrong is in JsonReader::error().
};

/// Returns what a message calls the token: "a number", "the end of the list".
std::string_view describe(JsonToken token);

/// The part of a path that leads to a member: `.low`, or `["a b"]` for a name that is no identifier. A client may have
/// chosen the name, so it is cut: an error does not grow with the request.
std::string path_of_member(std::string_view name);

/// What a reader takes; whatever is beyond is refused before it costs anything.
struct JsonLimits {
  Bytes bytes_max = mib(16);
  /// Lists and objects inside each other.
  std::size_t depth_max = kNestingDepthMax;
};

/// Reads one JSON document token by token, strictly as RFC 8259 has it: no comments, no trailing commas, no byte-order
/// mark, no NaN, valid UTF-8 only, surrogates in pairs, nothing but white space after the value.
///
/// Integers keep all 64 bits; doubles are read correctly rounded. The reader allows an object to have the same name
/// twice: whoever fills a typed object refuses that (decode_json() does).
///
/// A fault is sticky: from then on each token is `error`, so a loop that reads up to the end of a list ends, and what
/// it calls next reports the fault.
///
/// Lifetime: the text outlives the reader. What string() and text() return is valid until the next token is read.
/// Cost: no allocation but one for the nesting and one for strings with escapes.
/// Example: json_reader.test.cpp [rows]
class JsonReader {
 public:
  explicit JsonReader(std::string_view text, JsonLimits limits = {});
  // text() may point into the reader itself.
  JsonReader(const JsonReader&) = delete;
  JsonReader& operator=(const JsonReader&) = delete;

  /// Reads the next token and makes it the current one.
  JsonToken next();
  JsonToken token() const { return token_; }

  /// Reads the next token, which has to be `wanted`.
  Result<void> expect(JsonToken wanted);

  /// Skips the value that begins with the current token: ends on its last one. What is skipped is checked as well.
  Result<void> skip_value();

  /// The current token as a value of the wanted type.
  ///
  /// Errors: the token is something else. int64() and uint64() take whole numbers written without fraction and exponent
  /// (`2`, not `2.0` or `2e0`) that fit. number() and float32() refuse what overflows; what is too small becomes zero.
  Result<bool> boolean() const;
  Result<std::int64_t> int64() const;
  Result<std::uint64_t> uint64() const;
  Result<double> number() const;
  Result<float> float32() const;
  Result<std::string_view> string() const;

  /// The content of a string or name with its escapes resolved, or a number as it is written.
  std::string_view text() const { return text_; }

  /// The text from the current token on, for looking ahead with another reader.
  std::string_view remaining() const { return input_.substr(token_begin_); }

  /// Where the current token begins, in bytes.
  std::size_t offset() const { return token_begin_; }

  /// Where the current value stands in the document: `$.limits[2].low`, `$["a b"]` for a name that is no identifier.
  std::string path() const;

  /// Where the member `name` of the current object stands or would stand.
  std::string member_path(std::string_view name) const;

  /// What made the current token `error`.
  ///
  /// Requires: token() == JsonToken::error.
  const Error& error() const;

  /// An error about the current token, with its path; the fault itself if the token is `error`. The detail says where
  /// the token stands; `hint` may be empty.
  tl::unexpected<Error> refuse(ErrorCode code, std::string primary, std::string hint = {}) const;

  /// An error that says `wanted` was expected and what was found: wrong("a list").
  tl::unexpected<Error> wrong(std::string_view wanted) const;

 private:
  // One list or object around the current token. Where the reader is inside it is kept only for path().
  struct Level {
    bool is_object;
    bool has_item = false;
    std::size_t index = 0;
    std::string_view raw_name;
  };

  // What may come next.
  enum class Expected : std::uint8_t { value, first_item, item_or_end, first_name, name_or_end, nothing };

  JsonToken next_value();
  JsonToken next_item_or_end();
  JsonToken next_name_or_end();
  JsonToken begin(bool is_object);
  JsonToken close();
  JsonToken read_literal(std::string_view word, JsonToken token);
  JsonToken read_number();
  JsonToken read_name();
  bool read_string();
  bool read_string_rest(std::size_t plain_begin);
  bool read_escape();
  bool read_surrogate_pair(std::uint32_t high);
  std::optional<std::uint32_t> read_hex4();
  bool skip_digits();
  void skip_space();
  void after_value();
  bool at(char c) const { return pos_ < input_.size() && input_[pos_] == c; }
  JsonToken fault(std::string_view wanted);
  JsonToken fault_with(ErrorCode code, std::string primary, std::string detail, std::string hint = {});
  std::string describe_byte(std::size_t at) const;
  std::string shown_token() const;

  std::string_view input_;
  JsonLimits limits_;
  std::size_t pos_ = 0;
  std::size_t token_begin_ = 0;
  JsonToken token_ = JsonToken::null;
  Expected expected_ = Expected::value;
  bool boolean_ = false;
  std::string_view text_;
  std::string unescaped_;
  std::vector<Level> levels_;
  std::optional<Error> error_;
};

}  // namespace freshet::codec
