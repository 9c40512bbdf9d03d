// SPDX-License-Identifier: MIT
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using ::testing::HasSubstr;

struct Order {
  std::int64_t amount = 0;
  double weight = 0;
  bool operator==(const Order&) const = default;
};

class ReduceTest : public ::testing::Test {
 protected:
  Graph graph;
  Input<std::string, Order> orders = graph.input<std::string, Order>("orders");

  void put(std::vector<Order> values) {
    ASSERT_TRUE(graph.commit(Transaction().set_all(orders, "k", std::move(values))));
  }
};

// [user_defined]
/// The product of the amounts, undone by dividing: right for amounts that are not zero.
struct Product {
  using State = std::optional<std::int64_t>;
  static void add(State& state, const Order& order) { state = state.value_or(1) * order.amount; }
  static void remove(State& state, const Order& order) { *state /= order.amount; }
  static std::int64_t result(const State& state) { return *state; }
};
// [/user_defined]

TEST_F(ReduceTest, keeps_a_user_defined_reducer_up_to_date) {
  const auto product = testing::reduce(orders, Product());
  put({{2, 0}, {3, 0}, {7, 0}});
  EXPECT_EQ(*product.get("k"), 42);
  put({{2, 0}, {3, 0}});
  EXPECT_EQ(*product.get("k"), 6);
}

TEST_F(ReduceTest, counts_sums_and_finds_extremes_of_members) {
  const auto counted = testing::reduce(orders, count());
  const auto summed = testing::reduce(orders, sum<&Order::amount>());
  const auto mean = testing::reduce(orders, average<&Order::weight>());
  const auto least = testing::reduce(orders, min<&Order::weight>());
  const auto greatest = testing::reduce(orders, max<&Order::amount>());
  put({{5, 1.5}, {-3, 0.5}, {5, 4}});
  EXPECT_EQ(*counted.get("k"), 3);
  EXPECT_EQ(*summed.get("k"), 7);
  EXPECT_EQ(*mean.get("k"), 2.0);
  EXPECT_EQ(*least.get("k"), 0.5);
  EXPECT_EQ(*greatest.get("k"), 5);
  put({{5, 1.5}, {-3, 0.5}});
  EXPECT_EQ(*greatest.get("k"), 5) << "one of two equal values went";
  put({{-3, 0.5}});
  EXPECT_EQ(*greatest.get("k"), -3);
  put({});
  EXPECT_EQ(counted.get("k"), nullptr) << "a key without values has no count, not a count of zero";
}

TEST_F(ReduceTest, contains_a_sum_that_does_not_fit) {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const auto summed = testing::reduce(orders, sum<&Order::amount>());
  put({{most, 0}, {1, 0}});
  EXPECT_TRUE(summed.empty());
  const auto errors = summed.errors();
  EXPECT_THAT(errors.get("k")->message, HasSubstr("does not fit in 64 bits"));
  put({{most, 0}, {1, 0}, {-2, 0}});
  EXPECT_EQ(*summed.get("k"), most - 1) << "the sum on the way did not fit; the sum does";
  EXPECT_TRUE(errors.empty());
}

TEST_F(ReduceTest, shows_a_function_all_values_of_a_key_in_order) {
  const auto joined = testing::reduce(orders, [](const std::string& key, std::span<const Order> values) {
    std::string text = key;
    for (const Order& order : values) text += " " + std::to_string(order.amount);
    return text;
  });
  put({{3, 0}, {1, 0}, {2, 0}});
  EXPECT_EQ(*joined.get("k"), "k 3 1 2");
  put({{1, 0}});
  EXPECT_EQ(*joined.get("k"), "k 1");
}

}  // namespace
}  // namespace freshet
