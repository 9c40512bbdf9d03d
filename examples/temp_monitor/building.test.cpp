// SPDX-License-Identifier: MIT
#include "building.hpp"

#include <set>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace temp_monitor {
namespace {

std::string told(Building& building, int ticks) {
  std::string text;
  for (int i = 0; i < ticks; ++i) {
    const Tick tick = building.next();
    for (const auto& [sensor, place, celsius] : tick.measurements) text += sensor + place + std::to_string(celsius);
    for (const auto& [place, low, high] : tick.settings) text += place + std::to_string(low) + std::to_string(high);
  }
  return text;
}

TEST(Building, is_the_same_for_the_same_seed) {
  Building one({.seed = 7}), two({.seed = 7}), other({.seed = 8});
  const std::string text = told(one, 100);
  EXPECT_EQ(text, told(two, 100));
  EXPECT_NE(text, told(other, 100));
}

TEST(Building, measures_every_sensor_at_each_tick) {
  Building building({.seed = 1});
  for (int i = 0; i < 5; ++i) {
    std::set<std::string> sensors, places;
    for (const auto& measurement : building.next().measurements) {
      sensors.insert(measurement.sensor);
      places.insert(measurement.place);
    }
    EXPECT_THAT(sensors, ::testing::ElementsAre("desk", "gate", "rack-1", "rack-2", "roof", "window"));
    EXPECT_THAT(places, ::testing::ElementsAre("office", "server_room", "warehouse"));
  }
}

TEST(Building, sets_all_ranges_at_first_and_then_those_that_differ_at_night) {
  Building building({.seed = 1});
  EXPECT_EQ(building.next().settings.size(), 3U);
  int changes = 0;
  for (int i = 1; i <= 40; ++i) {
    for (const auto& setting : building.next().settings) {
      EXPECT_EQ(setting.place, "office");
      EXPECT_EQ(setting.low, ++changes == 1 ? 17 : 20);
    }
  }
  EXPECT_EQ(changes, 2);
}

TEST(Building, is_over_after_its_ticks_or_never) {
  Building short_one({.seed = 1, .ticks = 2}), endless({.seed = 1});
  short_one.next();
  EXPECT_FALSE(short_one.is_over());
  short_one.next();
  EXPECT_TRUE(short_one.is_over());
  told(endless, 10);
  EXPECT_FALSE(endless.is_over());
}

}  // namespace
}  // namespace temp_monitor
