// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/join.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/operators/full_join.hpp"
#include "freshet/graph/operators/semi_join.hpp"
#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using detail::SameKey;
using detail::Unmatched;

struct Order {
  int customer = 0;
  std::int64_t amount = 0;
  bool operator==(const Order&) const = default;
};
using Orders = std::map<int, std::vector<Order>>;
using Numbers = std::map<int, std::vector<std::int64_t>>;
using OrderRows = Collection<int, Order>;
using NumberRows = Collection<int, std::int64_t>;

constexpr std::int64_t kRefusedBefore = 777;  // by a strict view beside the joins
constexpr std::int64_t kRefusedBehind = 778;  // by strict views of the joins

/// The functions of these tests over plain functions: `function(key, left, right or null, args...)`.
template <class Function> struct PlainJoin {
  Function function;

  template <class Key, class Row, class... Args> auto operator()(const Key& key, const Row& row, const Args&... args) {
    if constexpr (std::is_pointer_v<decltype(row.left)>) {
      return function(key, row.left, row.right, args...);
    } else {
      return function(key, &row.left, row.right, args...);
    }
  }
  bool same(const PlainJoin&) const { return true; }
  std::size_t hash() const { return typeid(Function).hash_code(); }
};

std::optional<std::int64_t> joined(const Order* left, const std::int64_t* right) {
  const std::int64_t amount = left != nullptr ? left->amount : 0;
  const std::int64_t other = right != nullptr ? *right : -1;
  if ((amount + other) % 17 == 16) throw std::runtime_error("sixteen");
  if ((amount + other) % 13 == 12) return std::nullopt;
  return amount * 1000 + other;
}
constexpr auto combine = [](int, const Order* left, const std::int64_t* right) { return joined(left, right); };
constexpr auto combine_with = [](int, const Order* left, const std::int64_t* right,
                                 const NumberRows& factors) -> std::optional<std::int64_t> {
  const std::int64_t* factor = factors.get(static_cast<int>(left->amount % 3));
  const auto value = joined(left, right);
  if (!value || factor == nullptr) return std::nullopt;
  return *value * *factor;
};
constexpr auto combine_orders = [](int, const Order* left, const Order* right) {
  return left->amount * 1000 + right->amount;
};

std::optional<int> customer_of(const Order& order) {
  if (order.customer == 9) throw std::runtime_error("no such customer");
  if (order.customer == 8) return std::nullopt;
  return order.customer;
}

/// The inputs of the random tests.
struct State {
  Orders orders;
  Numbers customers;
  Numbers factors;
};

/// How a test's two sides are made of its inputs.
struct Sides {
  int left = 0;   // 0: the input; 1: filtered; 2: under other keys
  int right = 0;  // 0: the input; 1: filtered; 2: several rows from one

  Orders left_of(const Orders& orders) const {
    Orders rows;
    for (const auto& [key, values] : orders) {
      for (const Order& order : values) {
        if (left == 1 && order.amount % 5 == 0) continue;
        rows[left == 2 ? static_cast<int>(order.amount % 6) : key].push_back(order);
      }
    }
    return rows;
  }
  Numbers right_of(const Numbers& customers) const {
    Numbers rows;
    for (const auto& [key, values] : customers) {
      for (const std::int64_t value : values) {
        if (right == 1 && value % 3 == 0) continue;
        if (right != 2) {
          rows[key].push_back(value);
          continue;
        }
        for (int i = 0; i < value % 3; ++i) rows[(key + i) % 7].push_back(value + i);
      }
    }
    return rows;
  }
};

/// One view of the tests: its rows, and what they should be.
struct View {
  NumberRows rows;
  std::function<void(const State&, Numbers& contents, std::set<std::string>& failing)> recompute;
  std::function<std::size_t(const State& before, const State& after)> calls;  // if they can be told
};

