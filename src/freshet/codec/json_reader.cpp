// SPDX-License-Identifier: MIT
#include "freshet/codec/json_reader.hpp"

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>
#include <utility>

#include "freshet/base/assert.hpp"
#include "freshet/codec/json_writer.hpp"

namespace freshet::codec {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_identifier(std::string_view text) {
  const auto fits = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || is_digit(c); };
  return !text.empty() && !is_digit(text[0]) && std::ranges::all_of(text, fits);
}

// Whether a number that does not fit its type is too small, not too large: where its first significant digit stands.
bool is_below_one(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t e = std::min(text.find_first_of("eE"), text.size());
  const std::string_view digits = text.substr(0, e);
  const std::size_t point = std::min(digits.find('.'), digits.size());
  const std::size_t significant = digits.find_first_not_of("0.");
  if (significant == std::string_view::npos) return true;
  const auto place = static_cast<std::int64_t>(point) - static_cast<std::int64_t>(significant);

  std::string_view exponent_text = text.substr(std::min(e + 1, text.size()));
  if (exponent_text.starts_with('+')) exponent_text.remove_prefix(1);
  std::int64_t exponent = 0;
  const auto parsed = std::from_chars(exponent_text.data(), exponent_text.data() + exponent_text.size(), exponent);
  if (parsed.ec == std::errc::result_out_of_range) return exponent_text.starts_with('-');
  return exponent <= -place;
}

template <class Integer> Result<Integer> whole_number(const JsonReader& reader) {
  if (reader.token() != JsonToken::number) return reader.wrong("a whole number");
  const std::string_view text = reader.text();
  if (text.find_first_of(".eE") != std::string_view::npos) return reader.wrong("a whole number");
  if (text == "-0") return Integer{0};
  Integer value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc() && parsed.ptr == text.data() + text.size()) return value;
  return reader.refuse(ErrorCode::out_of_range, "number out of range",
                       "allowed: " + std::to_string(std::numeric_limits<Integer>::min()) + " to " +
                           std::to_string(std::numeric_limits<Integer>::max()));
}

template <class Floating> Result<Floating> floating_number(const JsonReader& reader) {
  if (reader.token() != JsonToken::number) return reader.wrong("a number");
  const std::string_view text = reader.text();
  Floating value{};
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec == std::errc()) return value;
  if (is_below_one(text)) return text.starts_with('-') ? -Floating{0} : Floating{0};
  return reader.refuse(ErrorCode::out_of_range, "number out of range");
}

}  // namespace

std::string_view describe(JsonToken token) {
  switch (token) {
    case JsonToken::null:
      return "null";
    case JsonToken::boolean:
      return "a boolean";
    case JsonToken::number:
      return "a number";
    case JsonToken::string:
      return "a string";
    case JsonToken::begin_list:
      return "a list";
    case JsonToken::end_list:
      return "the end of the list";
    case JsonToken::begin_object:
      return "an object";
    case JsonToken::name:
      return "a name";
    case JsonToken::end_object:
      return "the end of the object";
    case JsonToken::end:
      return "the end of the text";
    case JsonToken::error:
      return "an error";
  }
  return "an unknown token";
}

std::string path_of_member(std::string_view name) {
  constexpr std::size_t kNameBytesMax = 64;
  const std::string_view shown = name.substr(0, kNameBytesMax);
  if (is_identifier(shown)) return '.' + std::string(shown);
  std::string text = "[";
  append_json_string(text, shown);
  return text += ']';
}

JsonReader::JsonReader(std::string_view text, JsonLimits limits) : input_(text), limits_(limits) {
  if (text.size() > limits.bytes_max) {
    token_ = fault_with(ErrorCode::too_large, "text is too long",
                        std::to_string(text.size()) + " bytes, at most " + std::to_string(limits.bytes_max));
  }
}

JsonToken JsonReader::next() {
  if (token_ == JsonToken::error) return token_;
  skip_space();
  token_begin_ = pos_;
  switch (expected_) {
    case Expected::value:
      return token_ = next_value();
    case Expected::first_item:
    case Expected::item_or_end:
      return token_ = next_item_or_end();
    case Expected::first_name:
    case Expected::name_or_end:
      return token_ = next_name_or_end();
    case Expected::nothing:
      break;
  }
  return token_ = pos_ == input_.size() ? JsonToken::end : fault("the end of the text");
}

