// SPDX-License-Identifier: MIT
#include "freshet/net/internal/timer_queue.hpp"

#include <string>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

using std::chrono::seconds;

SteadyTime at(int second) { return SteadyTime(seconds(second)); }

TEST(TimerQueue, runs_what_is_due_in_the_order_of_its_time) {
  TimerQueue queue;
  std::string ran;
  queue.add(at(3), {}, [&] { ran += '3'; });
  queue.add(at(1), {}, [&] { ran += '1'; });
  queue.add(at(2), {}, [&] { ran += '2'; });
  EXPECT_EQ(queue.next_due(), at(1));
  EXPECT_EQ(queue.run_due(at(2)), 2u);
  EXPECT_EQ(ran, "12");
  EXPECT_EQ(queue.next_due(), at(3));
}

TEST(TimerQueue, repeats_and_skips_what_was_missed) {
  TimerQueue queue;
  int count = 0;
  const auto id = queue.add(at(2), seconds(2), [&] { ++count; });
  queue.run_due(at(2));
  queue.run_due(at(9));
  EXPECT_EQ(count, 2);
  EXPECT_EQ(queue.next_due(), at(10));
  EXPECT_TRUE(queue.pending(id));
}

TEST(TimerQueue, lets_a_call_cancel_itself_and_others) {
  TimerQueue queue;
  int count = 0;
  std::uint64_t self = 0;
  std::uint64_t other = 0;
  self = queue.add(at(1), seconds(1), [&] {
    ++count;
    queue.cancel(self);
    queue.cancel(other);
  });
  other = queue.add(at(1), {}, [&] { ++count; });
  EXPECT_EQ(queue.run_due(at(5)), 1u);
  EXPECT_EQ(count, 1);
  EXPECT_FALSE(queue.pending(self));
  EXPECT_FALSE(queue.next_due().has_value());
}

TEST(TimerQueue, runs_what_a_call_adds_the_next_time) {
  TimerQueue queue;
  int count = 0;
  queue.add(at(1), {}, [&] { queue.add(at(1), {}, [&] { ++count; }); });
  queue.run_due(at(1));
  EXPECT_EQ(count, 0);
  queue.run_due(at(1));
  EXPECT_EQ(count, 1);
}

}  // namespace
}  // namespace freshet::net
