// SPDX-License-Identifier: MIT
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

struct Road {
  std::string from, to;
  double km = 0;
  auto operator<=>(const Road&) const = default;
};

class FromOfRoad final : public KeyMapper<int, Road, std::string> {
 public:
  std::optional<std::string> map_value(const Road& road) override { return road.from; }
};

// [iterate]
class Further final : public DeriveMapper<std::string, double> {
 public:
  explicit Further(Collection<std::string, Road> roads) : roads_(std::move(roads)) {}
  std::vector<std::pair<std::string, double>> map_value(const double& km) override {
    std::vector<std::pair<std::string, double>> reached;
    for (const Road& road : roads_.values(key())) reached.emplace_back(road.to, km + road.km);
    return reached;
  }

 private:
  Collection<std::string, Road> roads_;
};
// [/iterate]

TEST(ClassicIterate, keeps_the_shortest_ways) {
  Graph graph;
  const auto depots = graph.input<std::string, double>("depots");
  const auto roads = graph.input<int, Road>("roads");
  const auto from = roads.key_by<FromOfRoad>();
  const auto distances = depots.iterate<Further>(from);

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
  EXPECT_EQ(distances, depots.iterate<Further>(from)) << "equal views are one";
}

class Downhill final : public DeriveMapper<int, int, Greatest> {
 public:
  std::vector<std::pair<int, int>> map_value(const int& height) override {
    if (height == 0) return {};
    return {{key() + 1, height - 1}};
  }
};

TEST(ClassicIterate, takes_an_order_and_bounds) {
  Graph graph;
  const auto hills = graph.input<int, int>("hills");
  const auto slopes = hills.iterate<Downhill>();
  const auto few = hills.iterate<Downhill>({.rows_max = 3});
  Transaction transaction;
  transaction.set(hills, 0, 5).set(hills, 2, 1);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*slopes.get(2), 3) << "the greatest, not the one that was written";
  EXPECT_EQ(slopes.size(), 6U);
  EXPECT_EQ(few.size(), 3U);
  EXPECT_EQ(few.errors().size(), 1U);
}

}  // namespace
}  // namespace freshet
