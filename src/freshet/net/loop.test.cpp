// SPDX-License-Identifier: MIT
#include "freshet/net/loop.hpp"

#include <csignal>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/base/clock.hpp"

namespace freshet::net {
namespace {

using std::chrono::seconds;

TEST(Loop, runs_what_other_threads_post_in_their_order) {
  Loop loop;
  std::vector<int> ran;
  std::thread poster([&] {
    for (int at = 0; at < 1000; ++at) loop.post([&ran, at] { ran.push_back(at); });
    loop.post([&] { loop.stop(); });
  });
  loop.run();
  poster.join();
  ASSERT_EQ(ran.size(), 1000u);
  for (int at = 0; at < 1000; ++at) EXPECT_EQ(ran[static_cast<std::size_t>(at)], at);
}

TEST(Loop, runs_deferred_tasks_after_everything_else_of_the_turn) {
  Loop loop;
  std::string ran;
  loop.defer([&] { ran += "c"; });
  loop.post([&] { ran += "a"; });
  loop.post([&] { ran += "b"; });
  EXPECT_TRUE(loop.poll());
  EXPECT_EQ(ran, "abc");
}

TEST(Loop, runs_what_a_deferred_task_defers_in_the_next_turn_without_waiting) {
  Loop loop;
  std::string ran;
  loop.defer([&] {
    ran += "a";
    loop.defer([&] {
      ran += "b";
      loop.stop();
    });
    loop.post([&] { ran += "-"; });
  });
  loop.run();
  EXPECT_EQ(ran, "a-b");
}

TEST(Loop, can_be_stopped_before_it_runs_and_run_again) {
  Loop loop;
  loop.stop();
  loop.run();
  bool ran = false;
  loop.post([&] {
    ran = true;
    loop.stop();
  });
  loop.run();
  EXPECT_TRUE(ran);
}

TEST(Loop, has_nothing_to_do_when_nothing_is_due) {
  SimulatedClock clock;
  Loop loop(clock);
  const Timer timer = loop.after(seconds(1), [] {});
  EXPECT_FALSE(loop.poll());
}

TEST(Loop, runs_timers_by_its_clock) {
  SimulatedClock clock;
  Loop loop(clock);
  std::string ran;
  const Timer once = loop.after(seconds(2), [&] { ran += "o"; });
  const Timer every = loop.every(seconds(1), [&] { ran += "e"; });
  clock.advance(seconds(1));
  loop.poll();
  EXPECT_EQ(ran, "e");
  clock.advance(seconds(1));
  loop.poll();
  EXPECT_EQ(ran, "eoe");
  EXPECT_FALSE(once.pending());
  EXPECT_TRUE(every.pending());
}

TEST(Loop, waits_for_its_timers) {
  Loop loop;
  const Timer timer = loop.after(std::chrono::milliseconds(1), [&] { loop.stop(); });
  loop.run();
  EXPECT_FALSE(timer.pending());
}

TEST(Loop, waits_for_the_earlier_timer_that_is_added_later) {
  Loop loop;
  const Timer late = loop.after(seconds(3600), [] {});
  Timer early;
  loop.post([&] { early = loop.after(std::chrono::milliseconds(1), [&] { loop.stop(); }); });
  loop.run();
  EXPECT_TRUE(late.pending());
}

TEST(Timer, is_cancelled_when_it_goes) {
  SimulatedClock clock;
  Loop loop(clock);
  int count = 0;
  {
    Timer gone = loop.after(seconds(1), [&] { ++count; });
    Timer moved = std::move(gone);
  }
  Timer replaced = loop.after(seconds(1), [&] { ++count; });
  replaced = loop.after(seconds(1), [&] { count += 10; });
  clock.advance(seconds(2));
  loop.poll();
  EXPECT_EQ(count, 10);
}

TEST(Timer, may_outlive_its_loop) {
  Timer timer;
  {
    Loop loop;
    timer = loop.every(seconds(1), [] {});
  }
  EXPECT_FALSE(timer.pending());
}

TEST(Timer, may_be_owned_by_its_own_task_and_that_of_another) {
  struct Owner {
    Timer own, other;
  };
  auto loop = std::make_unique<Loop>();
  const auto make = [&] {
    const auto owner = std::make_shared<Owner>();
    owner->own = loop->after(seconds(1), [owner] {});
    owner->other = loop->after(seconds(2), [] {});
    return std::weak_ptr(owner);
  };
  const auto cancelled = make();
  cancelled.lock()->own.cancel();
  EXPECT_TRUE(cancelled.expired());
  const auto cleared = make();
  loop.reset();
  EXPECT_TRUE(cleared.expired());
}

TEST(Loop, tells_of_termination_signals) {
  Loop loop;
  std::vector<int> signals;
  loop.on_termination([&](int signal) {
    signals.push_back(signal);
    if (signals.size() == 1) ::raise(SIGINT);
    if (signals.size() == 2) loop.stop();
  });
  loop.post([] { ::raise(SIGTERM); });
  loop.run();
  EXPECT_EQ(signals, (std::vector<int>{SIGTERM, SIGINT}));
}

TEST(Loop, knows_its_thread) {
  Loop loop;
  EXPECT_FALSE(loop.in_loop_thread());
  loop.post([&] { EXPECT_TRUE(loop.in_loop_thread()); });
  loop.poll();
  EXPECT_FALSE(loop.in_loop_thread());
}

TEST(Loop, ends_run_with_the_exception_of_a_task_and_can_go_on) {
  Loop loop;
  loop.post([] { throw std::runtime_error("fault"); });
  EXPECT_THROW(loop.run(), std::runtime_error);
  loop.post([&] { loop.stop(); });
  loop.run();
}

}  // namespace
}  // namespace freshet::net
