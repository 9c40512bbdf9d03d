// SPDX-License-Identifier: MIT
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/detail/column.hpp"
#include "freshet/graph/detail/key_table.hpp"
#include "freshet/graph/detail/read_index.hpp"
#include "freshet/graph/detail/segments.hpp"
#include "freshet/graph/detail/slot_group.hpp"
#include "freshet/graph/detail/sorted_blocks.hpp"

namespace freshet::detail {
namespace {

TEST(Segments, never_move_a_cell) {
  Segments<int> cells;
  cells.reserve(0);
  int* first = &cells[0];
  for (Slot slot = 0; slot < 100'000; ++slot) {
    cells.reserve(slot);
    EXPECT_EQ(cells[slot], 0);
    cells[slot] = static_cast<int>(slot);
  }
  EXPECT_EQ(&cells[0], first);
  for (Slot slot = 0; slot < 100'000; ++slot) ASSERT_EQ(cells[slot], static_cast<int>(slot));
  EXPECT_FALSE(cells.reserved(10'000'000));
}

TEST(SlotBits, visit_what_is_set_in_order) {
  SlotBits bits;
  for (const Slot slot : {700u, 3u, 64u, 63u}) bits.set(slot);
  bits.clear(64);
  EXPECT_TRUE(bits.claim(5));
  EXPECT_FALSE(bits.claim(5));
  std::vector<Slot> seen;
  bits.for_each(701, [&](Slot slot) { seen.push_back(slot); });
  EXPECT_EQ(seen, (std::vector<Slot>{3, 5, 63, 700}));
  EXPECT_FALSE(bits.test(1u << 30));
}

TEST(Column, destroys_what_it_holds) {
  const auto counted = std::make_shared<int>(0);
  {
    Column<std::shared_ptr<int>> column;
    column.emplace(3, counted);
    column.emplace(9, counted);
    column.erase(3);
    EXPECT_EQ(counted.use_count(), 2);
    EXPECT_EQ(column.find(3), nullptr);
    EXPECT_EQ(column.size(), 1u);
  }
  EXPECT_EQ(counted.use_count(), 1);
}

TEST(SortedBlocks, agree_with_a_multiset) {
  std::mt19937 random(1);
  SortedBlocks<int> blocks;
  std::multiset<int> expected;
  const std::less<int> less;
  for (int i = 0; i < 20'000; ++i) {
    const int value = static_cast<int>(random() % 500);
    if (random() % 5 < 3) {
      blocks.insert(value, less);
      expected.insert(value);
    } else {
      const auto at = expected.find(value);
      ASSERT_EQ(blocks.erase(value, less), at != expected.end());
      if (at != expected.end()) expected.erase(at);
    }
    ASSERT_EQ(blocks.size(), expected.size());
    if (!expected.empty()) {
      ASSERT_EQ(blocks.front(), *expected.begin());
      ASSERT_EQ(blocks.back(), *expected.rbegin());
    }
  }
  std::vector<int> all;
  blocks.for_each([&](int value) { all.push_back(value); });
  EXPECT_TRUE(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
}

TEST(RowGroup, holds_none_one_and_many_rows_in_order) {
  RowGroup group{};
  const auto before = [](Slot a, Slot b) { return a < b; };
  const auto rows = [&] {
    std::vector<Slot> all;
    group.for_each([&](Slot row) { all.push_back(row); }, before);
    return all;
  };
  EXPECT_TRUE(group.empty());
  group.insert(5, before);
  group.insert(2, before);
  group.insert(9, before);
  EXPECT_EQ(rows(), (std::vector<Slot>{2, 5, 9}));
  group.erase(5, before);
  group.erase(7, before);
  group.erase(2, before);
  EXPECT_EQ(rows(), (std::vector<Slot>{9}));
  group.erase(2, before);
  EXPECT_EQ(group.size(), 1u) << "a row that is not there takes no other away";
  group.erase(9, before);
  EXPECT_TRUE(group.empty());
}

TEST(RowGroup, is_in_order_whenever_it_is_read_however_many_rows_it_has) {
  RowGroup group{};
  const auto before = [](Slot a, Slot b) { return a > b; };
  std::mt19937 random(3);
  std::set<Slot, std::greater<>> expected;
  for (int i = 0; i < 30'000; ++i) {
    // Grows beyond what is kept unordered, and shrinks again.
    const Slot row = random() % 6000;
    if ((i < 15'000) == (random() % 4 != 0)) {
      if (expected.insert(row).second) group.insert(row, before);
    } else {
      expected.erase(row);
      group.erase(row, before);
    }
    ASSERT_EQ(group.size(), expected.size());
    if (i % 500 != 0) continue;
    std::vector<Slot> all;
    group.for_each([&](Slot each) { all.push_back(each); }, before);
    ASSERT_TRUE(std::equal(all.begin(), all.end(), expected.begin(), expected.end()));
  }
  group.reset();
}

TEST(SlotIndex, agrees_with_a_map_even_when_hashes_collide) {
  SlotIndex index;
  std::map<Slot, std::size_t> expected;  // hash by slot
  std::mt19937_64 random(5);
  for (int i = 0; i < 50'000; ++i) {
    const Slot slot = static_cast<Slot>(random() % 3000);
    const auto known = expected.find(slot);
    if (known == expected.end()) {
      const std::size_t hash = random() % 8 == 0 ? 0 : random() << 16;
      index.insert(hash, slot);
      expected.emplace(slot, hash);
    } else {
      index.erase(known->second, slot);
      expected.erase(known);
    }
    ASSERT_EQ(index.size(), expected.size());
    if (i % 1000 != 0) continue;
    for (const auto& [each, hash] : expected) {
      ASSERT_EQ(index.find(hash, [&, wanted = each](Slot found) { return found == wanted; }), each);
    }
    ASSERT_EQ(index.find(0, [](Slot) { return false; }), kNoSlot);
  }
}

TEST(KeyTable, names_a_key_until_its_slot_is_released) {
  KeyTable<std::string> table;
  const Slot a = table.add("a");
  const Slot b = table.add("b");
  EXPECT_EQ(table.find("a"), a);
  table.remove(a);
  EXPECT_EQ(table.find("a"), kNoSlot);
  EXPECT_EQ(table.key(a), "a");
  table.restore(a);
  EXPECT_EQ(table.find("a"), a);
  table.remove(a);
  table.release(a);
  EXPECT_EQ(table.add("c"), a) << "slots are used again";
  EXPECT_EQ(table.find("b"), b);
  EXPECT_TRUE(table.before(b, a));
}

class ReadIndexTest : public ::testing::Test {
 protected:
  ReadIndex<std::string> index;

  void read(Slot row, const std::vector<std::string>& keys) {
    index.begin();
    for (const auto& key : keys) index.read(key);
    index.end(row);
  }
  std::set<Slot> readers(const std::string& key) const {
    std::set<Slot> rows;
    index.for_each_reader(key, [&](Slot row) { rows.insert(row); });
    return rows;
  }
};

TEST_F(ReadIndexTest, knows_who_reads_what_now) {
  read(1, {"a", "b"});
  read(2, {"a"});
  index.settle();
  EXPECT_EQ(readers("a"), (std::set<Slot>{1, 2}));
  read(1, {"b", "c"});
  index.settle();
  EXPECT_EQ(readers("a"), (std::set<Slot>{2}));
  EXPECT_EQ(readers("c"), (std::set<Slot>{1}));
  index.forget(2);
  index.settle();
  EXPECT_TRUE(readers("a").empty());
}

TEST_F(ReadIndexTest, returns_to_what_it_was_when_a_commit_is_undone) {
  read(1, {"a"});
  index.settle();
  read(1, {"b"});
  read(2, {"a", "c"});
  index.forget(1);
  index.roll_back();
  EXPECT_EQ(readers("a"), (std::set<Slot>{1}));
  EXPECT_TRUE(readers("b").empty());
  EXPECT_TRUE(readers("c").empty());
}

}  // namespace
}  // namespace freshet::detail