template <class Right>
void add_joined(int key, const Order* left, const Right* right, Numbers& contents, std::set<std::string>& failing) {
  try {
    if (const auto value = joined(left, right)) contents[key].push_back(*value);
  } catch (const std::exception&) {
    failing.insert(std::to_string(key));
  }
}

using Reference = std::function<std::optional<int>(int key, const Order&)>;

const std::vector<std::int64_t>* partners(const Numbers& right, const std::optional<int>& key) {
  if (!key) return nullptr;
  const auto at = right.find(*key);
  return at == right.end() ? nullptr : &at->second;
}

void recompute_join(const Orders& left, const Numbers& right, const Reference& refers, bool keep, Numbers& contents,
                    std::set<std::string>& failing) {
  for (const auto& [key, orders] : left) {
    for (const Order& order : orders) {
      std::optional<int> wanted;
      try {
        wanted = refers(key, order);
      } catch (const std::exception&) {
        failing.insert(std::to_string(key));
        continue;
      }
      const auto* found = partners(right, wanted);
      if (found == nullptr) {
        if (keep) add_joined<std::int64_t>(key, &order, nullptr, contents, failing);
        continue;
      }
      for (const std::int64_t& each : *found) add_joined(key, &order, &each, contents, failing);
    }
  }
}

/// The pairs of a join, told apart by where their rows were written.
using PairId = std::tuple<int, std::size_t, int, std::size_t>;
using Pairs = std::map<PairId, std::pair<Order, std::int64_t>>;

Pairs pairs_of(const Orders& left, const Numbers& right, const Reference& refers, bool keep) {
  Pairs pairs;
  for (const auto& [key, orders] : left) {
    for (std::size_t i = 0; i < orders.size(); ++i) {
      std::optional<int> wanted;
      try {
        wanted = refers(key, orders[i]);
      } catch (const std::exception&) {
        continue;
      }
      const auto* found = partners(right, wanted);
      if (found == nullptr && keep) pairs[{key, i, -1, 0}] = {orders[i], -1};
      for (std::size_t j = 0; found != nullptr && j < found->size(); ++j) {
        pairs[{key, i, *wanted, j}] = {orders[i], (*found)[j]};
      }
    }
  }
  return pairs;
}
std::size_t new_pairs(const Pairs& before, const Pairs& after) {
  std::size_t count = 0;
  for (const auto& [id, pair] : after) {
    const auto at = before.find(id);
    if (at == before.end() || at->second != pair) ++count;
  }
  return count;
}

template <class Value> NumberRows as_numbers(const Collection<int, Value>& rows) {
  return testing::map(rows, [](int, const Order& order) { return order.amount * 1000 + order.customer; });
}

/// A graph with all joins over one pair of inputs, and what they should hold.
class Joins {
 public:
  explicit Joins(Sides sides) : sides_(sides) {}

  Graph graph;

  Input<int, Order> orders_ = graph.input<int, Order>("orders");
  Input<int, std::int64_t> customers_ = graph.input<int, std::int64_t>("customers");
  Input<int, std::int64_t> factors_ = graph.input<int, std::int64_t>("factors");
  std::vector<View> views;

  void declare() {
    OrderRows left = orders_;
    if (sides_.left == 1) left = testing::filter(left, [](int, const Order& order) { return order.amount % 5 != 0; });
    if (sides_.left == 2) {
      left = testing::key_by(left, [](int, const Order& order) { return static_cast<int>(order.amount % 6); });
    }
    NumberRows right = customers_;
    if (sides_.right == 1) right = testing::filter(right, [](int, std::int64_t value) { return value % 3 != 0; });
    if (sides_.right == 2) {
      right = testing::flat_map(right, [](int key, std::int64_t value) {
        std::vector<std::pair<int, std::int64_t>> rows;
        rows.reserve(2);
        for (int i = 0; i < value % 3; ++i) rows.emplace_back((key + i) % 7, value + i);
        return rows;
      });
    }
    strict(testing::map(orders_, [](int, const Order& order) {
      if (order.amount == kRefusedBefore) throw std::runtime_error("not this one");
      return order.amount;
    }));
    declare_joins(left, right);
    declare_selections(left, right);
    for (std::size_t i = 0; i < views.size(); ++i) {
      // What stands behind a join sees its rows in order, and may refuse them.
      strict(testing::map(views[i].rows, [](int, std::int64_t value) {
        if (value / 1000 == kRefusedBehind) throw std::runtime_error("nor this one");
        return value;
      }));
      texts_.push_back(testing::reduce(views[i].rows, [](int, std::span<const std::int64_t> values) {
        std::string text;
        for (const auto value : values) text += std::to_string(value) + " ";
        return text;
      }));
    }
    for (const View& view : views) watch(view.rows);
  }

