// SPDX-License-Identifier: MIT
#include "freshet/codec/json_writer.hpp"

#include <cmath>
#include <cstdint>
#include <limits>

#include "freshet/codec/utf8.hpp"

namespace freshet::codec {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
    case '\\':
      out += '\\';
      out += c;
      return;
    case '\b':
      out += "\\b";
      return;
    case '\t':
      out += "\\t";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\r':
      out += "\\r";
      return;
    default:
      out += "\\u00";
      out += kHexDigits[static_cast<unsigned char>(c) >> 4U];
      out += kHexDigits[static_cast<unsigned char>(c) & 0xFU];
  }
}

std::size_t leading_non_ascii(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && static_cast<unsigned char>(text[length]) >= 0x80) ++length;
  return length;
}

void append_escaped(std::string& out, std::string_view text) {
  out += '"';
  while (true) {
    const std::size_t plain = plain_length(text);
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (const std::size_t length = leading_non_ascii(text); length > 0) {
      append_as_utf8(out, text.substr(0, length));
      text.remove_prefix(length);
    } else {
      append_escape(out, text[0]);
      text.remove_prefix(1);
    }
  }
  out += '"';
}

// A number in the form `[-]d[.ddd]e±XX`, laid out as ECMAScript's Number::toString lays out what is not a short
// decimal.
void append_scientific(std::string& out, std::string_view text) {
  const std::size_t e = text.find('e');
  std::string_view exponent_text = text.substr(e + 1);
  const bool negative = exponent_text[0] == '-';
  exponent_text.remove_prefix(1);
  int exponent = 0;
  std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);

  constexpr int kFirstWithExponent = 21;
  if (negative || exponent >= kFirstWithExponent) {
    out += text.substr(0, e + 2);
    out += std::to_string(exponent);
    return;
  }
  // Only whole numbers come here (they are above kExactWholeMax): the digits, then zeros.
  std::size_t digit_count = 0;
  for (const char c : text.substr(0, e)) {
    if (c != '.') out += c;
    if (c >= '0' && c <= '9') ++digit_count;
  }
  out.append(static_cast<std::size_t>(exponent) + 1 - digit_count, '0');
}

template <class Number> bool append_floating(std::string& out, Number number) {
  if (!std::isfinite(number)) return false;
  char text[40];
  const auto appended = [&](std::to_chars_result result) {
    out.append(text, static_cast<std::size_t>(result.ptr - text));
    return true;
  };
  // Up to here every whole number is exact, so its digits are all significant.
  constexpr auto kExactWholeMax = static_cast<Number>(std::uint64_t{1} << std::numeric_limits<Number>::digits);
  constexpr Number kFixedMin = Number{1e-6};
  const Number magnitude = std::abs(number);
  if (magnitude < kExactWholeMax) {
    const auto whole = static_cast<std::int64_t>(number);
    if (static_cast<Number>(whole) == number) return appended(std::to_chars(text, text + sizeof text, whole));
    if (magnitude >= kFixedMin) {
      return appended(std::to_chars(text, text + sizeof text, number, std::chars_format::fixed));
    }
  }
  const auto end = std::to_chars(text, text + sizeof text, number, std::chars_format::scientific).ptr;
  append_scientific(out, {text, static_cast<std::size_t>(end - text)});
  return true;
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  if (plain_length(text) < text.size()) {
    append_escaped(out, text);
    return;
  }
  // One growth for the whole: the filling already puts both quotation marks.
  const std::size_t begin = out.size();
  out.append(text.size() + 2, '"');
  text.copy(out.data() + begin + 1, text.size());
}

void append_json_name(std::string& out, std::string_view text) {
  if (plain_length(text) < text.size()) {
    append_escaped(out, text);
    out += ':';
    return;
  }
  const std::size_t begin = out.size();
  out.append(text.size() + 3, '"');
  text.copy(out.data() + begin + 1, text.size());
  out.back() = ':';
}

bool append_json_number(std::string& out, double number) { return append_floating(out, number); }

bool append_json_number(std::string& out, float number) { return append_floating(out, number); }

}  // namespace freshet::codec
