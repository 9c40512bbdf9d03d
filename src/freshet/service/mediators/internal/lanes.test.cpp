// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/lanes.hpp"

#include <atomic>
#include <future>
#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet::mediators {
namespace {

using std::chrono::milliseconds;
using testing::ElementsAre;

Lanes::Job once(std::function<void()> work) {
  return [work = std::move(work)]() -> std::optional<milliseconds> {
    work();
    return std::nullopt;
  };
}

TEST(Lanes, keep_the_order_of_each_key_and_never_run_two_of_its_jobs_at_once) {
  constexpr int kKeys = 7;
  constexpr int kJobs = 3'000;
  std::array<std::vector<int>, kKeys> done;  // no lock: each is touched by one job at a time, or the order is wrong
  std::array<std::atomic<int>, kKeys> inside{};
  std::atomic<bool> overlapped = false;
  std::mt19937 random(5);
  Lanes lanes(4, 100);
  std::array<std::vector<int>, kKeys> expected;
  for (int i = 0; i < kJobs; ++i) {
    const std::size_t key = random() % kKeys;
    expected[key].push_back(i);
    const bool retried = random() % 50 == 0;
    const auto job = [&, key, i, retried, calls = 0]() mutable -> std::optional<milliseconds> {
      if (inside[key].fetch_add(1) != 0) overlapped = true;
      const bool again = retried && ++calls < 3;
      if (!again) done[key].push_back(i);
      inside[key].fetch_sub(1);
      return again ? std::optional(milliseconds(1)) : std::nullopt;
    };
    ASSERT_TRUE(lanes.post(std::to_string(key), job));
  }
  ASSERT_TRUE(lanes.drain());
  EXPECT_FALSE(overlapped);
  EXPECT_EQ(done, expected);
  EXPECT_EQ(lanes.size(), 0U);
}

TEST(Lanes, let_other_keys_pass_one_that_waits_to_be_tried_again) {
  Lanes lanes(1, 10);
  std::vector<std::string> order;
  std::promise<void> others_are_done;
  int calls = 0;
  lanes.post("slow", [&]() -> std::optional<milliseconds> {
    order.emplace_back("slow");
    return ++calls == 1 ? std::optional(milliseconds(50)) : std::nullopt;
  });
  lanes.post("slow", once([&] { order.emplace_back("behind slow"); }));
  lanes.post("other", once([&] { order.emplace_back("other"); }));
  ASSERT_TRUE(lanes.drain());
  EXPECT_THAT(order, ElementsAre("slow", "other", "slow", "behind slow"));
}

TEST(Lanes, run_as_many_keys_side_by_side_as_there_are_threads) {
  Lanes lanes(3, 10);
  std::promise<void> all_inside;
  std::shared_future<void> gate(all_inside.get_future());
  std::atomic<int> inside = 0;
  for (const char* key : {"a", "b", "c"}) {
    lanes.post(key, once([&] {
                 if (++inside == 3) all_inside.set_value();
                 gate.wait_for(std::chrono::seconds(10));
               }));
  }
  ASSERT_TRUE(lanes.drain());
  EXPECT_EQ(gate.wait_for(std::chrono::seconds(0)), std::future_status::ready);
}

TEST(Lanes, hold_up_who_posts_more_than_may_wait) {
  Lanes lanes(1, 2);
  std::promise<void> open;
  std::shared_future<void> gate(open.get_future());
  lanes.post("a", once([gate] { gate.wait(); }));
  lanes.post("a", once([] {}));
  auto third = std::async(std::launch::async, [&] { return lanes.post("b", once([] {})); });
  EXPECT_EQ(third.wait_for(milliseconds(30)), std::future_status::timeout);
  open.set_value();
  EXPECT_TRUE(third.get());
  EXPECT_TRUE(lanes.drain());
}

TEST(Lanes, stop_after_the_job_under_way_and_drop_the_rest) {
  Lanes lanes(1, 3);
  std::promise<void> begun;
  std::promise<void> open;
  bool ended = false;
  bool dropped_ran = false;
  lanes.post("a", once([&] {
               begun.set_value();
               open.get_future().wait();
               ended = true;
             }));
  lanes.post("a", once([&] { dropped_ran = true; }));
  lanes.post("b", once([&] { dropped_ran = true; }));
  begun.get_future().wait();
  auto blocked = std::async(std::launch::async, [&] { return lanes.post("c", once([&] { dropped_ran = true; })); });
  auto stopped = std::async(std::launch::async, [&] { lanes.stop(); });
  EXPECT_FALSE(blocked.get());  // who waits for space is let go
  open.set_value();
  stopped.get();
  EXPECT_TRUE(ended);
  EXPECT_FALSE(dropped_ran);
  EXPECT_FALSE(lanes.post("d", once([] {})));
  EXPECT_FALSE(lanes.drain());
}

TEST(Lanes, call_a_delayed_job_while_a_later_one_is_waited_for) {
  Lanes lanes(2, 10);
  std::atomic<int> far_calls = 0;
  std::promise<void> near_done;
  lanes.post("far", [&]() -> std::optional<milliseconds> {
    return ++far_calls == 1 ? std::optional(milliseconds(60'000)) : std::nullopt;
  });
  lanes.post("near", [&, calls = 0]() mutable -> std::optional<milliseconds> {
    if (++calls == 1) return milliseconds(5);
    near_done.set_value();
    return std::nullopt;
  });
  EXPECT_EQ(near_done.get_future().wait_for(std::chrono::seconds(10)), std::future_status::ready);
  lanes.stop();
  EXPECT_EQ(far_calls, 1);
}

}  // namespace
}  // namespace freshet::mediators
