// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/window.hpp"

#include <cstdint>
#include <map>
#include <string>
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
class WindowTest : public ::testing::Test {
 protected:
  void set(const std::string& key, std::int64_t seconds, std::int64_t x = 0) {
    ASSERT_TRUE(graph.commit(Transaction().set(readings, key, {at_second(seconds), x})));
  }
  /// The windows that have rows, "start-end key: values", in order.
  static std::vector<std::string> text_of(const Collection<Windowed<std::string>, Reading>& windows) {
    std::vector<std::string> lines;
    windows.for_each([&](const Windowed<std::string>& key, const auto& rows) {
      std::string line = std::to_string(key.start.time_since_epoch() / 1s) + "-" +
                         std::to_string(key.end.time_since_epoch() / 1s) + " " + key.key + ":";
      for (const Reading& row : rows) line += " " + std::to_string(row.x);
      lines.push_back(line);
    });
    return lines;
  }

  Graph graph;
  Input<std::string, Reading> readings = graph.input<std::string, Reading>("readings");
  Timely<std::string, Reading> timely = readings.on_time(&Reading::at, {.delay = 5s});
};

using Lines = std::vector<std::string>;

TEST_F(WindowTest, puts_each_row_in_the_window_of_its_time) {
  const auto windows = timely.window(tumbling(10s));
  set("b", 100, 1);
  set("a", 109, 2);
  set("c", 110, 3);
  EXPECT_EQ(text_of(windows), (Lines{"100-110 a: 2", "100-110 b: 1", "110-120 c: 3"})) << "by window, then by key";
  set("b", 111, 4);
  EXPECT_EQ(text_of(windows), (Lines{"100-110 a: 2", "110-120 b: 4", "110-120 c: 3"}));
}

TEST_F(WindowTest, aligns_windows_to_the_epoch_and_an_offset_also_before_it) {
  const auto windows = timely.window(tumbling(10s, 3s));
  set("a", -8, 1);
  set("b", -7, 2);
  set("c", 2, 3);
  set("d", 3, 4);
  EXPECT_EQ(text_of(windows), (Lines{"-17--7 a: 1", "-7-3 b: 2", "-7-3 c: 3", "3-13 d: 4"}));
}

TEST_F(WindowTest, puts_a_row_in_every_window_that_its_time_is_in) {
  const auto windows = timely.window(hopping({.size = 10s, .every = 4s}));
  set("a", 100, 1);
  EXPECT_EQ(text_of(windows), (Lines{"92-102 a: 1", "96-106 a: 1", "100-110 a: 1"}));
  set("a", 103, 2);
  EXPECT_EQ(text_of(windows), (Lines{"96-106 a: 2", "100-110 a: 2"})) << "the size need not be a multiple of the step";
}

TEST_F(WindowTest, leaves_out_rows_between_windows) {
  const auto windows = timely.window(hopping({.size = 2s, .every = 10s}));
  set("a", 101, 1);
  set("b", 102, 2);
  EXPECT_EQ(text_of(windows), (Lines{"100-102 a: 1"}));
}

TEST_F(WindowTest, moves_only_the_windows_that_change_when_a_row_moves) {
  const auto windows = timely.window(hopping({.size = 100s, .every = 1s}));
  set("a", 1000, 1);
  EXPECT_EQ(windows.size(), 100U);
  const auto before = windows.node().counters().changes;
  set("a", 1002, 1);
  EXPECT_EQ(windows.node().counters().changes - before, 102U) << "two go, two come, and the rest change";
}

TEST_F(WindowTest, lets_no_row_come_into_a_window_that_is_closed) {
  const auto windows = timely.window(tumbling(10s));
  set("a", 101, 1);
  set("b", 115, 2);
  set("c", 109, 3);
  EXPECT_EQ(text_of(windows), (Lines{"100-110 a: 1", "110-120 b: 2"})) << "the watermark was 110";
  EXPECT_EQ(timely.late_count(), 1U);
}

TEST_F(WindowTest, lets_windows_go_some_time_after_they_closed) {
  const auto windows = timely.window(tumbling(10s), {.keep = 10s});
  const auto hops = timely.window(hopping({.size = 10s, .every = 5s}), {.keep = 10s});
  const auto for_ever = timely.window(tumbling(10s));
  set("a", 101, 1);
  set("b", 124, 2);
  EXPECT_EQ(text_of(windows), (Lines{"100-110 a: 1", "120-130 b: 2"})) << "the watermark is 119";
  EXPECT_EQ(text_of(hops), (Lines{"100-110 a: 1", "115-125 b: 2", "120-130 b: 2"})) << "95-105 went";
  set("c", 125, 3);
  EXPECT_EQ(text_of(windows), (Lines{"120-130 b: 2", "120-130 c: 3"}));
  EXPECT_EQ(text_of(for_ever).size(), 3U);
  ASSERT_TRUE(graph.commit(Transaction().erase(readings, "a")));
  EXPECT_EQ(text_of(windows).size(), 2U);
  EXPECT_EQ(text_of(for_ever).size(), 2U) << "its owner takes a row away also from a window that is closed";
}