  /// Compares everything with what it should be in this state.
  void check(const State& state) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      SCOPED_TRACE("view " + std::to_string(i));
      Numbers expected;
      std::set<std::string> expected_failing;
      views[i].recompute(state, expected, expected_failing);
      Numbers found;
      views[i].rows.for_each([&](int key, const auto& values) { found[key] = values.to_vector(); });
      ASSERT_EQ(found, expected);
      ASSERT_EQ(told_[i], expected) << "what subscribers were told";
      std::set<std::string> failing;
      views[i].rows.errors().for_each([&](const std::string& key, const auto&) { failing.insert(key); });
      ASSERT_EQ(failing, expected_failing);
      std::size_t rows = 0;
      for (const auto& [key, values] : expected) {
        rows += values.size();
        std::string text;
        for (const auto value : values) text += std::to_string(value) + " ";
        ASSERT_EQ(*texts_[i].get(key), text);
      }
      ASSERT_EQ(views[i].rows.size(), rows);
    }
    check_invariants();
  }
  void check_invariants() {
    for (const View& view : views) {
      std::vector<const detail::NodeBase*> nodes = detail::with_ancestors(view.rows.node());
      for (const auto* node : nodes) ASSERT_EQ(node->invariant().value_or(""), "") << node->name();
    }
  }
  /// A commit that went from one state to another called each function once per changed pair.
  void check_calls(const State& before, const State& after) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (!views[i].calls) continue;
      ASSERT_EQ(views[i].rows.node().counters().calls - calls_[i], views[i].calls(before, after)) << "view " << i;
    }
  }
  void begin_commit() {
    news_ = 0;
    calls_.clear();
    for (const View& view : views) calls_.push_back(view.rows.node().counters().calls);
  }
  std::size_t news() const { return news_; }

 private:
  template <class Rows> void strict(const Rows& rows) {
    rows.strict();
    keep_.push_back(rows.shared_node());
  }

  template <class Rows, class KeyOf>
  void declare_join(const Rows& left, const NumberRows& right, KeyOf key_of, Reference refers) {
    const Sides sides = sides_;
    for (const bool keep : {false, true}) {
      const auto recompute = [=](const State& state, Numbers& contents, std::set<std::string>& failing) {
        recompute_join(sides.left_of(state.orders), sides.right_of(state.customers), refers, keep, contents, failing);
      };
      const auto calls = [=](const State& before, const State& after) {
        return new_pairs(pairs_of(before.orders, before.customers, refers, keep),
                         pairs_of(after.orders, after.customers, refers, keep));
      };
      const PlainJoin<decltype(combine)> call{combine};
      const NumberRows rows = keep ? detail::make_join<Unmatched::kept>(left, right, key_of, call, std::tuple<>())
                                   : detail::make_join<Unmatched::left_out>(left, right, key_of, call, std::tuple<>());
      views.push_back({rows, recompute, {}});
      if (sides.left == 0 && sides.right == 0) views.back().calls = calls;
    }
  }

  void declare_joins(const OrderRows& left, const NumberRows& right) {
    const Sides sides = sides_;
    const Reference by_key = [](int key, const Order&) { return std::optional(key); };
    const Reference by_customer = [](int, const Order& order) { return customer_of(order); };
    declare_join(left, right, SameKey(), by_key);
    declare_join(left, right, by(&customer_of), by_customer);
    views.push_back({detail::make_join<Unmatched::left_out>(left, right, by(&customer_of),
                                                            PlainJoin<decltype(combine_with)>{combine_with},
                                                            std::tuple<NumberRows>(factors_)),
                     [=](const State& state, Numbers& contents, std::set<std::string>& failing) {
                       recompute_with_factors(sides, state, contents, failing);
                     },
                     {}});
    views.push_back(
        {detail::make_join<Unmatched::left_out>(left, left, by(&Order::customer),
                                                PlainJoin<decltype(combine_orders)>{combine_orders}, std::tuple<>()),
         [=](const State& state, Numbers& contents, std::set<std::string>&) {
           const Orders orders = sides.left_of(state.orders);
           for (const auto& [key, values] : orders) {
             for (const Order& order : values) {
               const auto found = orders.find(order.customer);
               if (found == orders.end()) continue;
               for (const Order& other : found->second) {
                 contents[key].push_back(order.amount * 1000 + other.amount);
               }
             }
           }
         },
         {}});
    views.push_back({detail::make_full_join(left, right, PlainJoin<decltype(combine)>{combine}, std::tuple<>()),
                     [=](const State& state, Numbers& contents, std::set<std::string>& failing) {
                       const Orders lefts = sides.left_of(state.orders);
                       const Numbers rights = sides.right_of(state.customers);
                       recompute_join(lefts, rights, by_key, true, contents, failing);
                       for (const auto& [key, values] : rights) {
                         if (lefts.count(key) != 0) continue;
                         for (const std::int64_t& value : values) add_joined(key, nullptr, &value, contents, failing);
                       }
                     },
                     {}});
  }
  static void recompute_with_factors(const Sides& sides, const State& state, Numbers& contents,
                                     std::set<std::string>& failing) {
    const Numbers rights = sides.right_of(state.customers);
    for (const auto& [key, orders] : sides.left_of(state.orders)) {
      for (const Order& order : orders) {
        const auto factor = state.factors.find(static_cast<int>(order.amount % 3));
        Numbers one;
        const Reference refers = [](int, const Order& each) { return customer_of(each); };
        recompute_join({{key, {order}}}, rights, refers, false, one, failing);
        if (factor == state.factors.end()) continue;
        for (const auto value : one[key]) contents[key].push_back(value * factor->second.front());
      }
    }
  }

  void declare_selections(const OrderRows& left, const NumberRows& right) {
    const auto add = [this](const OrderRows& rows, bool by_key, bool with_partner) {
      const Sides sides = sides_;
      views.push_back({as_numbers(rows),
                       [=](const State& state, Numbers& contents, std::set<std::string>&) {
                         const Numbers rights = sides.right_of(state.customers);
                         for (const auto& [key, orders] : sides.left_of(state.orders)) {
                           for (const Order& order : orders) {
                             const int wanted = by_key ? key : order.customer;
                             if ((rights.count(wanted) != 0) != with_partner) continue;
                             contents[key].push_back(order.amount * 1000 + order.customer);
                           }
                         }
                       },
                       {}});
    };
    add(left.semi_join(right), true, true);
    add(left.anti_join(right), true, false);
    add(left.semi_join(right, by(&Order::customer)), false, true);
    add(left.anti_join(right, by(&Order::customer)), false, false);
  }

  void watch(const NumberRows& rows) {
    const std::size_t index = told_.size();
    told_.emplace_back();
    rows.for_each([&](int key, const auto& values) { told_[index][key] = values.to_vector(); });
    subscriptions_.push_back(rows.subscribe([this, index](const Changes<int, std::int64_t>& changes) {
      ++news_;
      for (const auto change : changes) {
        told_[index][change.key()] = change.values().to_vector();
        if (change.values().empty()) told_[index].erase(change.key());
      }
      changes.for_each_row([&](int, const std::int64_t* before, const std::int64_t* after) {
        EXPECT_TRUE(before != nullptr || after != nullptr);
        EXPECT_FALSE(before != nullptr && after != nullptr && *before == *after) << "nothing changed here";
      });
    }));
  }

  Sides sides_;
  std::vector<std::shared_ptr<detail::NodeBase>> keep_;
  std::vector<Collection<int, std::string>> texts_;
  std::vector<Numbers> told_;
  std::vector<std::uint64_t> calls_;
  std::size_t news_ = 0;
  std::vector<Subscription> subscriptions_;
};

