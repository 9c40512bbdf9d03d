// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/on_time.hpp"

#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/base/clock.hpp"
#include "freshet/graph/testing/event_time.hpp"

namespace freshet {
namespace {

using std::chrono::microseconds;
using testing::at_second;
using namespace std::chrono_literals;

struct Reading {
  Timestamp at{};
  std::int64_t x{};
  Timestamp time() const noexcept { return at; }
  bool operator==(const Reading&) const = default;
};

// The property test of all views of event time is graph/event_time.test.cpp.
class OnTimeTest : public ::testing::Test {
 protected:
  void set(int key, std::int64_t seconds, std::int64_t x = 0) {
    ASSERT_TRUE(graph.commit(Transaction().set(readings, key, {at_second(seconds), x})));
  }
  static std::vector<int> keys_of(const Collection<int, Reading>& view) {
    std::vector<int> keys;
    view.for_each([&](int key, const auto&) { keys.push_back(key); });
    return keys;
  }

  Graph graph;
  Input<int, Reading> readings = graph.input<int, Reading>("readings");
};

using Keys = std::vector<int>;

TEST_F(OnTimeTest, judges_a_row_by_the_watermark_before_the_commit_that_brings_it) {
  const auto timely = readings.on_time(&Reading::at, {.delay = 5s});
  EXPECT_EQ(timely.watermark(), std::nullopt);
  Transaction first;
  first.set(readings, 1, {at_second(100), 0}).set(readings, 2, {at_second(10), 0});
  ASSERT_TRUE(graph.commit(first));
  EXPECT_EQ(keys_of(timely), (Keys{1, 2})) << "the order within a transaction does not matter";
  EXPECT_EQ(timely.watermark(), at_second(95));
  set(3, 95);
  set(4, 94);
  EXPECT_EQ(keys_of(timely), (Keys{1, 2, 3})) << "as old as the watermark is on time, older is not";
  ASSERT_EQ(timely.late_count(), 1U);
  const auto late = timely.late();
  EXPECT_EQ(*late.get(1), (LateRow<int, Reading>{4, {at_second(94), 0}, at_second(94), at_second(95)}));
}

TEST_F(OnTimeTest, keeps_the_value_that_was_accepted_when_its_successor_is_late) {
  const auto timely = readings.on_time(&Reading::at, {.delay = 0s, .lateness = 10s});
  set(1, 100, 1);
  set(2, 120, 2);
  set(1, 111, 3);
  EXPECT_EQ(timely.get(1)->x, 3);
  set(1, 109, 4);
  EXPECT_EQ(timely.get(1)->x, 3) << "older than the watermark by more than the allowed lateness";
  EXPECT_EQ(timely.late_count(), 1U);
  set(2, 200, 5);
  set(1, 111, 6);
  EXPECT_EQ(timely.get(1)->x, 3) << "a correction comes too late as a new row does";
  set(1, 195, 7);
  EXPECT_EQ(timely.get(1)->x, 7) << "a row may always go on to a time that is open";
  set(2, 300, 8);
  ASSERT_TRUE(graph.commit(Transaction().erase(readings, 1)));
  EXPECT_EQ(keys_of(timely), (Keys{2})) << "a row may always be taken away";
}

TEST_F(OnTimeTest, never_takes_the_watermark_back) {
  const auto timely = readings.on_time(&Reading::at);
  const auto marks = timely.watermarks();
  EXPECT_TRUE(marks.empty());
  set(1, 100);
  ASSERT_TRUE(graph.commit(Transaction().erase(readings, 1)));
  EXPECT_EQ(timely.watermark(), at_second(100));
  EXPECT_EQ(*marks.get("watermark"), at_second(100));
  set(1, 99);
  EXPECT_TRUE(timely.empty());
}

TEST_F(OnTimeTest, accepts_all_rows_that_are_there_when_it_is_declared) {
  set(1, 100);
  set(2, 1);
  const auto timely = readings.on_time(&Reading::at);
  EXPECT_EQ(keys_of(timely), (Keys{1, 2}));
  EXPECT_EQ(timely.watermark(), at_second(100));
}

TEST_F(OnTimeTest, keeps_the_newest_late_rows_and_counts_all) {
  const auto timely = readings.on_time(&Reading::at, {.late_kept = 3});
  const auto from_the_beginning = timely.late();
  set(0, 100);
  for (int key = 1; key <= 4; ++key) set(key, key);
  Transaction many;
  for (int key = 9; key >= 5; --key) many.set(readings, key, {at_second(key), 0});
  ASSERT_TRUE(graph.commit(many));
  EXPECT_EQ(timely.late_count(), 9U);
  const auto numbers = [](const auto& late) {
    std::vector<std::pair<std::uint64_t, int>> numbered;
    late.for_each([&](std::uint64_t number, const auto& rows) { numbered.emplace_back(number, rows.front().key); });
    return numbered;
  };
  const std::vector<std::pair<std::uint64_t, int>> newest{{7, 7}, {8, 8}, {9, 9}};
  EXPECT_EQ(numbers(from_the_beginning), newest) << "those of one commit in the order of the rows";
  EXPECT_EQ(timely.late(), from_the_beginning);
}

TEST_F(OnTimeTest, shows_late_rows_to_those_who_ask_later) {
  const auto timely = readings.on_time(&Reading::at, {.late_kept = 2});
  for (int key = 0; key < 5; ++key) set(key, 100 - key);
  std::vector<int> keys;
  const auto late = timely.late();
  late.for_each([&](std::uint64_t, const auto& rows) { keys.push_back(rows.front().key); });
  EXPECT_EQ(keys, (Keys{3, 4}));
  const auto none_kept = readings.on_time(&Reading::at, {.late_kept = 0});
  const auto none = none_kept.late();
  set(9, 1);
  EXPECT_EQ(none_kept.late_count(), 1U);
  EXPECT_TRUE(none.empty());
}

TEST_F(OnTimeTest, follows_the_graphs_time_while_no_rows_come) {
  const auto timely = readings.on_time(&Reading::at, {.lag_max = 10s});
  const auto marks = timely.watermarks();
  set(1, 100);
  ASSERT_TRUE(graph.advance_to(at_second(105)));
  EXPECT_EQ(timely.watermark(), at_second(100));
  ASSERT_TRUE(graph.advance_to(at_second(120)));
  EXPECT_EQ(timely.watermark(), at_second(110));
  EXPECT_EQ(*marks.get("watermark"), at_second(110));
  set(2, 109);
  EXPECT_EQ(keys_of(timely), (Keys{1}));
}

TEST_F(OnTimeTest, is_one_node_for_the_same_times_and_options) {
  const auto timely = readings.on_time(&Reading::at, {.delay = 5s});
  EXPECT_EQ(readings.on_time(&Reading::at, {.delay = 5s}), timely);
  EXPECT_NE(readings.on_time(&Reading::at, {.delay = 6s}), timely);
  EXPECT_NE(readings.on_time(&Reading::time, {.delay = 5s}), timely);
  EXPECT_EQ(readings.on_time(&Reading::time, {.delay = 5s}), readings.on_time(&Reading::time, {.delay = 5s}));
}

TEST_F(OnTimeTest, contains_a_time_out_of_all_bounds) {
  const auto timely = readings.on_time(&Reading::at, {.delay = 5s});
  ASSERT_TRUE(graph.commit(Transaction().set(readings, 1, {Timestamp::max(), 0})));
  ASSERT_TRUE(graph.commit(Transaction().set(readings, 2, {Timestamp::min(), 0})));
  EXPECT_TRUE(timely.empty());
  EXPECT_EQ(timely.watermark(), std::nullopt);
  EXPECT_EQ(timely.errors().size(), 2U);
  set(1, 100);
  EXPECT_EQ(timely.errors().size(), 1U);
  EXPECT_EQ(keys_of(timely), (Keys{1}));
}

TEST_F(OnTimeTest, refuses_spans_that_cannot_be) {
  EXPECT_THROW(readings.on_time(&Reading::at, {.delay = -1s}), Failure);
  EXPECT_THROW(readings.on_time(&Reading::at, {.lateness = TimeSpan::max()}), Failure);
  EXPECT_THROW(readings.on_time(&Reading::at, {.lag_max = -1s}), Failure);
}

TEST(OnTimeWork, touches_as_many_rows_among_many_as_among_few) {
  const auto work_of_one_change = [](int rows) {
    Graph graph;
    const auto input = graph.input<int, Reading>("readings");
    const auto timely = input.on_time(&Reading::at, {.delay = 10s});
    const auto windows = timely.window(tumbling(10s), {.keep = 1h});
    const auto hops = timely.window(hopping({.size = 10s, .every = 5s}), {.keep = 1h});
    const auto sessions = timely.session(2s);
    const auto recent = input.keep_for(1h, &Reading::at);
    Transaction transaction;
    for (int key = 0; key < rows; ++key) transaction.set(input, key, {at_second(100 + key % 100), key});
    graph.commit(transaction);
    const GraphStats before = graph.stats();
    graph.commit(Transaction().set(input, rows / 2, {at_second(191), -1}));
    const GraphStats after = graph.stats();
    return std::pair(after.mapper_calls - before.mapper_calls, after.rows_changed - before.rows_changed);
  };
  const auto few = work_of_one_change(200);
  EXPECT_EQ(work_of_one_change(20'000), few);
  EXPECT_LE(few.second, 13U) << "input 1, on_time 1, window 2, hops 4, session 2, keep_for 1";
}

// Time of the graph.

TEST(GraphTime, moves_on_by_its_own_commits_and_never_back) {
  Graph graph;
  EXPECT_EQ(graph.now(), std::nullopt);
  EXPECT_EQ(*graph.advance_to(at_second(10)), 1U);
  EXPECT_EQ(graph.now(), at_second(10));
  const auto back = graph.advance_to(at_second(9));
  ASSERT_FALSE(back);
  EXPECT_EQ(back.error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(graph.now(), at_second(10));
  EXPECT_TRUE(graph.advance_to(at_second(10)));
  EXPECT_FALSE(graph.advance_to(Timestamp::max()));
}

TEST(GraphTime, stands_still_while_the_clock_is_set_back) {
  Graph graph;
  SimulatedClock clock;
  ASSERT_TRUE(graph.advance_to(clock));
  const Timestamp start = clock.now();
  clock.set(start - 1h);
  ASSERT_TRUE(graph.advance_to(clock));
  EXPECT_EQ(graph.now(), start);
  clock.advance(2h);
  ASSERT_TRUE(graph.advance_to(clock));
  EXPECT_EQ(graph.now(), start + 1h);
}

TEST(GraphTime, cannot_be_moved_from_a_subscriber) {
  Graph graph;
  const auto input = graph.input<int, int>("numbers");
  Result<Version> moved = Version{};
  const auto subscription = input.subscribe([&](const auto&) { moved = graph.advance_to(at_second(1)); });
  ASSERT_TRUE(graph.commit(Transaction().set(input, 1, 1)));
  EXPECT_FALSE(moved);
  EXPECT_EQ(graph.now(), std::nullopt);
}

}  // namespace
}  // namespace freshet
