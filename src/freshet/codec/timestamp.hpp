// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "freshet/base/clock.hpp"

namespace freshet::codec {

/// Appends `time` in UTC with microseconds, always equally long: `2024-06-01T09:30:00.000000Z`.
///
/// Errors: false, and nothing appended, outside of the years 0000 to 9999.
/// Source: RFC 3339
[[nodiscard]] bool append_timestamp(std::string& out, Timestamp time);

/// Reads an RFC 3339 time: `Z` or an offset such as `+02:00` is required, up to nine digits of a second may follow the
/// seconds; what is finer than a microsecond is cut off.
///
/// Errors: nothing, for any other text, days that do not exist, leap seconds and times outside of the years 0000 to
/// 9999 in UTC.
std::optional<Timestamp> parse_timestamp(std::string_view text);

}  // namespace freshet::codec
