// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "consistency/allocation_count.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

struct Order {
  int customer = 0;
  std::int64_t amount = 0;
  bool operator==(const Order&) const = default;
};
struct Customer {
  int region = 0;
  bool operator==(const Customer&) const = default;
};
struct Sale {
  int region = 0;
  std::int64_t amount = 0;
  bool operator==(const Sale&) const = default;
};

Sale sale(const Order& order, const Customer& customer) { return {customer.region, order.amount}; }
std::int64_t doubled(const Order& order) { return order.amount * 2; }
bool large(const Order& order, std::int64_t least) { return order.amount >= least; }
std::int64_t with_region(const Order& order, const Collection<int, Customer>& customers) {
  const Customer* customer = customers.get(order.customer);
  return order.amount + (customer != nullptr ? customer->region : 0);
}

/// A view under commits that keep changing the same rows: once they have all been seen, nothing is allocated.
class SteadyState {
 public:
  using Declare = std::function<void(SteadyState&)>;

  explicit SteadyState(const Declare& declare) {
    for (int i = 0; i < kCustomers; ++i) transaction_.set(customers, i, {i % 10});
    for (int i = 0; i < kOrders; ++i) transaction_.set(orders, i, {i % kCustomers, i % 50});
    EXPECT_TRUE(graph.commit(transaction_));
    declare(*this);
  }

  /// How many allocations `count` commits of ten changed orders and one changed customer make.
  std::size_t allocations(int count) {
    const std::size_t before = allocation_count();
    for (int commit = 0; commit < count; ++commit) {
      for (int i = 0; i < 10; ++i) {
        transaction_.set(orders, static_cast<int>(random_() % kOrders),
                         {static_cast<int>(random_() % kCustomers), static_cast<std::int64_t>(random_() % 50)});
      }
      transaction_.set(customers, static_cast<int>(random_() % kCustomers), {static_cast<int>(random_() % 10)});
      if (!graph.commit(transaction_)) std::abort();
    }
    return allocation_count() - before;
  }

  template <class View> void keep(const View& view) {
    subscriptions_.push_back(view.subscribe([this](const auto& changes) {
      changes.for_each_row([this](const auto&, const auto*, const auto*) { ++rows_; });
    }));
  }

  Graph graph{GraphOptions{.check_invariants = false}};
  Input<int, Order> orders = graph.input<int, Order>("orders");
  Input<int, Customer> customers = graph.input<int, Customer>("customers");

 private:
  static constexpr int kCustomers = 20;
  static constexpr int kOrders = 200;

  Transaction transaction_;
  std::mt19937_64 random_{1};
  std::vector<Subscription> subscriptions_;
  std::size_t rows_ = 0;
};

struct Named {
  const char* name;
  SteadyState::Declare declare;
};

void PrintTo(const Named& named, std::ostream* out) { *out << named.name; }

class Allocation : public ::testing::TestWithParam<Named> {};

TEST_P(Allocation, is_none_in_the_steady_state) {
  SteadyState steady(GetParam().declare);
  steady.allocations(3000);  // buffers and groups grow to what is needed
  EXPECT_EQ(steady.allocations(300), 0U);
}

INSTANTIATE_TEST_SUITE_P(
    Verbs, Allocation,
    ::testing::Values(
        Named{"map", [](SteadyState& s) { s.keep(s.orders.map(doubled)); }},
        Named{"filter", [](SteadyState& s) { s.keep(s.orders.filter(large, 25)); }},
        Named{"map_reading", [](SteadyState& s) { s.keep(s.orders.map(with_region, s.customers)); }},
        Named{"key_by", [](SteadyState& s) { s.keep(s.orders.key_by(&Order::customer)); }},
        Named{"group", [](SteadyState& s) { s.keep(s.orders.group_by(&Order::customer).at(3)); }},
        Named{"count", [](SteadyState& s) { s.keep(s.orders.key_by(&Order::customer).reduce(count())); }},
        Named{"sum", [](SteadyState& s) { s.keep(s.orders.key_by(&Order::customer).reduce(sum<&Order::amount>())); }},
        Named{"join", [](SteadyState& s) { s.keep(s.orders.join(s.customers, by(&Order::customer), sale)); }},
        Named{"join_sum",
              [](SteadyState& s) {
                s.keep(s.orders.join(s.customers, by(&Order::customer), sale)
                           .key_by(&Sale::region)
                           .reduce(sum<&Sale::amount>()));
              }},
        Named{"semi_join", [](SteadyState& s) { s.keep(s.orders.semi_join(s.customers, by(&Order::customer))); }},
        Named{"slice", [](SteadyState& s) { s.keep(s.orders.slice(10, 90)); }}),
    [](const auto& named) { return std::string(named.param.name); });

}  // namespace
}  // namespace freshet::consistency
