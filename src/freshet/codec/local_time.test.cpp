// SPDX-License-Identifier: MIT
#include "freshet/codec/local_time.hpp"

#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"

namespace freshet {
namespace {

using std::chrono::seconds;

// [local_time]
struct Departure {
  std::string flight;
  LocalTime<"America/Los_Angeles"> at;
};
constexpr auto describe(of<Departure>) {
  return model("departures", key<&Departure::flight>(), field<&Departure::at>());
}

TEST(LocalTime, is_what_clocks_in_its_zone_show) {
  const auto departure = from_json<Departure>(R"({"flight": "LH457", "at": "2018-12-17T08:00:00"})");
  ASSERT_TRUE(departure) << to_string(departure.error());
  EXPECT_EQ(departure->at.time, Timestamp(seconds(1545062400)));
  EXPECT_EQ(to_json(*departure).value(), R"({"flight":"LH457","at":"2018-12-17T08:00:00"})");
}
// [/local_time]

using Berlin = LocalTime<"Europe/Berlin">;

std::string again(const std::string& text) {
  const auto time = from_json<Berlin>('"' + text + '"');
  if (!time) return to_string(time.error());
  const auto json = to_json(*time);
  return json ? *json : to_string(json.error());
}

TEST(LocalTime, follows_daylight_saving) {
  EXPECT_EQ(to_json(Berlin{Timestamp(seconds(1782907200))}).value(), R"("2026-07-01T14:00:00")");
  EXPECT_EQ(to_json(Berlin{Timestamp(seconds(1795867200))}).value(), R"("2026-11-28T13:00:00")");
  EXPECT_EQ(again("2026-07-01T14:00:00.25"), R"("2026-07-01T14:00:00.25")");
}

TEST(LocalTime, says_which_of_two_equal_hours_is_meant) {
  EXPECT_EQ(again("2026-10-25T02:30:00"), R"("2026-10-25T02:30:00+02:00")");
  EXPECT_EQ(again("2026-10-25T02:30:00+02:00"), R"("2026-10-25T02:30:00+02:00")");
  EXPECT_EQ(again("2026-10-25T02:30:00+01:00"), R"("2026-10-25T02:30:00+01:00")");
  EXPECT_EQ(again("2026-10-25T03:00:00"), R"("2026-10-25T03:00:00")");
}

TEST(LocalTime, takes_times_with_an_offset) {
  EXPECT_EQ(again("2026-07-01T12:00:00Z"), R"("2026-07-01T14:00:00")");
  EXPECT_EQ(again("2026-07-01T07:00:00-05:00"), R"("2026-07-01T14:00:00")");
}

TEST(LocalTime, refuses_what_no_clock_shows) {
  EXPECT_EQ(again("2026-03-29T02:30:00"),
            "$: there is no 2026-03-29T02:30:00 in Europe/Berlin: clocks are put forward past it");
  for (const char* const text : {"", "x", "2018-12-17", "2018-02-30T00:00:00", "2018-12-17T25:00:00"}) {
    EXPECT_EQ(again(text), "$: expected a local time; hint: written as 2018-12-17T08:00:00") << text;
  }
}

TEST(LocalTime, refuses_a_zone_that_nobody_knows) {
  EXPECT_THAT(to_string(from_json<LocalTime<"Moon/Sea">>(R"("2018-12-17T08:00:00")").error()),
              testing::StartsWith("$: there is no time zone Moon/Sea"));
  EXPECT_FALSE(to_json(LocalTime<"Moon/Sea">{}));
}

TEST(LocalTime, keeps_the_seconds_that_the_first_zones_had) {
  // Berlin's own time was 53 minutes and 28 seconds ahead.
  const Berlin early{Timestamp(seconds(-3000000000))};
  const auto json = to_json(early);
  ASSERT_TRUE(json) << to_string(json.error());
  EXPECT_EQ(from_json<Berlin>(*json)->time, early.time) << *json;
}

}  // namespace
}  // namespace freshet
