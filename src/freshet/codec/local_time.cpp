// SPDX-License-Identifier: MIT
#include "freshet/codec/local_time.hpp"

#include <chrono>
#include <stdexcept>

#include <date/tz.h>

#include "freshet/codec/offset_time.hpp"
#include "freshet/codec/timestamp.hpp"

namespace freshet::codec {
namespace {

using LocalTimePoint = date::local_time<Timestamp::duration>;

constexpr std::size_t kOffsetBytes = std::string_view("-08:00").size();

Result<const date::time_zone*> find_zone(std::string_view name) {
  try {
    return date::locate_zone(name);
  } catch (const std::runtime_error&) {
    return fail(ErrorCode::not_found, "there is no time zone " + std::string(name), {},
                "names stand in /usr/share/zoneinfo, which the package tzdata brings");
  }
}

tl::unexpected<Error> no_local_time() {
  return fail(ErrorCode::invalid_argument, "expected a local time", {}, "written as 2018-12-17T08:00:00");
}

// Minutes, as the text says them; zones of the nineteenth century had seconds, too.
std::int16_t minutes_of(std::chrono::seconds offset) {
  return static_cast<std::int16_t>(std::chrono::duration_cast<std::chrono::minutes>(offset).count());
}

}  // namespace

Result<std::string> local_text(Timestamp time, std::string_view zone) {
  const auto found = find_zone(zone);
  if (!found) return fail(found.error());
  const date::sys_info now = (*found)->get_info(time);
  auto text = OffsetTime{.time = time + (now.offset - std::chrono::minutes(minutes_of(now.offset))),
                         .offset_minutes = minutes_of(now.offset)}
                  .text();
  if (!text) return text;
  const LocalTimePoint shown((time + now.offset).time_since_epoch());
  if ((*found)->get_info(shown).result != date::local_info::ambiguous) text->resize(text->size() - kOffsetBytes);
  return text;
}

Result<Timestamp> parse_local_text(std::string_view text, std::string_view zone) {
  if (const auto instant = parse_timestamp(text)) return *instant;
  const auto found = find_zone(zone);
  if (!found) return fail(found.error());
  const auto shown = parse_timestamp(std::string(text) + "Z");
  if (!shown) return no_local_time();
  const date::local_info info = (*found)->get_info(LocalTimePoint(shown->time_since_epoch()));
  if (info.result == date::local_info::nonexistent) {
    return fail(ErrorCode::invalid_argument,
                "there is no " + std::string(text) + " in " + std::string(zone) + ": clocks are put forward past it");
  }
  return *shown - info.first.offset;
}

}  // namespace freshet::codec
