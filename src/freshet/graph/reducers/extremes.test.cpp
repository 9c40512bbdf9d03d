// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/extremes.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

/// A member of all entries from the least to the greatest.
template <auto Member> auto sorted(const Entries& entries) {
  std::vector<detail::Projected<Member, Entry>> items;
  for (const Entry& entry : entries) items.push_back(detail::canonical<Member>(entry));
  std::sort(items.begin(), items.end(), Less());
  return items;
}

TEST(ExtremeReducers, give_the_least_and_the_greatest) {
  expect_laws(min<&Entry::number>(), [](const Entries& e) { return std::optional(sorted<&Entry::number>(e).front()); });
  expect_laws(max<&Entry::number>(), [](const Entries& e) { return std::optional(sorted<&Entry::number>(e).back()); });
  expect_laws(min<&Entry::name>(), [](const Entries& e) { return std::optional(sorted<&Entry::name>(e).front()); });
  expect_laws(max<&Entry::level>(), [](const Entries& e) { return std::optional(sorted<&Entry::level>(e).back()); });
  expect_laws(min<&Entry::level>(), [](const Entries& e) { return std::optional(sorted<&Entry::level>(e).front()); });
}

TEST(ExtremeReducers, order_whole_values_and_booleans_too) {
  expect_laws(max(), [](const Entries& e) { return std::optional(*std::max_element(e.begin(), e.end(), Less())); });
  expect_laws(max<&Entry::open>(), [](const Entries& entries) {
    return std::optional(std::any_of(entries.begin(), entries.end(), [](const Entry& entry) { return entry.open; }));
  });
}

TEST(ExtremeReducers, do_not_show_which_of_two_zeros_came_first) {
  EXPECT_TRUE(same_bits(reduced(min<&Entry::level>(), {{.level = -0.0}, {.level = 0.0}}), 0.0));
  EXPECT_TRUE(same_bits(reduced(min<&Entry::level>(), {{.level = 0.0}, {.level = -0.0}}), 0.0));
}

TEST(ExtremeReducers, cost_sixteen_bytes_for_one_number) { EXPECT_EQ(sizeof(Reduced<MinOf<&Entry::number>>), 16u); }

}  // namespace
}  // namespace freshet::testing
