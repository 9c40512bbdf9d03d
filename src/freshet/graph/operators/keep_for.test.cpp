// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/keep_for.hpp"

#include <cstdint>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/event_time.hpp"

namespace freshet {
namespace {

using testing::at_second;
using namespace std::chrono_literals;

struct Reading {
  Timestamp at{};
  std::int64_t x{};
  bool operator==(const Reading&) const = default;
};

// The property test of all views of event time is graph/event_time.test.cpp.
class KeepForTest : public ::testing::Test {
 protected:
  void set(int key, std::int64_t seconds, std::int64_t x = 0) {
    ASSERT_TRUE(graph.commit(Transaction().set(readings, key, {at_second(seconds), x})));
  }
  std::vector<int> keys() const {
    std::vector<int> keys;
    recent.for_each([&](int key, const auto&) { keys.push_back(key); });
    return keys;
  }

  Graph graph;
  Input<int, Reading> readings = graph.input<int, Reading>("readings");
  Collection<int, Reading> recent = readings.keep_for(10s, &Reading::at);
};

using Keys = std::vector<int>;

TEST_F(KeepForTest, lets_rows_go_when_their_time_is_so_long_ago) {
  set(1, 100);
  set(2, 105);
  EXPECT_EQ(keys(), (Keys{1, 2})) << "nothing expires before the graph's time is set";
  ASSERT_TRUE(graph.advance_to(at_second(109)));
  EXPECT_EQ(keys(), (Keys{1, 2}));
  std::vector<int> gone;
  const auto subscription = recent.subscribe([&](const auto& changes) {
    for (const auto change : changes) gone.push_back(change.key());
  });
  ASSERT_TRUE(graph.advance_to(at_second(110)));
  EXPECT_EQ(keys(), (Keys{2}));
  EXPECT_EQ(gone, (Keys{1}));
  set(3, 100);
  EXPECT_EQ(keys(), (Keys{2})) << "a row that arrives expired is not shown";
  set(1, 120);
  set(2, 90);
  EXPECT_EQ(keys(), (Keys{1})) << "a row goes by its newest time";
}

TEST_F(KeepForTest, shows_rows_of_times_to_come) {
  ASSERT_TRUE(graph.advance_to(at_second(100)));
  set(1, 5000);
  EXPECT_EQ(keys(), (Keys{1}));
}

TEST_F(KeepForTest, is_the_same_when_it_is_declared_later) {
  ASSERT_TRUE(graph.advance_to(at_second(100)));
  for (int key = 0; key < 30; ++key) set(key, 80 + key);
  EXPECT_EQ(keys().front(), 11);
  const auto later = readings.keep_for(9s, &Reading::at);
  EXPECT_EQ(later.size(), recent.size() - 1);
  ASSERT_TRUE(graph.advance_to(at_second(105)));
  EXPECT_EQ(later.size(), 13U);
  EXPECT_EQ(readings.keep_for(9s, &Reading::at), later);
}

TEST(KeepForWork, expires_only_what_has_expired) {
  const auto work_of_one_step = [](int rows) {
    Graph graph;
    const auto input = graph.input<int, Reading>("readings");
    const auto recent = input.keep_for(1h, &Reading::at);
    Transaction transaction;
    for (int key = 0; key < rows; ++key) transaction.set(input, key, {at_second(key < 3 ? 0 : 5000), key});
    graph.commit(transaction);
    const auto changes = [&] { return recent.node().counters().changes; };
    const auto before = changes();
    graph.advance_to(at_second(3600));
    return changes() - before;
  };
  EXPECT_EQ(work_of_one_step(100), 3U);
  EXPECT_EQ(work_of_one_step(10'000), 3U);
}

TEST_F(KeepForTest, holds_bounded_memory_for_rows_that_change_again_and_again) {
  for (int i = 0; i < 100; ++i) set(i % 5, 1000 + i);
  const std::size_t before = recent.node().bytes();
  for (int i = 0; i < 5000; ++i) set(i % 5, 1000 + i % 50);
  EXPECT_LE(recent.node().bytes(), before + 4096);
}

TEST_F(KeepForTest, refuses_a_span_that_cannot_be) {
  EXPECT_THROW(readings.keep_for(-1s, &Reading::at), Failure);
  EXPECT_THROW(readings.keep_for(TimeSpan::max(), &Reading::at), Failure);
}

}  // namespace
}  // namespace freshet
