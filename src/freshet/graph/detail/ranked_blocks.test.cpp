// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/ranked_blocks.hpp"

#include <algorithm>
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::detail {
namespace {

/// Blocks beside a sorted vector.
class RankedBlocksTest : public ::testing::Test {
 protected:
  static bool less(int a, int b) { return a < b; }

  void insert(int value) {
    const auto at = std::lower_bound(model.begin(), model.end(), value);
    const auto rank = static_cast<std::size_t>(at - model.begin());
    model.insert(at, value);
    const auto place = blocks.insert(value, &less);
    ASSERT_EQ(blocks[place], value);
    ASSERT_EQ(blocks.rank_of(place), rank);
  }
  void erase(int value) {
    const auto at = std::lower_bound(model.begin(), model.end(), value);
    const auto rank = static_cast<std::size_t>(at - model.begin());
    model.erase(at);
    const auto place = blocks.erase(value, &less);
    ASSERT_TRUE(place);
    ASSERT_EQ(blocks.rank_of(*place), rank);
  }
  void check() const {
    ASSERT_EQ(blocks.invariant(&less).value_or(""), "");
    ASSERT_EQ(blocks.size(), model.size());
    std::vector<int> found;
    blocks.for_each([&](int value) { found.push_back(value); });
    ASSERT_EQ(found, model);
  }
  void check_search(int value) const {
    const auto rank = static_cast<std::size_t>(std::lower_bound(model.begin(), model.end(), value) - model.begin());
    const auto behind = static_cast<std::size_t>(std::upper_bound(model.begin(), model.end(), value) - model.begin());
    const auto lower = blocks.lower_bound(value, &less);
    const auto upper = blocks.upper_bound(value, &less);
    ASSERT_EQ(blocks.valid(lower), rank < model.size());
    ASSERT_EQ(blocks.valid(upper), behind < model.size());
    ASSERT_TRUE(!blocks.valid(lower) || blocks[lower] == model[rank]);
    ASSERT_TRUE(!blocks.valid(upper) || blocks[upper] == model[behind]);
  }

  RankedBlocks<int> blocks;
  std::vector<int> model;
  std::mt19937 random{7};
};

TEST_F(RankedBlocksTest, is_a_sorted_vector_under_random_changes) {
  for (int phase = 0; phase < 8; ++phase) {
    const unsigned growth = phase % 2 == 0 ? 7 : 2;  // of ten: by turns it grows and shrinks
    for (int i = 0; i < 8000; ++i) {
      if (model.empty() || random() % 10 < growth) {
        const int value = static_cast<int>(random() % 1'000'000);
        if (std::binary_search(model.begin(), model.end(), value)) continue;
        ASSERT_NO_FATAL_FAILURE(insert(value));
      } else {
        ASSERT_NO_FATAL_FAILURE(erase(model[random() % model.size()]));
      }
      ASSERT_NO_FATAL_FAILURE(check_search(static_cast<int>(random() % 1'000'000)));
    }
    ASSERT_NO_FATAL_FAILURE(check());
  }
  while (!model.empty()) ASSERT_NO_FATAL_FAILURE(erase(model[random() % model.size()]));
  check();
}

TEST_F(RankedBlocksTest, finds_each_element_by_its_rank_and_the_one_behind_it) {
  for (int i = 0; i < 100'000; ++i) model.push_back(i * 3);
  blocks.assign(model);
  check();
  for (std::size_t rank = 0; rank < model.size(); rank += 997) {
    const auto at = blocks.find_rank(rank);
    ASSERT_EQ(blocks[at], model[rank]);
    ASSERT_EQ(blocks.rank_of(at), rank);
    ASSERT_GE(blocks.rank_of(at, 10), std::min<std::size_t>(rank, 10));
    check_search(model[rank]);
    check_search(model[rank] + 1);
  }
  auto at = blocks.find_rank(0);
  for (const int value : model) {
    ASSERT_EQ(blocks[at], value);
    at = blocks.next(at);
  }
  EXPECT_FALSE(blocks.valid(at));
  EXPECT_FALSE(blocks.valid(blocks.find_rank(model.size())));
}

TEST_F(RankedBlocksTest, grows_at_either_end_and_shrinks_like_a_queue) {
  for (int i = 0; i < 70'000; ++i) ASSERT_NO_FATAL_FAILURE(insert(i));
  for (int i = 1; i < 3000; ++i) ASSERT_NO_FATAL_FAILURE(insert(-i));
  check();
  for (int i = 0; i < 40'000; ++i) {
    ASSERT_TRUE(blocks.erase(model[static_cast<std::size_t>(i)], &less));
    blocks.insert(70'000 + i, &less);
  }
  EXPECT_EQ(blocks.invariant(&less).value_or(""), "");
  EXPECT_EQ(blocks[blocks.find_rank(0)], model[40'000]);
  EXPECT_FALSE(blocks.erase(-1'000'000, &less));
  EXPECT_FALSE(blocks.erase(1'000'000, &less));
}

TEST_F(RankedBlocksTest, takes_little_room_for_what_is_left_of_many) {
  for (int i = 0; i < 100'000; ++i) model.push_back(i);
  blocks.assign(model);
  const std::size_t full = blocks.bytes();
  for (int i = 0; i < 100'000; ++i) {
    ASSERT_TRUE(i % 100 == 0 || blocks.erase(i, &less));
  }
  EXPECT_EQ(blocks.invariant(&less).value_or(""), "");
  EXPECT_EQ(blocks.size(), 1000U);
  EXPECT_LT(blocks.bytes(), full / 10);
}

TEST_F(RankedBlocksTest, holds_texts) {
  RankedBlocks<std::string> texts;
  const auto before = [](const std::string& a, const std::string& b) { return a < b; };
  std::vector<std::string> sorted;
  for (int i = 0; i < 2000; ++i) sorted.push_back("a text that does not fit in place " + std::to_string(i));
  std::shuffle(sorted.begin(), sorted.end(), random);
  for (const std::string& text : sorted) texts.insert(text, before);
  std::sort(sorted.begin(), sorted.end());
  EXPECT_EQ(texts.invariant(before).value_or(""), "");
  EXPECT_EQ(texts[texts.find_rank(1234)], sorted[1234]);
  for (const std::string& text : sorted) ASSERT_TRUE(texts.erase(text, before));
  EXPECT_TRUE(texts.empty());
}

}  // namespace
}  // namespace freshet::detail
