// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/buffer.hpp"

#include <gtest/gtest.h>

#include "freshet/graph/detail/column.hpp"

namespace freshet::detail {
namespace {

TEST(Buffer, holds_what_is_put_in_until_it_is_cleared) {
  Buffer<int> buffer;
  for (int i = 0; i < 1000; ++i) buffer.push_back(i);
  buffer.push_back(buffer[0]);
  EXPECT_EQ(buffer.size(), 1001U);
  EXPECT_EQ(buffer.back(), 0);
  buffer.erase_if([](int i) { return i % 2 == 0; });
  EXPECT_EQ(buffer.size(), 500U);
  EXPECT_EQ(buffer[499], 999);
  buffer.clear();
  EXPECT_TRUE(buffer.empty());
}

TEST(Buffer, keeps_the_memory_of_usual_commits_and_gives_back_that_of_a_large_one) {
  Buffer<int> buffer;
  for (int i = 0; i < 1'000'000; ++i) buffer.push_back(i);
  buffer.clear();
  EXPECT_GT(buffer.bytes(), 1'000'000U) << "the next commit may be as large";
  buffer.push_back(1);
  buffer.clear();
  EXPECT_EQ(buffer.bytes(), 0U);
  buffer.push_back(1);
  buffer.clear();
  EXPECT_GT(buffer.bytes(), 0U) << "nothing is allocated in the steady state";
}

TEST(StableList, gives_back_the_memory_of_a_large_commit) {
  StableList<int> list;
  for (int i = 0; i < 1'000'000; ++i) list.emplace(i);
  list.clear();
  const std::size_t large = list.bytes();
  int* cell = list.emplace(7);
  list.clear();
  EXPECT_LT(list.bytes(), large / 8);
  EXPECT_EQ(list.emplace(8), cell) << "the cells in use stay";
}

}  // namespace
}  // namespace freshet::detail
