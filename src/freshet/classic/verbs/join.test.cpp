// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

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

class SaleMapper final : public JoinByMapper<int, Order, std::string, Customer, Sale> {
 public:
  std::optional<std::string> key_of(const Order& order) override { return order.customer; }
  std::optional<Sale> combine(const Order& order, const Customer& customer) override {
    return Sale{customer.region, order.amount};
  }
};

/// Orders of unknown customers are sales too, of no region.
class AnySaleMapper final : public LeftJoinByMapper<int, Order, std::string, Customer, Sale> {
 public:
  std::optional<std::string> key_of(const Order& order) override { return order.customer; }
  std::optional<Sale> combine(const Order& order, const Customer* customer) override {
    return Sale{customer != nullptr ? customer->region : "", order.amount};
  }
};

TEST(ClassicJoin, finds_the_row_that_a_row_refers_to) {
  Graph graph;
  const auto orders = graph.input<int, Order>("orders");
  const auto customers = graph.input<std::string, Customer>("customers");
  const auto sales = orders.join<SaleMapper>(customers);
  const auto all_sales = orders.left_join<AnySaleMapper>(customers);
  Transaction transaction;
  transaction.set(orders, 1, {"ann", 10}).set(orders, 2, {"bob", 5}).set(orders, 3, {"eve", 7});
  transaction.set(customers, "ann", {"Ann", "north"}).set(customers, "bob", {"Bob", "south"});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*sales.get(1), (Sale{"north", 10}));
  EXPECT_EQ(sales.get(3), nullptr) << "nobody knows eve";
  EXPECT_EQ(*all_sales.get(3), (Sale{"", 7}));

  transaction.set(customers, "eve", {"Eve", "east"}).set(customers, "ann", {"Ann", "west"});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*sales.get(1), (Sale{"west", 10}));
  EXPECT_EQ(*sales.get(3), (Sale{"east", 7}));
  EXPECT_EQ(*all_sales.get(3), (Sale{"east", 7}));
  EXPECT_EQ(sales, orders.join<SaleMapper>(customers)) << "equal views are one";
}

class BothMapper final : public JoinMapper<int, std::string, std::string, std::string> {
 public:
  explicit BothMapper(std::string between) : between_(std::move(between)) {}
  std::optional<std::string> combine(const std::string& left, const std::string& right) override {
    return std::to_string(key()) + left + between_ + right;
  }

 private:
  std::string between_;
};
class PartnerMapper final : public LeftJoinMapper<int, std::string, std::string, std::string> {
 public:
  std::optional<std::string> combine(const std::string& left, const std::string* right) override {
    return left + (right != nullptr ? *right : "-");
  }
};
class EitherMapper final : public FullJoinMapper<int, std::string, std::string, std::string> {
 public:
  std::optional<std::string> combine(const std::string* left, const std::string* right) override {
    return (left != nullptr ? *left : "-") + (right != nullptr ? *right : "-");
  }
};

TEST(ClassicJoin, matches_equal_keys) {
  Graph graph;
  const auto left = graph.input<int, std::string>("left");
  const auto right = graph.input<int, std::string>("right");
  const auto pairs = left.join<BothMapper>(right, "+");
  const auto partners = left.left_join<PartnerMapper>(right);
  const auto all = left.full_join<EitherMapper>(right);
  ASSERT_TRUE(graph.commit(Transaction().set(left, 1, "a").set(left, 2, "b").set(right, 2, "c").set(right, 3, "d")));
  EXPECT_EQ(*pairs.get(2), "2b+c");
  EXPECT_EQ(pairs.size(), 1U);
  EXPECT_EQ(*partners.get(1), "a-");
  EXPECT_EQ(*partners.get(2), "bc");
  EXPECT_EQ(*all.get(1), "a-");
  EXPECT_EQ(*all.get(2), "bc");
  EXPECT_EQ(*all.get(3), "-d");
}

}  // namespace
}  // namespace freshet
