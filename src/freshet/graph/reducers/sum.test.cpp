// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/sum.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

TEST(SumReducer, adds_up_integers) {
  EXPECT_EQ(reduced(sum<&Entry::number>(), {{.number = 3}, {.number = -5}}), -2);
  expect_laws(sum<&Entry::number>(), [](const Entries& entries) {
    return std::optional(std::accumulate(entries.begin(), entries.end(), std::int64_t{0},
                                         [](std::int64_t total, const Entry& entry) { return total + entry.number; }));
  });
}

TEST(SumReducer, adds_up_what_a_member_function_gives) {
  EXPECT_EQ(reduced(sum<&Entry::name_length>(), {{.name = "a"}, {.name = "abc"}}), 4);
}

TEST(SumReducer, adds_up_doubles_without_rounding) {
  EXPECT_EQ(reduced(sum<&Entry::level>(), {{.level = 1e16}, {.level = 1}, {.level = -1e16}}), 1);
  expect_laws(sum<&Entry::level>(), [](const Entries& entries) {
    ExactSum total;
    for (const Entry& entry : entries) total.add(entry.level);
    return std::optional(total.value());
  });
}

TEST(SumReducer, has_no_result_beyond_64_bits) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  EXPECT_THROW(reduced(sum<&Entry::number>(), {{.number = most}, {.number = 1}}), Failure);
  EXPECT_EQ(reduced(sum<&Entry::number>(), {{.number = most}, {.number = 1}, {.number = -1}}), most);
}

}  // namespace
}  // namespace freshet::testing
