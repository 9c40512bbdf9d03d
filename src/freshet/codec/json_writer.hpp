// SPDX-License-Identifier: MIT
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace freshet::codec {

/// Appends `text` as a JSON string, with its quotation marks.
///
/// Escapes what RFC 8259 demands and nothing else: `"`, `\` and control characters. A part of `text` that is not UTF-8
/// becomes U+FFFD, so that what is written is always valid.
void append_json_string(std::string& out, std::string_view text);

/// Appends `text` as the name of an object's member: the same with a colon.
void append_json_name(std::string& out, std::string_view text);

/// Appends `number` as JavaScript's JSON.stringify prints it: the fewest digits that read back as the same number, no
/// fraction where there is none (`21`, not `21.0`), an exponent from 1e21 on and below 1e-6, and `0` for minus zero.
///
/// Errors: false, and nothing appended, for infinities and NaN, which JSON does not have.
[[nodiscard]] bool append_json_number(std::string& out, double number);

/// The same for single precision: the fewest digits that read back as the same float.
[[nodiscard]] bool append_json_number(std::string& out, float number);

/// Writes one JSON document onto the end of a string, without white space, and sets the commas.
///
/// The writer does not check that begin and end match or that an object's values have names: it is for code that knows
/// the shape of what it writes. `JsonReader` checks what comes from outside.
///
/// Lifetime: `out` outlives the writer. The writer holds no text of its own: everything is in `out` at once.
/// Example: json_writer.test.cpp [writer]
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_list() { begin('['); }
  void end_list() { end(']'); }

  /// Writes the name of the member whose value comes next.
  void name(std::string_view text) {
    separate();
    append_json_name(out_, text);
    comma_ = false;
  }

  void null() { literal("null"); }
  void boolean(bool value) { literal(value ? "true" : "false"); }
  void string(std::string_view text) {
    separate();
    append_json_string(out_, text);
  }

  /// Writes a whole number with all its digits; readers in JavaScript round above 2^53.
  template <std::integral Number> void integer(Number number) {
    char digits[24];
    const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
    literal({digits, static_cast<std::size_t>(end - digits)});
  }

  /// Writes a number as append_json_number() does.
  ///
  /// Errors: false, and nothing written, for infinities and NaN.
  template <std::floating_point Number> [[nodiscard]] bool number(Number number) {
    const std::size_t before = out_.size();
    const bool comma = comma_;
    separate();
    if (append_json_number(out_, number)) return true;
    out_.resize(before);
    comma_ = comma;
    return false;
  }

  /// Writes `text`, which is one JSON value already.
  void raw(std::string_view text) { literal(text); }

 private:
  void separate() {
    if (comma_) out_ += ',';
    comma_ = true;
  }
  void begin(char bracket) {
    separate();
    out_ += bracket;
    comma_ = false;
  }
  void end(char bracket) {
    out_ += bracket;
    comma_ = true;
  }
  void literal(std::string_view text) {
    separate();
    out_ += text;
  }

  std::string& out_;
  // Whether something stands before the next value in its list or object. One flag is enough: after an end there always
  // does, after a begin or a name never.
  bool comma_ = false;
};

}  // namespace freshet::codec