/// Random transactions against all joins.
class RandomJoins {
 public:
  explicit RandomJoins(std::uint64_t seed)
      : random_(seed),
        sides_{static_cast<int>(random_() % 4) % 3, static_cast<int>(random_() % 4) % 3},
        joins_(sides_) {
    // Keys have one value each at first; from some commit on, or never, they may have several.
    orders_grouped_from_ = random_() % 3 == 0 ? 0 : random_() % 40;
    customers_grouped_from_ = random_() % 3 == 0 ? 0 : random_() % 40;
    for (std::size_t i = random_() % 4; i > 0; --i) commit();
    joins_.declare();
    declared_ = true;
    joins_.check(state_);
  }

  void commit() {
    Transaction transaction;
    State wanted = state_;
    for (std::size_t i = random_() % 8; i > 0; --i) write(transaction, wanted);
    const bool refused = declared_ && is_refused(wanted);
    joins_.begin_commit();
    ASSERT_EQ(joins_.graph.commit(transaction).has_value(), !refused);
    ++commits_;
    if (refused) {
      ASSERT_EQ(joins_.news(), 0U) << "a refused commit told somebody";
      wanted = state_;
    }
    if (declared_) {
      ASSERT_NO_FATAL_FAILURE(joins_.check(wanted));
      joins_.check_calls(state_, wanted);
    }
    state_ = std::move(wanted);
  }