Result<void> JsonReader::expect(JsonToken wanted) {
  if (next() != wanted) return wrong(describe(wanted));
  return {};
}

Result<void> JsonReader::skip_value() {
  std::size_t depth = 0;
  while (true) {
    switch (token_) {
      case JsonToken::begin_list:
      case JsonToken::begin_object:
        ++depth;
        break;
      case JsonToken::end_list:
      case JsonToken::end_object:
        FRESHET_ASSERT(depth > 0 && "there is a value to skip");
        --depth;
        break;
      case JsonToken::end:
      case JsonToken::error:
        return wrong("a value");
      default:
        break;
    }
    if (depth == 0) return {};
    next();
  }
}

Result<bool> JsonReader::boolean() const {
  if (token_ != JsonToken::boolean) return wrong("true or false");
  return boolean_;
}

Result<std::int64_t> JsonReader::int64() const { return whole_number<std::int64_t>(*this); }
Result<std::uint64_t> JsonReader::uint64() const { return whole_number<std::uint64_t>(*this); }
Result<double> JsonReader::number() const { return floating_number<double>(*this); }
Result<float> JsonReader::float32() const { return floating_number<float>(*this); }

Result<std::string_view> JsonReader::string() const {
  if (token_ != JsonToken::string) return wrong("a string");
  return text_;
}

std::string JsonReader::path() const {
  std::string path = "$";
  for (const Level& level : levels_) {
    if (!level.has_item) continue;
    if (level.is_object) {
      JsonReader name(level.raw_name);
      name.next();
      path += path_of_member(name.text());
    } else {
      path += '[' + std::to_string(level.index) + ']';
    }
  }
  return path;
}

std::string JsonReader::member_path(std::string_view name) const { return path() + path_of_member(name); }

const Error& JsonReader::error() const {
  FRESHET_ASSERT(error_.has_value());
  return *error_;
}

tl::unexpected<Error> JsonReader::refuse(ErrorCode code, std::string primary, std::string hint) const {
  if (token_ == JsonToken::error) return tl::unexpected<Error>(error());
  return tl::unexpected<Error>(Error{.code = code,
                                     .primary = std::move(primary),
                                     .detail = shown_token() + "at byte " + std::to_string(token_begin_),
                                     .hint = std::move(hint),
                                     .path = path()});
}

tl::unexpected<Error> JsonReader::wrong(std::string_view wanted) const {
  if (token_ == JsonToken::error) return tl::unexpected<Error>(error());
  std::string found(describe(token_));
  constexpr std::size_t kShownBytesMax = 32;
  if (token_ == JsonToken::number && text_.size() <= kShownBytesMax) found = text_;
  if (token_ == JsonToken::boolean) found = boolean_ ? "true" : "false";
  return tl::unexpected<Error>(Error{.code = ErrorCode::invalid_argument,
                                     .primary = "expected " + std::string(wanted),
                                     .detail = "found " + found + " at byte " + std::to_string(token_begin_),
                                     .hint = {},
                                     .path = path()});
}

// A client wrote it, so it is cut: an error does not grow with the request.
std::string JsonReader::shown_token() const {
  constexpr std::size_t kShownBytesMax = 32;
  const std::string_view shown = text_.substr(0, kShownBytesMax);
  const std::string_view rest = text_.size() > kShownBytesMax ? "... " : " ";
  std::string text = "got ";
  if (token_ == JsonToken::number) return (text += shown) += rest;
  if (token_ != JsonToken::string) return {};
  append_json_string(text, shown);
  return text += rest;
}

