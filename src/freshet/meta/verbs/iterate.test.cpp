// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

// [distances]
struct Road {
  std::string from, to;
  double km = 0;
  auto operator<=>(const Road&) const = default;
};

/// What follows from a row: that `place` can be reached in `km` says how far its neighbours are at most.
std::vector<std::pair<std::string, double>> further(const std::string& place, double km,
                                                    const Collection<std::string, Road>& roads) {
  std::vector<std::pair<std::string, double>> reached;
  for (const Road& road : roads.values(place)) reached.emplace_back(road.to, km + road.km);
  return reached;
}
// [/distances]

TEST(MetaIterate, keeps_the_shortest_ways) {
  Graph graph;
  // [iterate]
  const auto depots = graph.input<std::string, double>("depots");  // where it begins, and at what distance
  const auto roads = graph.input<int, Road>("roads");
  const auto from = roads.key_by(&Road::from);
  const auto distances = depots.iterate(further, from);
  // [/iterate]

  Transaction transaction;
  transaction.set(depots, "harbour", 0).set(roads, 1, {"harbour", "market", 4}).set(roads, 2, {"market", "school", 1});
  transaction.set(roads, 3, {"school", "market", 1}).set(roads, 4, {"harbour", "school", 7});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*distances.get("school"), 5);
  transaction.erase(roads, 1);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*distances.get("school"), 7);
  EXPECT_EQ(*distances.get("market"), 8);
  transaction.erase(roads, 4);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(distances.get("school"), nullptr) << "school and market lead to each other, but nothing leads to them";
  EXPECT_EQ(distances, depots.iterate(further, from)) << "equal views are one";
}

struct Way {
  double km = 0;
  int roads = 0;
  auto operator<=>(const Way&) const = default;
};
std::optional<std::pair<std::string, Way>> along(const Way& way, const std::string& to) {
  if (way.roads == 3) return std::nullopt;
  return std::pair(to, Way{way.km + 1, way.roads + 1});
}

TEST(MetaIterate, takes_an_order_and_bounds) {
  Graph graph;
  const auto begin = graph.input<std::string, Way>("begin");
  const auto longest = begin.iterate(along, IterateOptions<GreatestBy<&Way::roads>>{}, "there");
  const auto shortest = begin.iterate(along, {.rows_max = 1}, "there");
  ASSERT_TRUE(graph.commit(Transaction().set(begin, "here", {5, 2})));
  EXPECT_EQ(longest.get("there")->roads, 3);
  EXPECT_EQ(shortest.size(), 1U) << "there is room for one row";
  EXPECT_EQ(shortest.errors().size(), 1U);
}

}  // namespace
}  // namespace freshet
