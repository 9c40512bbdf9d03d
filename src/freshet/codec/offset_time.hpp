// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/model/describe.hpp"

namespace freshet {

/// A point in time as somebody's clock showed it: with the offset from UTC that held there.
///
/// As an attribute it is the text "2018-12-17T08:00:00-08:00" in documents and in stores, with as many digits of the
/// second as it has; the offset is kept as it was given, minutes exactly. Two of them are equal if time and offset are;
/// they are ordered by time. No zone rules are applied: LocalTime (local_time.hpp) knows named zones.
///
/// Example: src/freshet/codec/offset_time.test.cpp [offset_time]
struct OffsetTime {
  Timestamp time{};
  std::int16_t offset_minutes = 0;

  static constexpr std::int16_t kOffsetMinutesMax = 23 * 60 + 59;

  std::chrono::minutes offset() const { return std::chrono::minutes(offset_minutes); }
  /// The text of RFC 3339. Errors: out_of_range outside of the years 0000 to 9999, or for an offset of a day or more.
  Result<std::string> text() const;
  /// Errors: invalid_argument for any other text.
  Result<void> set_text(const std::string& text);
};

constexpr auto describe(of<OffsetTime>) {
  return model("offset_time", field<&OffsetTime::time>(), field<&OffsetTime::offset_minutes>(),
               computed<&OffsetTime::text, &OffsetTime::set_text>(), unwrap<&OffsetTime::text>());
}

}  // namespace freshet
