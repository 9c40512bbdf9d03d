// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/expiry_heap.hpp"

#include <map>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::detail {
namespace {

Timestamp at(int microseconds) { return Timestamp(std::chrono::microseconds(microseconds)); }

/// Rows and when they end, beside the heap that finds those whose time has come.
struct Expiring {
  std::map<Slot, Timestamp> ends;
  ExpiryHeap heap;

  auto valid() const {
    return [this](Timestamp end, Slot row) {
      const auto found = ends.find(row);
      return found != ends.end() && found->second == end;
    };
  }
  void set(Slot row, Timestamp end) {
    ends[row] = end;
    heap.push(end, row);
  }
  std::vector<Slot> expire(Timestamp until) {
    std::vector<Slot> expired;
    heap.pop_until(until, valid(), [&](Slot row) {
      expired.push_back(row);
      ends.erase(row);
    });
    return expired;
  }
  void settle() { heap.settle(ends.size(), valid()); }
};

TEST(ExpiryHeap, finds_rows_whose_time_has_come_each_once_whatever_they_did_before) {
  std::mt19937_64 random(1);
  Expiring rows;
  for (int now = 0; now < 3000; ++now) {
    const auto before = rows.ends;
    for (int i = 0; i < 4; ++i) rows.set(static_cast<Slot>(random() % 50), at(now + static_cast<int>(random() % 60)));
    if (random() % 3 == 0) rows.ends.erase(static_cast<Slot>(random() % 50));
    std::vector<Slot> expected;
    for (const auto& [row, end] : rows.ends) {
      if (end <= at(now)) expected.push_back(row);
    }
    std::vector<Slot> expired = rows.expire(at(now));
    std::sort(expired.begin(), expired.end());
    ASSERT_EQ(expired, expected);
    if (random() % 4 == 0) {
      rows.ends = before;
      rows.heap.roll_back();
    } else {
      rows.settle();
    }
    ASSERT_LE(rows.heap.size(), 50U * 2 + 64);
  }
}

TEST(ExpiryHeap, stays_small_when_rows_change_again_and_again_between_the_same_times) {
  Expiring rows;
  for (int i = 0; i < 10'000; ++i) {
    rows.set(static_cast<Slot>(i % 3), at(1000 + i % 2));
    rows.settle();
  }
  EXPECT_LE(rows.heap.size(), 3U * 2 + 64);
  EXPECT_EQ(rows.expire(at(2000)).size(), 3U);
}

TEST(ExpiryHeap, forgets_what_was_pushed_in_a_commit_that_was_undone) {
  ExpiryHeap heap;
  for (int i = 0; i < 1000; ++i) {
    heap.push(at(i), 0);
    heap.roll_back();
  }
  heap.settle(0, [](Timestamp, Slot) { return true; });
  EXPECT_EQ(heap.size(), 0U);
}

}  // namespace
}  // namespace freshet::detail
