// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

struct Customer {
  std::string name, region;
  bool operator==(const Customer&) const = default;
};
struct Order {
  std::string customer;
  std::int64_t amount = 0;
  bool operator==(const Order&) const = default;
};
struct Sale {
  std::string region;
  std::int64_t amount = 0;
  bool operator==(const Sale&) const = default;
};

// [join]
Sale sale(const Order& order, const Customer& customer) { return {customer.region, order.amount}; }

/// Orders of unknown customers are sales too, of no region.
Sale any_sale(const Order& order, const Customer* customer) {
  return {customer != nullptr ? customer->region : "", order.amount};
}
// [/join]

class MetaJoin : public ::testing::Test {
 protected:
  Graph graph;
  Input<int, Order> orders = graph.input<int, Order>("orders");
  Input<std::string, Customer> customers = graph.input<std::string, Customer>("customers");

  void SetUp() override {
    Transaction transaction;
    transaction.set(orders, 1, {"ann", 10}).set(orders, 2, {"bob", 5}).set(orders, 3, {"eve", 7});
    transaction.set(customers, "ann", {"Ann", "north"}).set(customers, "bob", {"Bob", "south"});
    ASSERT_TRUE(graph.commit(transaction));
  }
};

TEST_F(MetaJoin, finds_the_row_that_a_row_refers_to) {
  // [join_use]
  const auto sales = orders.join(customers, by(&Order::customer), sale);
  const auto all_sales = orders.left_join(customers, by(&Order::customer), any_sale);
  const auto of_unknown = orders.anti_join(customers, by(&Order::customer));
  // [/join_use]
  EXPECT_EQ(*sales.get(1), (Sale{"north", 10}));
  EXPECT_EQ(sales.get(3), nullptr) << "nobody knows eve";
  EXPECT_EQ(*all_sales.get(3), (Sale{"", 7}));
  EXPECT_EQ(of_unknown.get(3)->amount, 7);
  EXPECT_EQ(of_unknown.size(), 1U);
  EXPECT_EQ(orders.semi_join(customers, by(&Order::customer)).size(), 2U);

  Transaction transaction;
  transaction.set(customers, "eve", {"Eve", "east"}).set(customers, "ann", {"Ann", "west"});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*sales.get(1), (Sale{"west", 10}));
  EXPECT_EQ(*sales.get(3), (Sale{"east", 7}));
  EXPECT_EQ(*all_sales.get(3), (Sale{"east", 7}));
  EXPECT_TRUE(of_unknown.empty());
}

std::string both(int key, const std::string& left, const std::string& right, const std::string& between) {
  return std::to_string(key) + left + between + right;
}
std::string either(const std::string* left, const std::string* right) {
  return (left != nullptr ? *left : "-") + (right != nullptr ? *right : "-");
}

TEST_F(MetaJoin, matches_equal_keys) {
  const auto left = graph.input<int, std::string>("left");
  const auto right = graph.input<int, std::string>("right");
  const auto pairs = left.join(right, both, "+");
  const auto all = left.full_join(right, either);
  ASSERT_TRUE(graph.commit(Transaction().set(left, 1, "a").set(left, 2, "b").set(right, 2, "c").set(right, 3, "d")));
  EXPECT_EQ(*pairs.get(2), "2b+c");
  EXPECT_EQ(pairs.size(), 1U);
  EXPECT_EQ(*all.get(1), "a-");
  EXPECT_EQ(*all.get(2), "bc");
  EXPECT_EQ(*all.get(3), "-d");

  ASSERT_TRUE(graph.commit(Transaction().set_all(left, 2, {"b", "e"}).set_all(right, 2, {"c", "f"})));
  EXPECT_EQ(pairs.values(2).to_vector(), (std::vector<std::string>{"2b+c", "2b+f", "2e+c", "2e+f"}));
  EXPECT_EQ(pairs, left.join(right, both, "+")) << "equal views are one";
  EXPECT_NE(pairs, left.join(right, both, "-"));
}

TEST_F(MetaJoin, reads_collections_among_its_arguments) {
  const auto rates = graph.input<std::string, std::int64_t>("rates");
  const auto priced = orders.join(
      customers, by([](const Order& order) { return std::optional(order.customer); }),
      [](const Order& order, const Customer& customer,
         const Collection<std::string, std::int64_t>& r) -> std::optional<std::int64_t> {
        const std::int64_t* rate = r.get(customer.region);
        if (rate == nullptr) return std::nullopt;
        return order.amount * *rate;
      },
      rates);
  EXPECT_TRUE(priced.empty());
  ASSERT_TRUE(graph.commit(Transaction().set(rates, "north", 3)));
  EXPECT_EQ(*priced.get(1), 30);
  EXPECT_EQ(priced.size(), 1U);
}

TEST_F(MetaJoin, contains_errors_of_a_full_join_and_refuses_when_strict) {
  const auto left = graph.input<int, std::string>("left");
  const auto right = graph.input<int, std::string>("right");
  const auto all = left.full_join(right, [](const std::string* a, const std::string* b) -> std::string {
    if (b != nullptr && *b == "bad") throw std::runtime_error("bad");
    return a != nullptr ? *a : *b;
  });
  ASSERT_TRUE(graph.commit(Transaction().set(right, 1, "bad").set(right, 2, "good")));
  const auto errors = all.errors();
  EXPECT_EQ(errors.get("1")->message, "bad");
  EXPECT_EQ(all.size(), 1U);
  ASSERT_TRUE(graph.commit(Transaction().set(left, 1, "x")));
  EXPECT_EQ(errors.size(), 1U) << "the same key fails in the other part now";
  ASSERT_TRUE(graph.commit(Transaction().erase(right, 1)));
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(*all.get(1), "x");
  all.strict();
  EXPECT_FALSE(graph.commit(Transaction().set(right, 3, "bad")));
  EXPECT_EQ(all.get(3), nullptr);
  EXPECT_TRUE(graph.commit(Transaction().set(right, 3, "good")));
  EXPECT_EQ(*all.get(3), "good");
}

TEST_F(MetaJoin, contains_errors_of_the_key_function) {
  const auto sales = orders.join(customers, by([](const Order& order) -> std::string {
                                   if (order.amount < 0) throw std::runtime_error("negative");
                                   return order.customer;
                                 }),
                                 sale);
  ASSERT_TRUE(graph.commit(Transaction().set(orders, 1, {"ann", -1})));
  EXPECT_EQ(sales.get(1), nullptr);
  EXPECT_EQ(sales.errors().size(), 1U);
  ASSERT_TRUE(graph.commit(Transaction().set(orders, 1, {"ann", 1})));
  EXPECT_EQ(*sales.get(1), (Sale{"north", 1}));
  EXPECT_TRUE(sales.errors().empty());
}

}  // namespace
}  // namespace freshet
