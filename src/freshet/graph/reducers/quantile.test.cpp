// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/quantile.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

Entries numbers(std::int64_t last) {
  Entries entries;
  for (std::int64_t number = last; number > 0; --number) entries.push_back({.number = number});
  return entries;
}

TEST(QuantileReducer, goes_by_nearest_rank) {
  EXPECT_EQ(reduced(quantile<&Entry::number, 95>(), numbers(100)), 95);
  EXPECT_EQ(reduced(quantile<&Entry::number, 95>(), numbers(101)), 96);
  EXPECT_EQ(reduced(quantile<&Entry::number, 999, 1000>(), numbers(2000)), 1998);
  EXPECT_EQ(reduced(quantile<&Entry::number, 0>(), numbers(10)), 1);
  EXPECT_EQ(reduced(quantile<&Entry::number, 100>(), numbers(10)), 10);
  EXPECT_EQ(reduced(quantile<&Entry::number, 1>(), numbers(1)), 1);
  EXPECT_EQ(reduced(median<&Entry::number>(), numbers(5)), 3);
  EXPECT_EQ(reduced(median<&Entry::number>(), numbers(6)), 3) << "the lower one of the two in the middle";
}

template <auto Member> auto at_part(Entries entries, double part) {
  std::vector<detail::Projected<Member, Entry>> items;
  for (const Entry& entry : entries) items.push_back(detail::canonical<Member>(entry));
  std::sort(items.begin(), items.end(), Less());
  const double rank = std::max(1.0, std::ceil(part * static_cast<double>(items.size())));
  return std::optional(items[static_cast<std::size_t>(rank) - 1]);
}

TEST(QuantileReducer, keeps_the_laws) {
  expect_laws(median<&Entry::number>(), [](const Entries& entries) { return at_part<&Entry::number>(entries, 0.5); });
  expect_laws(quantile<&Entry::level, 75>(),
              [](const Entries& entries) { return at_part<&Entry::level>(entries, 0.75); });
  expect_laws(quantile<&Entry::name, 1, 4>(),
              [](const Entries& entries) { return at_part<&Entry::name>(entries, 0.25); });
}

}  // namespace
}  // namespace freshet::testing
