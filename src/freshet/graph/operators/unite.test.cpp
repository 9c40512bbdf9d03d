// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/unite.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/set_check.hpp"

namespace freshet::testing {
namespace {

using ::testing::ElementsAre;

TEST(Unite, keeps_each_value_of_a_key_once) {
  Graph graph;
  const auto rows = graph.input<std::string, std::int64_t>("rows");
  const auto others = graph.input<std::string, std::int64_t>("others");
  const auto all = rows.unite(others);
  graph.commit(Transaction().set_all(rows, "a", {2, 1}).set_all(others, "a", {3, 2}).set(others, "b", 2));
  EXPECT_THAT(all.values("a").to_vector(), ElementsAre(2, 1, 3));
  EXPECT_THAT(all.values("b").to_vector(), ElementsAre(2));
  graph.commit(Transaction().erase(rows, "a"));
  EXPECT_THAT(all.values("a").to_vector(), ElementsAre(3, 2));
  EXPECT_EQ(all, rows.unite(others));
  EXPECT_EQ(rows.unite(), rows.merge().distinct());
}

TEST(Unite, is_after_every_commit_what_recomputing_gives) {
  expect_set_laws([](const auto& a, const auto& b) { return a.unite(b, a); },
                  [](auto a, const auto& b) {
                    for (const auto& [key, values] : b) a[key].insert(a[key].end(), values.begin(), values.end());
                    return kept(a, [](const auto&, const auto&, auto earlier) { return earlier == 0; });
                  });
}

}  // namespace
}  // namespace freshet::testing
