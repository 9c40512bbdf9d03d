// SPDX-License-Identifier: MIT
#include "freshet/stream/position.hpp"

#include <limits>
#include <string>

#include <gtest/gtest.h>

namespace freshet::stream {
namespace {

using Kind = ResumePoint::Kind;

TEST(EventIds, name_a_position_within_an_epoch) {
  const EventIds ids("a1");
  EXPECT_EQ(ids.id({}), "a1-0");
  EXPECT_EQ(ids.id({42, 0}), "a1-42");
  EXPECT_EQ(ids.id({42, 1}), "a1-42.1");
  EXPECT_EQ(ids.incomplete_id({42, 1}), "a1-42.1e");
}

TEST(EventIds, are_read_as_what_they_were_written_from) {
  const EventIds ids("Zz09");
  constexpr auto kMax = std::numeric_limits<Version>::max();
  for (const Position position : {Position{}, Position{1, 0}, Position{1, 7}, Position{kMax, 4294967295U}}) {
    const ResumePoint whole = ids.parse(ids.id(position));
    EXPECT_EQ(whole.kind, Kind::position);
    EXPECT_EQ(whole.position, position);
    EXPECT_EQ(ids.parse(ids.incomplete_id(position)).kind, Kind::incomplete);
  }
}

TEST(EventIds, of_another_epoch_are_foreign) {
  const EventIds ids("a1");
  for (const auto* id : {"a2-1", "a-1", "a11-1", "A1-1", "x-0.1e"}) EXPECT_EQ(ids.parse(id).kind, Kind::foreign) << id;
}

TEST(EventIds, in_any_other_form_are_garbled) {
  const EventIds ids("a1");
  for (const std::string id : {"",
                               "a1",
                               "a1-",
                               "-1",
                               "1",
                               "a1-x",
                               "a1-1x",
                               "a1-01",
                               "a1-+1",
                               "a1--1",
                               "a1- 1",
                               "a1-1 ",
                               " a1-1",
                               "a1-1.",
                               "a1-1.0",
                               "a1-1.01",
                               "a1-1.e",
                               "a1-1ee",
                               "a1-e",
                               "a1-1e1",
                               "a1-1.1.1",
                               "a1-18446744073709551616",
                               "a1-1.4294967296",
                               "a 1-1",
                               "a\xc3\xa4-1",
                               "a1-1,a1-1"}) {
    EXPECT_EQ(ids.parse(id).kind, Kind::garbled) << id;
  }
  EXPECT_EQ(ids.parse(std::string("a1-1\0", 5)).kind, Kind::garbled);
  EXPECT_EQ(ids.parse("a1-" + std::string(100, '1')).kind, Kind::garbled);
}

TEST(EventIds, are_tokens_that_no_browser_asks_about) {
  const EventIds ids(std::string(EventIds::kEpochBytesMax, 'z'));
  const std::string longest = ids.incomplete_id({std::numeric_limits<Version>::max(), 4294967295U});
  EXPECT_LE(longest.size(), EventIds::kIdBytesMax);
  EXPECT_EQ(ids.parse(longest).kind, Kind::incomplete);
}

}  // namespace
}  // namespace freshet::stream