TEST_F(WindowTest, holds_bounded_memory_however_many_windows_go_by) {
  const auto windows = timely.window(tumbling(10s), {.keep = 10s});
  const auto hops = timely.window(hopping({.size = 10s, .every = 4s}), {.keep = 10s});
  const auto bytes = [&] { return windows.node().bytes() + hops.node().bytes(); };
  const auto one_day = [&](int day) {
    for (int i = 0; i < 500; ++i) {
      Transaction transaction;
      const int n = day * 500 + i;
      transaction.set(readings, "key" + std::to_string(n), {at_second(n * 3), n});
      if (n >= 10) transaction.erase(readings, "key" + std::to_string(n - 10));
      ASSERT_TRUE(graph.commit(transaction));
    }
  };
  one_day(0);
  const std::size_t before = bytes();
  for (int day = 1; day < 10; ++day) one_day(day);
  EXPECT_LE(bytes(), before + before / 10);
  EXPECT_LE(windows.size(), 10U);
}

TEST_F(WindowTest, closes_windows_by_the_graphs_time_too) {
  const auto guarded = readings.on_time(&Reading::at, {.lag_max = 20s});
  const auto windows = guarded.window(tumbling(10s), {.keep = 0s});
  set("a", 101, 1);
  ASSERT_TRUE(graph.advance_to(at_second(129)));
  EXPECT_EQ(windows.size(), 1U);
  ASSERT_TRUE(graph.advance_to(at_second(130)));
  EXPECT_EQ(windows.size(), 0U);
}

TEST_F(WindowTest, groups_by_something_else_within_windows) {
  const auto windows = timely.window(tumbling(10s));
  const auto by_parity = testing::flat_map(windows, [](const Windowed<std::string>& window, const Reading& reading) {
    return std::pair(window.with(reading.x % 2), reading.x);
  });
  const auto sums = testing::reduce(by_parity, sum());
  for (int i = 0; i < 6; ++i) set("key" + std::to_string(i), 100 + i * 3, i);
  EXPECT_EQ(*sums.get({at_second(100), at_second(110), 0}), 2);
  EXPECT_EQ(*sums.get({at_second(100), at_second(110), 1}), 4);
  EXPECT_EQ(*sums.get({at_second(110), at_second(120), 1}), 5);
}

TEST_F(WindowTest, is_one_node_for_the_same_windows) {
  EXPECT_EQ(timely.window(tumbling(10s)), timely.window(tumbling(10s)));
  EXPECT_EQ(timely.window(tumbling(10s)), timely.window(hopping({.size = 10s, .every = 10s})));
  EXPECT_NE(timely.window(tumbling(10s)), timely.window(tumbling(10s, 1s)));
  EXPECT_NE(timely.window(tumbling(10s)), timely.window(tumbling(10s), {.keep = 1s}));
}

TEST_F(WindowTest, refuses_windows_that_cannot_be) {
  EXPECT_THROW(timely.window(tumbling(0s)), Failure);
  EXPECT_THROW(timely.window(hopping({.size = 10s})), Failure);
  EXPECT_THROW(timely.window(hopping({.size = 1001s, .every = 1s})), Failure);
  EXPECT_NO_THROW(timely.window(hopping({.size = 1000s, .every = 1s})));
  EXPECT_THROW(timely.window(tumbling(10s), {.keep = -1s}), Failure);
}

TEST_F(WindowTest, says_which_row_a_row_came_from) {
  const auto windows = timely.window(hopping({.size = 10s, .every = 5s}));
  set("a", 100, 1);
  set("b", 101, 2);
  const auto& node = windows.node();
  node.present().for_each(node.space().end(), [&](detail::Slot row) {
    int origins = 0;
    node.origins(row, [&](const detail::NodeBase& parent, detail::Slot source_row) {
      ++origins;
      EXPECT_EQ(&parent, &timely.node());
      EXPECT_EQ(timely.node().space().key(source_row), node.space().key(row).key);
    });
    EXPECT_EQ(origins, 1);
  });
}

}  // namespace
}  // namespace freshet