  /// Another order of arrival gives the same rows, also with what came and went meanwhile.
  void check_other_order() {
    Joins others(sides_);
    const bool late = random_() % 2 == 0;
    if (!late) others.declare();
    std::vector<std::function<void()>> writes;
    for (const auto& [key, values] : state_.orders) {
      writes.emplace_back([&, k = key, v = values] { commit_one(others, others.orders_, k, {v.front()}); });
      writes.emplace_back([&, k = key, v = values] { commit_one(others, others.orders_, k, v); });
      std::swap(writes[random_() % writes.size()], writes[random_() % writes.size()]);
    }
    for (const auto& [key, values] : state_.customers) {
      writes.emplace_back([&, k = key] { commit_one(others, others.customers_, k, {7}); });
      std::swap(writes[random_() % writes.size()], writes.back());
    }
    for (const auto& write : writes) write();
    for (const auto& [key, values] : state_.orders) commit_one(others, others.orders_, key, values);
    for (const auto& [key, values] : state_.customers) commit_one(others, others.customers_, key, values);
    for (const auto& [key, values] : state_.factors) commit_one(others, others.factors_, key, values);
    if (late) others.declare();
    others.check(state_);
  }

 private:
  template <class Value>
  static void commit_one(Joins& joins, const Input<int, Value>& input, int key, std::vector<Value> values) {
    ASSERT_TRUE(joins.graph.commit(Transaction().set_all(input, key, std::move(values))));
  }

