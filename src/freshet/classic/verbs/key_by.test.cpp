// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

struct Order {
  std::string region;
  std::int64_t amount = 0;
  bool operator==(const Order&) const = default;
};

class RegionOfOrder final : public KeyMapper<int, Order, std::string> {
 public:
  std::optional<std::string> map_value(const Order& order) override { return order.region; }
};

TEST(ClassicKeyBy, puts_rows_under_other_keys) {
  Graph graph;
  const auto orders = graph.input<int, Order>("orders");
  const auto by_region = orders.key_by<RegionOfOrder>();
  const auto sold = by_region.reduce<SumOf<&Order::amount>>();

  Transaction transaction;
  transaction.set(orders, 1, {"north", 10}).set(orders, 2, {"south", 5}).set(orders, 3, {"north", 7});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*sold.get("north"), 17);

  transaction.set(orders, 1, {"south", 10});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*sold.get("north"), 7);
  EXPECT_EQ(*sold.get("south"), 15);
  EXPECT_EQ(by_region, orders.key_by<RegionOfOrder>()) << "equal views are one";

  const auto south = orders.group_by<RegionOfOrder>().at("south");
  EXPECT_EQ(south.size(), 2U);
  EXPECT_EQ(south.get(1)->amount, 10);
}

}  // namespace
}  // namespace freshet
