// SPDX-License-Identifier: MIT
#include "freshet/store/feed.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace freshet::store {
namespace {

TEST(Position, keeps_epoch_and_number) {
  const Position position = Position::make("a-b", 17);
  EXPECT_EQ(position.text, "a-b-17");
  EXPECT_EQ(position.epoch(), "a-b");
  EXPECT_EQ(position.number(), 17U);
  constexpr auto kLargest = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(Position::make("e", kLargest).number(), kLargest);
}

TEST(Position, has_no_number_where_there_is_none) {
  for (const char* text : {"", "now", "e-", "e-1x", "e--", "e-99999999999999999999999", "e- 1"}) {
    EXPECT_EQ(Position{text}.number(), std::nullopt) << text;
  }
}

TEST(Position, is_reached_by_later_ones_of_the_same_history) {
  const Position nine = Position::make("e", 9);
  const Position ten = Position::make("e", 10);
  EXPECT_TRUE(reached(ten, nine));
  EXPECT_TRUE(reached(ten, ten));
  EXPECT_FALSE(reached(nine, ten)) << "numbers are compared, not texts";
  EXPECT_FALSE(reached(ten, Position::make("f", 9)));
  EXPECT_TRUE(reached(nine, {}));
  EXPECT_FALSE(reached({}, nine));
  EXPECT_FALSE(reached(Position::now(), nine));
}

}  // namespace
}  // namespace freshet::store