  void write(Transaction& transaction, State& wanted) {
    const int key = static_cast<int>(random_() % 8);
    const bool erase = random_() % 4 == 0;
    switch (random_() % 5) {
      case 0:
      case 1: {
        std::vector<Order> values(erase ? 0 : count(orders_grouped_from_));
        for (Order& order : values) {
          order = {static_cast<int>(random_() % 10), static_cast<std::int64_t>(random_() % 30)};
        }
        if (declared_ && !values.empty() && random_() % 25 == 0) {
          values.back().amount = random_() % 2 == 0 ? kRefusedBefore : kRefusedBehind;
        }
        put(transaction, joins_.orders_, wanted.orders, key, std::move(values));
        break;
      }
      case 2:
      case 3: {
        std::vector<std::int64_t> values(erase ? 0 : count(customers_grouped_from_));
        for (auto& value : values) value = static_cast<std::int64_t>(random_() % 20);
        put(transaction, joins_.customers_, wanted.customers, key, std::move(values));
        break;
      }
      default: {
        std::vector<std::int64_t> values(erase ? 0 : 1, static_cast<std::int64_t>(random_() % 5));
        put(transaction, joins_.factors_, wanted.factors, key % 4, std::move(values));
      }
    }
  }
  std::size_t count(std::size_t grouped_from) { return commits_ >= grouped_from ? random_() % 4 : 1; }
  template <class Value>
  static void put(Transaction& transaction, const Input<int, Value>& input, std::map<int, std::vector<Value>>& wanted,
                  int key, std::vector<Value> values) {
    wanted[key] = values;
    if (values.empty()) wanted.erase(key);
    transaction.set_all(input, key, std::move(values));
  }

  bool is_refused(const State& wanted) const {
    for (const auto& [key, orders] : wanted.orders) {
      for (const Order& order : orders) {
        if (order.amount == kRefusedBefore) return true;
      }
    }
    for (const View& view : joins_.views) {
      Numbers contents;
      std::set<std::string> failing;
      view.recompute(wanted, contents, failing);
      for (const auto& [key, values] : contents) {
        if (std::any_of(values.begin(), values.end(), [](auto each) { return each / 1000 == kRefusedBehind; })) {
          return true;
        }
      }
    }
    return false;
  }

  std::mt19937_64 random_;
  Sides sides_;
  Joins joins_;
  State state_;
  bool declared_ = false;
  std::size_t commits_ = 0;
  std::size_t orders_grouped_from_ = 0;
  std::size_t customers_grouped_from_ = 0;
};

TEST(RandomJoins, are_after_every_commit_what_recomputing_gives) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomJoins joins(seed);
    for (int i = 0; i < 40 && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE("commit " + std::to_string(i));
      ASSERT_NO_FATAL_FAILURE(joins.commit());
    }
    ASSERT_FALSE(::testing::Test::HasFailure());
    ASSERT_NO_FATAL_FAILURE(joins.check_other_order());
  }
}

// The cost of a commit follows the change and its partners: rows touched, not time.
TEST(JoinWork, touches_as_many_rows_in_a_large_collection_as_in_a_small_one) {
  const auto work = [](int customers, bool grouped) {
    Joins joins(Sides{});
    joins.declare();
    Transaction transaction;
    for (int i = 0; i < customers; ++i) transaction.set(joins.customers_, i, 2 * i);
    for (int i = 0; i < 10 * customers; ++i) transaction.set(joins.orders_, i, {i % customers + 10, 3});
    EXPECT_TRUE(joins.graph.commit(transaction));
    if (grouped) {
      EXPECT_TRUE(joins.graph.commit(Transaction().set_all(joins.customers_, 5, {1, 2})));
    }
    const GraphStats before = joins.graph.stats();
    EXPECT_TRUE(joins.graph.commit(Transaction().set(joins.customers_, 20, 7).set(joins.orders_, 25, {20, 4})));
    EXPECT_TRUE(joins.graph.commit(Transaction().erase(joins.customers_, 21)));
    EXPECT_TRUE(joins.graph.commit(Transaction().set(joins.customers_, 21, 8)));
    const GraphStats after = joins.graph.stats();
    return std::pair(after.mapper_calls - before.mapper_calls, after.rows_changed - before.rows_changed);
  };
  for (const bool grouped : {false, true}) {
    const auto small = work(50, grouped);
    const auto large = work(500, grouped);
    EXPECT_LE(large.first, 2 * small.first);
    EXPECT_LE(large.second, 2 * small.second);
  }
}

}  // namespace
}  // namespace freshet
