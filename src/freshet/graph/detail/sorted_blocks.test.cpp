// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/sorted_blocks.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::detail {
namespace {

struct Large {
  std::array<std::int64_t, 25> numbers{};  // 200 bytes
  bool operator<(const Large& other) const { return numbers[0] < other.numbers[0]; }
  bool operator==(const Large&) const = default;
};

template <class T> T make(std::uint64_t number);
template <> int make(std::uint64_t number) { return static_cast<int>(number); }
template <> bool make(std::uint64_t number) { return number % 2 != 0; }
template <> std::string make(std::uint64_t number) {
  return "a text beyond the small buffer " + std::to_string(number);
}
template <> Large make(std::uint64_t number) { return {{static_cast<std::int64_t>(number)}}; }

template <class T> void expect_same(SortedBlocks<T>& blocks, const std::multiset<T>& expected) {
  ASSERT_EQ(blocks.size(), expected.size());
  ASSERT_EQ(blocks.empty(), expected.empty());
  auto next = expected.begin();
  std::size_t rank = 0;
  blocks.for_each([&](const T& value) {
    ASSERT_EQ(value, *next++);
    ASSERT_EQ(blocks.at(rank++), value);
    ASSERT_NE(blocks.find(value, std::less<T>()), nullptr);
  });
  ASSERT_EQ(rank, expected.size());
  auto previous = expected.rbegin();
  blocks.for_each_backwards_until([&](const T& value) {
    EXPECT_EQ(value, *previous++);
    return std::distance(expected.rbegin(), previous) < 3;
  });
  ASSERT_EQ(std::distance(expected.rbegin(), previous), static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, rank)));
  if (expected.empty()) return;
  ASSERT_EQ(blocks.front(), *expected.begin());
  ASSERT_EQ(blocks.back(), *expected.rbegin());
}

template <class T> class SortedBlocksTest : public ::testing::Test {};
using Elements = ::testing::Types<int, bool, std::string, Large>;
TYPED_TEST_SUITE(SortedBlocksTest, Elements);

TYPED_TEST(SortedBlocksTest, holds_what_a_multiset_holds) {
  using T = TypeParam;
  std::mt19937_64 random(3);
  SortedBlocks<T> blocks;
  std::multiset<T> expected;
  const std::less<T> less;
  // Grows, shrinks to nothing and grows again, with few and with many equal elements.
  for (int i = 0; i < 24'000; ++i) {
    const bool growing = (i / 6000) % 2 == 0;
    const T value = make<T>(random() % (i < 12'000 ? 5000 : 40));
    if (random() % 10 < (growing ? 8u : 1u)) {
      blocks.insert(value, less);
      expected.insert(value);
    } else if (!expected.empty()) {
      ASSERT_EQ(blocks.erase(value, less), expected.count(value) != 0);
      if (expected.count(value) != 0) expected.erase(expected.find(value));
    }
    if (i % 997 != 0) continue;
    ASSERT_NO_FATAL_FAILURE(expect_same(blocks, expected));
  }
  ASSERT_NO_FATAL_FAILURE(expect_same(blocks, expected));
  while (!expected.empty()) {
    ASSERT_TRUE(blocks.erase(*expected.begin(), less));
    expected.erase(expected.begin());
  }
  ASSERT_NO_FATAL_FAILURE(expect_same(blocks, expected));
  EXPECT_FALSE(blocks.erase(make<T>(1), less));
  EXPECT_EQ(blocks.find(make<T>(1), less), nullptr);
}

TYPED_TEST(SortedBlocksTest, keeps_its_order_when_it_grows_at_either_end) {
  using T = TypeParam;
  SortedBlocks<T> up, down;
  std::multiset<T> expected;
  for (std::uint64_t i = 1000; i < 8000; ++i) {
    up.insert(make<T>(i), std::less<T>());
    down.insert(make<T>(8999 - i), std::less<T>());
    expected.insert(make<T>(i));
  }
  expect_same(up, expected);
  expect_same(down, expected);
}

TEST(SortedBlocks, costs_no_allocation_for_one_element) {
  SortedBlocks<int> blocks;
  EXPECT_EQ(sizeof(blocks), 16u);
  blocks.insert(7, std::less<int>());
  EXPECT_EQ(blocks.bytes(), 0u);
  blocks.insert(8, std::less<int>());
  const std::size_t two = blocks.bytes();
  EXPECT_GT(two, 0u);
  blocks.erase(7, std::less<int>());
  EXPECT_EQ(blocks.bytes(), two) << "from two to one and back allocates nothing";
  blocks.erase(8, std::less<int>());
  EXPECT_EQ(blocks.bytes(), 0u);
}

TEST(SortedBlocks, gives_memory_back_as_it_shrinks) {
  SortedBlocks<std::int64_t> blocks;
  for (std::int64_t i = 0; i < 100'000; ++i) blocks.insert(i, std::less<>());
  const std::size_t full = blocks.bytes();
  EXPECT_LT(full, 100'000u * sizeof(std::int64_t) * 11 / 10) << "growing at the end leaves full blocks";
  for (std::int64_t i = 0; i < 100'000; ++i) {
    if (i % 100 != 0) blocks.erase(i, std::less<>());
  }
  EXPECT_EQ(blocks.size(), 1000u);
  EXPECT_LT(blocks.bytes(), full / 10);
}

TEST(SortedBlocks, never_compares_with_an_element_that_is_gone) {
  std::set<int> there;
  const auto less = [&](int a, int b) {
    EXPECT_TRUE(there.count(a) != 0 && there.count(b) != 0);
    return a < b;
  };
  SortedBlocks<int> blocks;
  std::mt19937_64 random(5);
  for (int i = 0; i < 20'000; ++i) {
    const int value = static_cast<int>(random() % 4000);
    if (there.insert(value).second) {
      blocks.insert(value, less);
    } else {
      blocks.erase(value, less);
      there.erase(value);
    }
  }
  EXPECT_EQ(blocks.size(), there.size());
}

}  // namespace
}  // namespace freshet::detail