JsonToken JsonReader::next_value() {
  if (pos_ == input_.size()) return fault("a value");
  switch (input_[pos_]) {
    case '{':
      return begin(true);
    case '[':
      return begin(false);
    case '"':
      if (!read_string()) return JsonToken::error;
      after_value();
      return JsonToken::string;
    case 't':
      boolean_ = true;
      return read_literal("true", JsonToken::boolean);
    case 'f':
      boolean_ = false;
      return read_literal("false", JsonToken::boolean);
    case 'n':
      return read_literal("null", JsonToken::null);
    default:
      return at('-') || is_digit(input_[pos_]) ? read_number() : fault("a value");
  }
}

JsonToken JsonReader::next_item_or_end() {
  if (at(']')) return close();
  if (expected_ == Expected::item_or_end) {
    if (!at(',')) return fault("a comma or the end of the list");
    ++pos_;
    skip_space();
    token_begin_ = pos_;
  }
  Level& level = levels_.back();
  if (level.has_item) ++level.index;
  level.has_item = true;
  return next_value();
}

JsonToken JsonReader::next_name_or_end() {
  if (at('}')) return close();
  if (expected_ == Expected::name_or_end) {
    if (!at(',')) return fault("a comma or the end of the object");
    ++pos_;
    skip_space();
    token_begin_ = pos_;
  }
  return read_name();
}

JsonToken JsonReader::begin(bool is_object) {
  if (levels_.size() >= limits_.depth_max) {
    return fault_with(ErrorCode::too_large, "nested too deeply",
                      "more than " + std::to_string(limits_.depth_max) + " levels at byte " + std::to_string(pos_));
  }
  ++pos_;
  levels_.push_back({.is_object = is_object, .raw_name = {}});
  expected_ = is_object ? Expected::first_name : Expected::first_item;
  return is_object ? JsonToken::begin_object : JsonToken::begin_list;
}

JsonToken JsonReader::close() {
  const bool is_object = levels_.back().is_object;
  ++pos_;
  levels_.pop_back();
  after_value();
  return is_object ? JsonToken::end_object : JsonToken::end_list;
}

void JsonReader::after_value() {
  if (levels_.empty()) {
    expected_ = Expected::nothing;
  } else {
    expected_ = levels_.back().is_object ? Expected::name_or_end : Expected::item_or_end;
  }
}

JsonToken JsonReader::read_name() {
  Level& level = levels_.back();
  level.has_item = false;  // a fault inside the name belongs to the object, not to the member before
  if (!at('"')) return fault("a name in quotation marks");
  const std::size_t begin = pos_;
  if (!read_string()) return JsonToken::error;
  level.has_item = true;
  level.raw_name = input_.substr(begin, pos_ - begin);
  skip_space();
  if (!at(':')) return fault("a colon after the name");
  ++pos_;
  expected_ = Expected::value;
  return JsonToken::name;
}

void JsonReader::skip_space() {
  while (at(' ') || at('\n') || at('\r') || at('\t')) ++pos_;
}

JsonToken JsonReader::fault(std::string_view wanted) {
  const char c = pos_ < input_.size() ? input_[pos_] : '\0';
  std::string hint;
  if (c == 'N' || c == 'I') hint = "JSON has no NaN and no Infinity";
  if (c == '\'') hint = "strings stand in double quotation marks";
  if (pos_ == 0 && c == '\xEF') hint = "a byte-order mark is not allowed";
  return fault_with(ErrorCode::invalid_argument, "expected " + std::string(wanted), describe_byte(pos_),
                    std::move(hint));
}

JsonToken JsonReader::fault_with(ErrorCode code, std::string primary, std::string detail, std::string hint) {
  error_ = Error{.code = code,
                 .primary = std::move(primary),
                 .detail = std::move(detail),
                 .hint = std::move(hint),
                 .path = path()};
  token_ = JsonToken::error;
  return token_;
}

std::string JsonReader::describe_byte(std::size_t at) const {
  if (at >= input_.size()) return "found the end of the text at byte " + std::to_string(at);
  const char c = input_[at];
  std::string found = "found ";
  if (c > ' ' && c < '\x7F') {
    ((found += '\'') += c) += '\'';
  } else {
    constexpr std::string_view kHexDigits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    ((found += "0x") += kHexDigits[byte >> 4U]) += kHexDigits[byte & 0xFU];
  }
  return found + " at byte " + std::to_string(at);
}

}  // namespace freshet::codec
