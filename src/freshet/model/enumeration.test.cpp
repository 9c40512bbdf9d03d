// SPDX-License-Identifier: MIT
#include "freshet/model/enumeration.hpp"

#include <gtest/gtest.h>

#include "freshet/model/type_of.hpp"

namespace freshet {
namespace {

// [enumeration]
enum class Level { normal, low, high, critical };
constexpr auto describe(of<Level>) {
  return enumeration<Level::normal, Level::low, Level::high, Level::critical>("level");
}

enum class Direction : std::int8_t { down = -1, still = 0, up = 1 };
constexpr auto describe(of<Direction>) {
  return enumeration("direction", enumerator<Direction::down>("sinking"), enumerator<Direction::still>(),
                     enumerator<Direction::up>("rising"));
}
// [enumeration]

enum Plain { kFirst = 10, kSecond = 500 };
constexpr auto describe(of<Plain>) { return enumeration<kFirst, kSecond>("plain"); }

TEST(Enumeration, names_values_as_they_are_declared) {
  const Level high = Level::high;
  EXPECT_EQ(type_of<Level>().read_enum(&high), "high");
  EXPECT_EQ(type_of<Level>().name(), "level");
  EXPECT_EQ(type_of<Level>().enum_names().size(), 4U);
}

TEST(Enumeration, names_values_as_told) {
  const Direction down = Direction::down;
  EXPECT_EQ(type_of<Direction>().read_enum(&down), "sinking");
  Direction direction = Direction::down;
  EXPECT_TRUE(type_of<Direction>().write_enum(&direction, "rising"));
  EXPECT_EQ(direction, Direction::up);
  EXPECT_TRUE(type_of<Direction>().write_enum(&direction, "still"));
  EXPECT_EQ(direction, Direction::still);
}

TEST(Enumeration, knows_no_other_names_or_values) {
  Level level = Level::low;
  EXPECT_FALSE(type_of<Level>().write_enum(&level, "Low"));
  EXPECT_FALSE(type_of<Level>().write_enum(&level, ""));
  EXPECT_EQ(level, Level::low);
  level = static_cast<Level>(9);
  EXPECT_EQ(type_of<Level>().read_enum(&level), "");
}

TEST(Enumeration, serves_plain_enums_too) {
  Plain plain = kFirst;
  EXPECT_EQ(type_of<Plain>().read_enum(&plain), "kFirst");
  EXPECT_TRUE(type_of<Plain>().write_enum(&plain, "kSecond"));
  EXPECT_EQ(plain, kSecond);
}

TEST(Enumeration, notices_a_forgotten_neighbour) {
  static_assert(detail::lists_neighbours<Level, Level::normal, Level::low, Level::high, Level::critical>());
  static_assert(!detail::lists_neighbours<Level, Level::normal, Level::low, Level::high>());
  static_assert(!detail::lists_neighbours<Level, Level::low, Level::high, Level::critical>());
  static_assert(!detail::lists_neighbours<Level, Level::normal, Level::critical>());
  static_assert(!detail::lists_neighbours<Direction, Direction::still, Direction::up>());
}

}  // namespace
}  // namespace freshet
