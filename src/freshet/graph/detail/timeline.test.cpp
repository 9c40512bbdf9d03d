// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/timeline.hpp"

#include <random>
#include <set>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::detail {
namespace {

using Entry = Timeline::Entry;

Entry entry(int at, Slot row) { return {Timestamp(std::chrono::microseconds(at)), row}; }

std::vector<Entry> entries_of(const Timeline& line) {
  std::vector<Entry> entries;
  const Entry* before = nullptr;
  for (auto at = line.lower_bound(entry(-1, 0)); line.entry(at) != nullptr; at = line.next(at)) {
    EXPECT_EQ(line.before(at), before);
    before = line.entry(at);
    entries.push_back(*before);
  }
  return entries;
}

TEST(Timeline, is_a_sorted_set) {
  for (int rising = 0; rising < 2; ++rising) {
    std::mt19937_64 random(7);
    Timeline line;
    std::set<Entry> expected;
    for (int i = 0; i < 20'000; ++i) {
      const int range = rising != 0 ? i : 1500;
      const Entry one = entry(static_cast<int>(random() % 1500) + range, static_cast<Slot>(random() % 3));
      const bool grow = i < 10'000 ? random() % 3 != 0 : random() % 3 == 0;
      if (grow && expected.insert(one).second) line.insert(one);
      if (!grow && !expected.empty()) {
        auto gone = expected.lower_bound(one);
        if (gone == expected.end()) gone = expected.begin();
        line.erase(*gone);
        expected.erase(gone);
      }
      if (i % 500 == 0) {
        ASSERT_EQ(entries_of(line), std::vector<Entry>(expected.begin(), expected.end()));
      }
    }
    ASSERT_EQ(entries_of(line), std::vector<Entry>(expected.begin(), expected.end()));
    while (!expected.empty()) {
      line.erase(*expected.begin());
      expected.erase(expected.begin());
    }
    EXPECT_TRUE(line.empty());
  }
}

}  // namespace
}  // namespace freshet::detail
