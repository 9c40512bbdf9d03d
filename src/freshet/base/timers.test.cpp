// SPDX-License-Identifier: MIT
#include "freshet/base/timers.hpp"

#include <string>

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

// [timers]
TEST(SimulatedTimers, call_in_the_order_of_time_and_at_their_time) {
  SimulatedClock clock;
  SimulatedTimers timers(clock);
  const SteadyTime start = clock.steady_now();
  std::string calls;
  timers.schedule(30ms, [&] { calls += "c"; });
  timers.schedule(10ms, [&] { calls += "a"; });
  timers.schedule(20ms, [&] {
    calls += "b";
    EXPECT_EQ(clock.steady_now() - start, 20ms);
  });
  timers.advance(25ms);
  EXPECT_EQ(calls, "ab");
  timers.advance(5ms);
  EXPECT_EQ(calls, "abc");
  EXPECT_EQ(clock.steady_now() - start, 30ms);
}
// [/timers]

TEST(SimulatedTimers, do_not_make_a_call_that_was_cancelled) {
  SimulatedClock clock;
  SimulatedTimers timers(clock);
  int calls = 0;
  const auto id = timers.schedule(1ms, [&] { ++calls; });
  timers.schedule(1ms, [&] { ++calls; });
  timers.cancel(id);
  timers.cancel(id);
  timers.advance(1s);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(timers.waiting(), 0u);
}

TEST(SimulatedTimers, make_a_call_that_a_call_scheduled_if_it_is_due_on_the_way) {
  SimulatedClock clock;
  SimulatedTimers timers(clock);
  int calls = 0;
  std::function<void()> again = [&] {
    if (++calls < 5) timers.schedule(10ms, again);
  };
  timers.schedule(10ms, again);
  timers.advance(39ms);
  EXPECT_EQ(calls, 3);
  timers.advance(1s);
  EXPECT_EQ(calls, 5);
}

}  // namespace
}  // namespace freshet
