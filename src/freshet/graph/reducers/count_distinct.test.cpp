// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/count_distinct.hpp"

#include <set>

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

TEST(CountDistinctReducer, counts_equal_values_once) {
  EXPECT_EQ(reduced(count_distinct<&Entry::name>(), {{.name = "a"}, {.name = "b"}, {.name = "a"}}), 2);
  EXPECT_EQ(reduced(count_distinct<&Entry::level>(), {{.level = -0.0}, {.level = 0.0}}), 1);
}

template <auto Member> std::optional<std::int64_t> different(const Entries& entries) {
  std::set<detail::Projected<Member, Entry>, Less> items;
  for (const Entry& entry : entries) items.insert(detail::project<Member>(entry));
  return std::ssize(items);
}

TEST(CountDistinctReducer, keeps_the_laws) {
  expect_laws(count_distinct<&Entry::name>(), different<&Entry::name>);
  expect_laws(count_distinct<&Entry::level>(), different<&Entry::level>);
  expect_laws(count_distinct<&Entry::open>(), different<&Entry::open>);
}

}  // namespace
}  // namespace freshet::testing
