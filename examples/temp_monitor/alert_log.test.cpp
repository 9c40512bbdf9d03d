// SPDX-License-Identifier: MIT
#include "alert_log.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace temp_monitor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kDesk =
    R"(["desk",[{"place":"office","celsius":22.5,"level":"normal","normal":{"low":20,"high":25}}]])";
constexpr std::string_view kRack =
    R"(["rack-1",[{"place":"server_room","celsius":38,"level":"critical","normal":{"low":18,"high":22.5}}]])";

freshet::codec::SseEvent event(std::string type, std::string data) {
  return {.type = std::move(type), .data = std::move(data)};
}
std::string rows(std::string_view first, std::string_view second = {}) {
  return "[" + std::string(first) + (second.empty() ? "" : ",") + std::string(second) + "]";
}

TEST(AlertLog, says_how_each_sensor_stands) {
  AlertLog log(false);
  EXPECT_THAT(*log.take(event("init", rows(kDesk, kRack))),
              ElementsAre("desk       office         22.5 °C  normal    (20 to 25)",
                          "rack-1     server_room    38.0 °C  critical  (18 to 22.5)"));
}

TEST(AlertLog, paints_each_level_in_its_colour) {
  AlertLog log(true);
  const auto colour_of = [&](const std::string& level) {
    const auto lines = *log.take(event("init", R"([["gate",[{"place":"warehouse","celsius":1,"level":")" + level +
                                                   R"(","normal":{"low":0,"high":2}}]]])"));
    EXPECT_THAT(lines, ElementsAre(::testing::EndsWith("\033[0m")));
    return lines.front().substr(0, 5);
  };
  EXPECT_EQ(colour_of("normal"), "\033[32m");
  EXPECT_EQ(colour_of("low"), "\033[34m");
  EXPECT_EQ(colour_of("high"), "\033[33m");
  EXPECT_EQ(colour_of("critical"), "\033[31m");
}

TEST(AlertLog, says_only_what_changed) {
  AlertLog log(false);
  ASSERT_TRUE(log.take(event("init", rows(kDesk))));
  EXPECT_THAT(*log.take(event("update", rows(kRack))), ElementsAre(HasSubstr("rack-1")));
  EXPECT_THAT(*log.take(event("update", R"([["desk",[]]])")), ElementsAre("desk is gone"));
}

TEST(AlertLog, compares_an_init_with_what_was_known) {
  AlertLog log(false);
  ASSERT_TRUE(log.take(event("init", rows(kDesk, kRack))));
  EXPECT_THAT(*log.take(event("init", rows(kDesk, kRack))), IsEmpty());
  EXPECT_THAT(*log.take(event("init", rows(kDesk))), ElementsAre("rack-1 is gone"));
}

TEST(AlertLog, reports_rows_that_the_service_cannot_compute) {
  AlertLog log(false);
  EXPECT_THAT(*log.take(event(
                  "error", R"([{"node":"n","key":"desk","error":"broken"},{"node":"n","key":"gate","error":null}])")),
              ElementsAre("desk: broken", "gate: well again"));
}

TEST(AlertLog, takes_rows_with_fields_that_it_does_not_know) {
  AlertLog log(false);
  const auto lines = log.take_all(
      R"([["desk",[{"place":"office","celsius":22.5,"level":"normal","since":1,"normal":{"low":20,"high":25}}]]])");
  ASSERT_TRUE(lines);
  EXPECT_EQ(lines->size(), 1U);
}

TEST(AlertLog, lets_no_service_write_control_characters_to_the_terminal) {
  AlertLog log(false);
  const auto lines =
      log.take_all(R"([["\u001b[2J",[{"place":"\u0007","celsius":1,"level":"low","normal":{"low":20,"high":25}}]]])");
  ASSERT_TRUE(lines);
  EXPECT_THAT(lines->front(), HasSubstr("?[2J"));
  EXPECT_EQ(lines->front().find('\033'), std::string::npos);
  EXPECT_EQ(lines->front().find('\007'), std::string::npos);
}

TEST(AlertLog, refuses_what_are_no_rows_and_keeps_what_it_knew) {
  AlertLog log(false);
  ASSERT_TRUE(log.take(event("init", rows(kDesk))));
  for (const std::string bad :
       {"", "{}", "[1]", "[[1,[]]]", R"([["desk"]])", R"([["desk",[{}]]])",
        R"([["desk",[{"place":"office","celsius":1,"level":"lukewarm","normal":{"low":0,"high":1}}]]])"}) {
    EXPECT_FALSE(log.take(event("update", bad))) << bad;
  }
  EXPECT_THAT(*log.take(event("init", rows(kDesk))), IsEmpty());
}

}  // namespace
}  // namespace temp_monitor
