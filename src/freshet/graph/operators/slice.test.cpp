// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/slice.hpp"

#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "freshet/graph/testing/view_check.hpp"

namespace freshet {
namespace {

using testing::ViewCheck;

TEST(Slice, keeps_keys_from_one_on_and_below_another) {
  Graph graph;
  const auto rows = graph.input<int, std::string>("rows");
  const auto middle = rows.slice(3, 6);
  Transaction transaction;
  for (int key = 0; key < 10; ++key) transaction.set(rows, key, "v" + std::to_string(key));
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(middle.size(), 3U);
  EXPECT_EQ(*middle.get(3), "v3");
  EXPECT_EQ(middle.get(6), nullptr);
  EXPECT_EQ(rows.slice_from(8).size(), 2U) << "declared over rows that are there";
  EXPECT_EQ(rows.slice_to(2).size(), 2U);
  EXPECT_TRUE(rows.slice(6, 3).empty());
}

TEST(Slice, finds_texts_by_how_they_begin) {
  Graph graph;
  const auto rows = graph.input<std::string, int>("rows");
  Transaction transaction;
  int number = 0;
  for (const char* key : {"", "a", "ab", "ab\xff", "ab\xff\xff", "abc", "ac", "b", "\xff", "\xff\xff"}) {
    transaction.set(rows, key, ++number);
  }
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(rows.slice_prefix("ab").size(), 4U);
  EXPECT_EQ(rows.slice_prefix(std::string("ab\xff")).size(), 2U);
  EXPECT_EQ(rows.slice_prefix("\xff").size(), 2U);
  EXPECT_EQ(rows.slice_prefix("").size(), 10U);
  EXPECT_EQ(rows.slice_prefix("abd").size(), 0U);
}

TEST(Slice, is_one_node_for_equal_bounds) {
  Graph graph;
  const auto rows = graph.input<int, int>("rows");
  EXPECT_EQ(rows.slice(1, 2), rows.slice(1, 2));
  EXPECT_FALSE(rows.slice(1, 2) == rows.slice(1, 3));
  EXPECT_FALSE(rows.slice_from(1) == rows.slice_to(1));
  const auto texts = graph.input<std::string, int>("texts");
  EXPECT_EQ(texts.slice_prefix("a"), texts.slice("a", "b"));
}

TEST(Slice, is_what_recomputing_gives_under_random_transactions) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    const int from = static_cast<int>(seed % 7);
    const int to = from + static_cast<int>(seed % 5);
    ViewCheck<int> check(
        seed, [&](Graph&, const auto& rows) { return rows.slice(from, to); },
        [&](const ViewCheck<int>::Contents& input) {
          ViewCheck<int>::Expected kept;
          for (const auto& [key, values] : input) {
            if (key >= from && key < to) kept[key] = values;
          }
          return kept;
        });
    for (int i = 0; i < 40; ++i) {
      ASSERT_NO_FATAL_FAILURE(check.commit_randomly()) << "seed " << seed << ", commit " << i;
    }
  }
}

TEST(Slice, touches_as_many_rows_of_a_large_collection_as_of_a_small_one) {
  const auto work = [](int size) {
    Graph graph;
    const auto rows = graph.input<int, int>("rows");
    const auto slice = rows.slice(10, 20);
    Transaction transaction;
    for (int key = 0; key < size; ++key) transaction.set(rows, key, key);
    EXPECT_TRUE(graph.commit(transaction));
    const auto before = slice.node().counters().changes;
    EXPECT_TRUE(graph.commit(Transaction().set(rows, 15, -1).set(rows, 5, -1)));
    return slice.node().counters().changes - before;
  };
  EXPECT_EQ(work(100), 1U);
  EXPECT_EQ(work(10'000), 1U);
}

}  // namespace
}  // namespace freshet
