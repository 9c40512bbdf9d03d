// SPDX-License-Identifier: MIT
#include "freshet/codec/offset_time.hpp"

#include <chrono>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/codec/json.hpp"

namespace freshet {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::seconds;

// [offset_time]
TEST(OffsetTime, is_the_time_of_day_with_its_offset) {
  const auto time = from_json<OffsetTime>(R"("2018-12-17T08:00:00-08:00")");
  ASSERT_TRUE(time);
  EXPECT_EQ(time->time, Timestamp(seconds(1545062400)));
  EXPECT_EQ(time->offset(), -hours(8));
  EXPECT_EQ(to_json(*time).value(), R"("2018-12-17T08:00:00-08:00")");
}
// [/offset_time]

std::string again(const std::string& text) {
  const auto time = from_json<OffsetTime>('"' + text + '"');
  if (!time) return to_string(time.error());
  const auto json = to_json(*time);
  return json ? *json : to_string(json.error());
}

TEST(OffsetTime, keeps_the_digits_of_a_second_that_there_are) {
  EXPECT_EQ(again("2018-12-17T08:00:00.5+05:30"), R"("2018-12-17T08:00:00.5+05:30")");
  EXPECT_EQ(again("2018-12-17T08:00:00.000001+05:30"), R"("2018-12-17T08:00:00.000001+05:30")");
  EXPECT_EQ(again("2018-12-17T08:00:50.100000000-00:30"), R"("2018-12-17T08:00:50.1-00:30")");
  EXPECT_EQ(again("2018-12-17T08:00:10Z"), R"("2018-12-17T08:00:10+00:00")");
  EXPECT_EQ(again("2018-12-17T08:00:00+23:59"), R"("2018-12-17T08:00:00+23:59")");
}

TEST(OffsetTime, refuses_a_time_without_an_offset) {
  EXPECT_EQ(again("2018-12-17T08:00:00"),
            "$: expected a time with its offset from UTC; hint: written as 2018-12-17T08:00:00-08:00");
  for (const char* const text : {"", "x", "2018-12-17", "2018-02-30T00:00:00Z", "2018-12-17T08:00:00+24:00"}) {
    EXPECT_THAT(again(text), testing::StartsWith("$: expected a time")) << text;
  }
  EXPECT_THAT(to_string(from_json<OffsetTime>("5").error()), testing::StartsWith("$: expected a string"));
}

TEST(OffsetTime, refuses_to_write_what_no_text_can_say) {
  OffsetTime time;
  time.offset_minutes = 24 * 60;
  EXPECT_FALSE(to_json(time));
  time.offset_minutes = -60;
  time.time = Timestamp(seconds(-62167219200));  // year 0000 in UTC, the year before in its own zone
  EXPECT_FALSE(to_json(time));
}

TEST(OffsetTime, compares_by_time_and_then_by_offset) {
  const OffsetTime early{.time = Timestamp(microseconds(1)), .offset_minutes = 60};
  const OffsetTime late{.time = Timestamp(microseconds(2)), .offset_minutes = -60};
  EXPECT_TRUE(compare(early, late) < 0);
  EXPECT_FALSE(equal(early, OffsetTime{.time = early.time, .offset_minutes = 0}));
}

}  // namespace
}  // namespace freshet
