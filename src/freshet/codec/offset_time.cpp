// SPDX-License-Identifier: MIT
#include "freshet/codec/offset_time.hpp"

#include <cstdlib>
#include <string_view>

#include "freshet/codec/timestamp.hpp"

namespace freshet {
namespace {

constexpr std::size_t kSecondsEnd = std::string_view("2018-12-17T08:00:00").size();
constexpr std::size_t kOffsetBytes = std::string_view("-08:00").size();

void append_two_digits(std::string& text, int number) {
  text += static_cast<char>('0' + number / 10);
  text += static_cast<char>('0' + number % 10);
}

// The offset of a text that is known to be RFC 3339.
std::int16_t offset_of(std::string_view text) {
  if (text.ends_with('Z') || text.ends_with('z')) return 0;
  const std::string_view offset = text.substr(text.size() - kOffsetBytes);
  const auto number = [&](std::size_t at) { return (offset[at] - '0') * 10 + (offset[at + 1] - '0'); };
  const int minutes = number(1) * 60 + number(4);
  return static_cast<std::int16_t>(offset[0] == '-' ? -minutes : minutes);
}

}  // namespace

Result<std::string> OffsetTime::text() const {
  std::string text;
  if (std::abs(offset_minutes) > kOffsetMinutesMax || !codec::append_timestamp(text, time + offset())) {
    return fail(ErrorCode::out_of_range, "year is not in 0000 to 9999, or the offset is a day or more");
  }
  text.pop_back();  // the Z
  const std::size_t last_digit = text.find_last_not_of('0');
  text.resize(last_digit < kSecondsEnd + 1 ? kSecondsEnd : last_digit + 1);
  const int minutes = std::abs(offset_minutes);
  text += offset_minutes < 0 ? '-' : '+';
  append_two_digits(text, minutes / 60);
  text += ':';
  append_two_digits(text, minutes % 60);
  return text;
}

Result<void> OffsetTime::set_text(const std::string& text) {
  const auto parsed = codec::parse_timestamp(text);
  if (!parsed) {
    return fail(ErrorCode::invalid_argument, "expected a time with its offset from UTC", {},
                "written as 2018-12-17T08:00:00-08:00");
  }
  time = *parsed;
  offset_minutes = offset_of(text);
  return {};
}

}  // namespace freshet
