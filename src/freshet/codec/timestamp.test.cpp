// SPDX-License-Identifier: MIT
#include "freshet/codec/timestamp.hpp"

#include <chrono>

#include <gtest/gtest.h>

namespace freshet::codec {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kJune = std::chrono::sys_days(2024y / 6 / 1) + 9h + 30min + 5s;

std::string printed(Timestamp time) {
  std::string out;
  return append_timestamp(out, time) ? out : "refused";
}

TEST(Timestamp, is_written_in_utc_with_microseconds) {
  EXPECT_EQ(printed(kJune), "2024-06-01T09:30:05.000000Z");
  EXPECT_EQ(printed(kJune + 7us), "2024-06-01T09:30:05.000007Z");
  EXPECT_EQ(printed(Timestamp(0us)), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(printed(Timestamp(-1us)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(printed(std::chrono::sys_days(0y / 1 / 1)), "0000-01-01T00:00:00.000000Z");
}

TEST(Timestamp, is_refused_where_it_needs_more_than_four_digits_of_a_year) {
  EXPECT_EQ(printed(std::chrono::sys_days(9999y / 12 / 31) + 24h - 1us), "9999-12-31T23:59:59.999999Z");
  EXPECT_EQ(printed(std::chrono::sys_days(10000y / 1 / 1)), "refused");
  EXPECT_EQ(printed(Timestamp(std::chrono::sys_days(0y / 1 / 1)) - 1us), "refused");
  EXPECT_EQ(printed(Timestamp::max()), "refused");
  EXPECT_EQ(printed(Timestamp::min()), "refused");
}

TEST(Timestamp, is_read_with_any_offset_and_fraction) {
  EXPECT_EQ(parse_timestamp("2024-06-01T09:30:05Z"), kJune);
  EXPECT_EQ(parse_timestamp("2024-06-01t09:30:05z"), kJune);
  EXPECT_EQ(parse_timestamp("2024-06-01T11:30:05+02:00"), kJune);
  EXPECT_EQ(parse_timestamp("2024-05-31T23:00:05-10:30"), kJune);
  EXPECT_EQ(parse_timestamp("2024-06-01T09:30:05.5Z"), kJune + 500ms);
  EXPECT_EQ(parse_timestamp("2024-06-01T09:30:05.000007Z"), kJune + 7us);
  EXPECT_EQ(parse_timestamp("2024-06-01T09:30:05.000007999Z"), kJune + 7us) << "finer digits are cut off";
  EXPECT_EQ(parse_timestamp("2024-02-29T00:00:00Z"), Timestamp(std::chrono::sys_days(2024y / 2 / 29)));
}

TEST(Timestamp, is_refused_in_any_other_form) {
  for (const char* text : {"",
                           "2024-06-01",
                           "2024-06-01T09:30:05",
                           "2024-06-01T09:30Z",
                           "2024-06-01 09:30:05Z",
                           "2024-6-1T09:30:05Z",
                           "2024-13-01T09:30:05Z",
                           "2024-00-01T09:30:05Z",
                           "2024-02-30T09:30:05Z",
                           "2023-02-29T09:30:05Z",
                           "2024-06-01T24:00:00Z",
                           "2024-06-01T09:60:05Z",
                           "2024-06-01T09:30:60Z",
                           "2024-06-01T09:30:05.Z",
                           "2024-06-01T09:30:05.0123456789Z",
                           "2024-06-01T09:30:05+2:00",
                           "2024-06-01T09:30:05+0200",
                           "2024-06-01T09:30:05+24:00",
                           "2024-06-01T09:30:05+02:60",
                           "2024-06-01T09:30:05Z ",
                           " 2024-06-01T09:30:05Z",
                           "+2024-06-01T09:30:05Z",
                           "12024-06-01T09:30:05Z",
                           "0000-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01"}) {
    EXPECT_EQ(parse_timestamp(text), std::nullopt) << text;
  }
}

TEST(Timestamp, reads_back_what_it_wrote) {
  for (Timestamp time = std::chrono::sys_days(1200y / 1 / 1); time < std::chrono::sys_days(3000y / 1 / 1);
       time += 9973h + 59min + 1234567us) {
    ASSERT_EQ(parse_timestamp(printed(time)), time) << printed(time);
  }
}

}  // namespace
}  // namespace freshet::codec
