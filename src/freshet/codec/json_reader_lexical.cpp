// SPDX-License-Identifier: MIT
// The characters of JSON: literals, numbers and strings with their escapes. What may follow what is in json_reader.cpp.
#include "freshet/codec/json_reader.hpp"
#include "freshet/codec/utf8.hpp"

namespace freshet::codec {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace

JsonToken JsonReader::read_literal(std::string_view word, JsonToken token) {
  if (input_.substr(pos_, word.size()) != word) return fault("a value");
  pos_ += word.size();
  after_value();
  return token;
}

JsonToken JsonReader::read_number() {
  const std::size_t begin = pos_;
  if (at('-')) ++pos_;
  if (at('0')) {
    ++pos_;
  } else if (!skip_digits()) {
    return fault("a digit");
  }
  if (at('.')) {
    ++pos_;
    if (!skip_digits()) return fault("a digit");
  }
  if (at('e') || at('E')) {
    ++pos_;
    if (at('+') || at('-')) ++pos_;
    if (!skip_digits()) return fault("a digit");
  }
  text_ = input_.substr(begin, pos_ - begin);
  after_value();
  return JsonToken::number;
}

bool JsonReader::read_string() {
  const std::size_t begin = ++pos_;
  pos_ += plain_length(input_.substr(pos_));
  if (!at('"')) return read_string_rest(begin);
  text_ = input_.substr(begin, pos_ - begin);
  ++pos_;
  return true;
}

// A string with escapes or with characters beyond ASCII. Only escapes force a copy: `plain_begin` is where the part
// that is not copied yet begins.
bool JsonReader::read_string_rest(std::size_t plain_begin) {
  unescaped_.clear();
  bool has_escapes = false;
  while (pos_ < input_.size()) {
    const std::string_view rest = input_.substr(pos_);
    const auto byte = static_cast<unsigned char>(rest[0]);
    if (byte == '"') {
      text_ = input_.substr(plain_begin, pos_ - plain_begin);
      if (has_escapes) text_ = unescaped_ += text_;
      ++pos_;
      return true;
    }
    if (byte == '\\') {
      unescaped_ += input_.substr(plain_begin, pos_ - plain_begin);
      has_escapes = true;
      if (!read_escape()) return false;
      plain_begin = pos_;
    } else if (byte < 0x20) {
      fault_with(ErrorCode::invalid_argument, "control character in a string", describe_byte(pos_),
                 "write it as an escape, such as \\n or \\u0000");
      return false;
    } else if (byte >= 0x80) {
      const Utf8Step step = utf8_step(rest);
      if (!step.valid) {
        fault_with(ErrorCode::invalid_argument, "string is not UTF-8", describe_byte(pos_));
        return false;
      }
      pos_ += step.length;
    } else {
      pos_ += plain_length(rest);
    }
  }
  fault("a quotation mark at the end of the string");
  return false;
}

bool JsonReader::read_escape() {
  constexpr std::string_view kLetters = "\"\\/bfnrtu";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const std::size_t escape_begin = pos_++;
  const std::size_t which = pos_ < input_.size() ? kLetters.find(input_[pos_]) : std::string_view::npos;
  if (which == std::string_view::npos) {
    fault(R"(one of " \ / b f n r t u after the reverse solidus)");
    return false;
  }
  ++pos_;
  if (which < kMeanings.size()) {
    unescaped_ += kMeanings[which];
    return true;
  }
  const auto unit = read_hex4();
  if (!unit) return false;
  if (*unit >= 0xD800 && *unit <= 0xDBFF) return read_surrogate_pair(*unit);
  if (*unit >= 0xDC00 && *unit <= 0xDFFF) {
    fault_with(ErrorCode::invalid_argument, "low surrogate without a high one", describe_byte(escape_begin));
    return false;
  }
  append_utf8(unescaped_, *unit);
  return true;
}

bool JsonReader::read_surrogate_pair(std::uint32_t high) {
  const std::size_t begin = pos_;
  std::optional<std::uint32_t> low;
  if (input_.substr(pos_, 2) == "\\u") {
    pos_ += 2;
    low = read_hex4();
    if (!low) return false;
  }
  if (!low || *low < 0xDC00 || *low > 0xDFFF) {
    fault_with(ErrorCode::invalid_argument, "high surrogate without a low one", describe_byte(begin));
    return false;
  }
  append_utf8(unescaped_, 0x10000 + ((high - 0xD800) << 10U) + (*low - 0xDC00));
  return true;
}

std::optional<std::uint32_t> JsonReader::read_hex4() {
  std::uint32_t value = 0;
  for (const std::size_t end = pos_ + 4; pos_ < end; ++pos_) {
    const char c = pos_ < input_.size() ? input_[pos_] : '\0';
    std::uint32_t digit = 0;
    if (is_digit(c)) {
      digit = static_cast<std::uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<std::uint32_t>(c - 'a') + 10;
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<std::uint32_t>(c - 'A') + 10;
    } else {
      fault("four hexadecimal digits");
      return std::nullopt;
    }
    value = value * 16 + digit;
  }
  return value;
}

bool JsonReader::skip_digits() {
  const std::size_t begin = pos_;
  while (pos_ < input_.size() && is_digit(input_[pos_])) ++pos_;
  return pos_ > begin;
}

}  // namespace freshet::codec
