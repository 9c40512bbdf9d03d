// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

struct Order {
  std::string region;
  std::int64_t amount = 0;
  bool operator==(const Order&) const = default;
};

TEST(MetaKeyBy, puts_rows_under_other_keys) {
  Graph graph;
  // [key_by]
  const auto orders = graph.input<int, Order>("orders");
  const auto by_region = orders.key_by(&Order::region);  // the same rows; no value is copied
  const auto sold = by_region.reduce(sum<&Order::amount>());
  const auto biggest = by_region.reduce(max<&Order::amount>());
  // [/key_by]

  Transaction transaction;
  transaction.set(orders, 1, {"north", 10}).set(orders, 2, {"south", 5}).set(orders, 3, {"north", 7});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*sold.get("north"), 17);
  EXPECT_EQ(*biggest.get("north"), 10);
  EXPECT_EQ(by_region.values("north").size(), 2U);

  transaction.set(orders, 1, {"south", 10});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*sold.get("north"), 7);
  EXPECT_EQ(*sold.get("south"), 15);
  EXPECT_EQ(by_region.values("south").front().amount, 10) << "those of a key are in the order of the orders";

  transaction.erase(orders, 3);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(sold.get("north"), nullptr);
}

TEST(MetaGroupBy, gives_each_group_as_a_view_of_its_own) {
  Graph graph;
  // [group_by]
  const auto orders = graph.input<int, Order>("orders");
  const auto by_region = orders.group_by(&Order::region);
  const auto north = by_region.at("north");  // the orders of the north, under their own keys
  const auto per_region = by_region.reduce(count());
  // [/group_by]
  const auto doubled = north.map([](const Order& order) { return order.amount * 2; });
  int calls = 0;
  const auto subscription = north.subscribe([&](const auto&) { ++calls; });

  Transaction transaction;
  transaction.set(orders, 1, {"north", 10}).set(orders, 2, {"south", 5}).set(orders, 3, {"north", 7});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(north.size(), 2U);
  EXPECT_EQ(north.get(3)->amount, 7);
  EXPECT_EQ(*doubled.get(1), 20);
  const auto south = by_region.at("south");
  EXPECT_EQ(south.get(2)->amount, 5) << "declared late";
  EXPECT_TRUE(by_region.at("west").empty());
  EXPECT_EQ(calls, 1);

  transaction.set(orders, 2, {"south", 6});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(calls, 1) << "other groups cost nothing";

  transaction.set(orders, 1, {"south", 10}).set(orders, 2, {"north", 1});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(north.get(1), nullptr);
  EXPECT_EQ(doubled.get(1), nullptr);
  EXPECT_EQ(*doubled.get(2), 2);
  EXPECT_EQ(*per_region.get("south"), 1);
  EXPECT_EQ(calls, 2);
  EXPECT_EQ(north, by_region.at("north")) << "equal views are one";
}

TEST(MetaGroupBy, forgets_a_refused_commit) {
  Graph graph;
  const auto orders = graph.input<int, Order>("orders");
  const auto strict = orders.map([](const Order& order) {
    if (order.amount < 0) throw std::runtime_error("negative");
    return order;
  });
  strict.strict();
  const auto north = orders.group_by(&Order::region).at("north");
  Transaction transaction;
  transaction.set(orders, 1, {"north", 10});
  ASSERT_TRUE(graph.commit(transaction));
  transaction.set(orders, 1, {"south", 10}).set(orders, 2, {"north", -1});
  ASSERT_FALSE(graph.commit(transaction));
  EXPECT_EQ(north.size(), 1U);
  transaction.set(orders, 3, {"north", 3});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(north.size(), 2U);
  EXPECT_EQ(north.get(1)->amount, 10);
}

std::optional<int> half(int number, int by) {
  if (number % by != 0) return std::nullopt;
  return number / by;
}

TEST(MetaKeyBy, leaves_out_rows_that_get_no_key) {
  Graph graph;
  const auto numbers = graph.input<int, int>("numbers");
  const auto by_half = numbers.key_by(half, 2);
  Transaction transaction;
  transaction.set(numbers, 1, 4).set(numbers, 2, 5);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(by_half.size(), 1U);
  EXPECT_EQ(*by_half.get(2), 4);
  EXPECT_EQ(by_half, numbers.key_by(half, 2)) << "equal views are one";
}

}  // namespace
}  // namespace freshet
