// SPDX-License-Identifier: MIT
#include "freshet/service/internal/loop_timers.hpp"

#include <string>

#include <gtest/gtest.h>

#include "freshet/base/clock.hpp"

namespace freshet::service {
namespace {

using namespace std::chrono_literals;

TEST(LoopTimers, call_once_at_their_time_and_not_when_cancelled) {
  SimulatedClock clock;
  net::Loop loop(clock);
  LoopTimers timers(loop);
  std::string calls;
  timers.schedule(20ms, [&] { calls += "b"; });
  timers.schedule(10ms, [&] {
    calls += "a";
    timers.schedule(10ms, [&] { calls += "c"; });
  });
  const auto cancelled = timers.schedule(15ms, [&] { calls += "x"; });
  const auto pass = [&](std::chrono::milliseconds time) {
    clock.advance(time);
    while (loop.poll()) {
    }
  };
  pass(10ms);
  EXPECT_EQ(calls, "a");
  timers.cancel(cancelled);
  pass(10ms);
  EXPECT_EQ(calls.size(), 3u);
  timers.cancel(cancelled);
  pass(1s);
  EXPECT_EQ(calls.size(), 3u);
}

}  // namespace
}  // namespace freshet::service
