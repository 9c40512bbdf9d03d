// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/first_last.hpp"

#include <algorithm>
#include <tuple>

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

TEST(FirstAndLast, give_the_whole_value_by_a_member) {
  const Entries entries = {
      {.name = "late", .number = 9}, {.name = "early", .number = 2}, {.name = "noon", .number = 5}};
  EXPECT_EQ(reduced(first<&Entry::number>(), entries).name, "early");
  EXPECT_EQ(reduced(last<&Entry::number>(), entries).name, "late");
}

TEST(FirstAndLast, tell_values_that_tie_apart_by_the_whole_of_them) {
  const Entry a{.name = "a", .number = 2};
  const Entry b{.name = "b", .number = 2};
  EXPECT_EQ(reduced(first<&Entry::number>(), {a, b}), a);
  EXPECT_EQ(reduced(first<&Entry::number>(), {b, a}), a);
  EXPECT_EQ(reduced(last<&Entry::number>(), {a, b}), b);
  EXPECT_EQ(reduced(last<&Entry::number>(), {b, a}), b);
}

bool by_number(const Entry& a, const Entry& b) {
  return a.number != b.number ? a.number < b.number : compare(a, b) < 0;
}
bool by_level(const Entry& a, const Entry& b) {
  const auto order = compare(a.level, b.level);
  return order != 0 ? order < 0 : compare(a, b) < 0;
}

TEST(FirstAndLast, keep_the_laws) {
  expect_laws(first<&Entry::number>(),
              [](const Entries& e) { return std::optional(*std::min_element(e.begin(), e.end(), by_number)); });
  expect_laws(last<&Entry::level>(),
              [](const Entries& e) { return std::optional(*std::max_element(e.begin(), e.end(), by_level)); });
  expect_laws(first(), [](const Entries& e) { return std::optional(*std::min_element(e.begin(), e.end(), Less())); });
}

}  // namespace
}  // namespace freshet::testing
