// SPDX-License-Identifier: MIT
#include "freshet/base/clock.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

// [simulated]
/// Production code takes a `const Clock&` and cannot tell the two apart.
bool has_passed(const Clock& clock, SteadyTime since, std::chrono::microseconds wait) {
  return clock.steady_now() - since >= wait;
}

TEST(SimulatedClock, stands_still_until_it_is_moved) {
  SimulatedClock clock;
  const SteadyTime start = clock.steady_now();
  EXPECT_FALSE(has_passed(clock, start, 10ms));
  clock.advance(10ms);
  EXPECT_TRUE(has_passed(clock, start, 10ms));
}
// [simulated]

TEST(SimulatedClock, moves_both_clocks_together) {
  SimulatedClock clock;
  const Timestamp before = clock.now();
  const SteadyTime steady_before = clock.steady_now();
  clock.advance(1500us);
  EXPECT_EQ(clock.now() - before, 1500us);
  EXPECT_EQ(clock.steady_now() - steady_before, 1500us);
}

TEST(SimulatedClock, sets_the_time_of_day_without_touching_durations) {
  SimulatedClock clock(Timestamp(100s));
  clock.set(Timestamp(50s));
  EXPECT_EQ(clock.now(), Timestamp(50s));
  EXPECT_EQ(clock.steady_now(), SimulatedClock().steady_now());
}

TEST(SimulatedClock, starts_at_a_fixed_date) { EXPECT_EQ(SimulatedClock().now().time_since_epoch(), 946684800s); }

TEST(SimulatedClockDeathTest, refuses_to_run_backwards) {
  SimulatedClock clock;
  EXPECT_DEATH(clock.advance(-1us), "step.count\\(\\) >= 0\n  with -1 >= 0");
}

TEST(SystemClock, never_goes_back_on_the_steady_side) {
  const SystemClock clock;
  const SteadyTime before = clock.steady_now();
  EXPECT_GE(clock.steady_now(), before);
}

TEST(SystemClock, tells_the_time_of_day) {
  const SystemClock clock;
  EXPECT_GT(clock.now(), Timestamp(1600000000s));
}

}  // namespace
}  // namespace freshet
