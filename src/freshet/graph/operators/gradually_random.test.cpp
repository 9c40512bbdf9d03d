// SPDX-License-Identifier: MIT
#include <cstdint>
#include <map>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using Rows = Collection<int, std::int64_t>;
using Contents = std::map<int, std::vector<std::int64_t>>;

Contents contents_of(const Rows& rows) {
  Contents contents;
  rows.for_each([&](int key, const auto& values) { contents[key] = values.to_vector(); });
  return contents;
}

bool is_even(int, std::int64_t value) { return value % 2 == 0; }
std::pair<int, std::int64_t> by_rest(int key, std::int64_t value) { return {key % 7, value * 100 + key}; }
std::int64_t hash_in_order(int, std::span<const std::int64_t> values) {
  std::int64_t hash = 0;
  for (const std::int64_t value : values) hash = hash * 31 + value;
  return hash;
}
std::int64_t with_size_of(int, std::int64_t value, const Rows& table) {
  return value + static_cast<std::int64_t>(table.size());
}
std::int64_t not_negative(int, std::int64_t value) {
  if (value < 0) throw std::domain_error("less than nothing");
  return value;
}

/// The same views over a gate and without one, under random commits, steps and refusals.
class RandomGates {
 public:
  explicit RandomGates(unsigned seed) : random_(seed), many_(seed % 2 == 0) {
    guard_.strict();
    for (int i = 0; i < 30; ++i) commit();
    gate_ = input_.gradually({.rows_per_step = 1 + random_() % 7});
    // One gate below another.
    const Rows twice = testing::filter(gate_, is_even).gradually({.rows_per_step = 1 + random_() % 7});
    gated_ = views(gate_, twice);
    direct_ = views(input_, testing::filter(input_, is_even));
    told_.resize(gated_.size());
    for (std::size_t i = 0; i < gated_.size(); ++i) {
      subscriptions_.push_back(gated_[i].subscribe([this, i](const auto& changes) { fold(told_[i], changes); }));
    }
  }

  /// Whether rows are still held back.
  bool step() {
    if (random_() % 3 != 0) return graph_.run_backfill();
    commit();
    many_ = many_ || random_() % 8 == 0;  // keys that had one value get several while rows are held back
    return true;
  }
  bool complete() const { return gated_.back().complete(); }
  void commit() {
    Transaction transaction;
    for (unsigned i = 0; i < 1 + random_() % 8; ++i) {
      std::vector<std::int64_t> values;
      const std::size_t count = random_() % (many_ ? 4 : 2);
      for (std::size_t n = 0; n < count; ++n) values.push_back(static_cast<std::int64_t>(random_() % 20));
      if (random_() % 20 == 0) values.assign(1, -1);
      transaction.set_all(input_, static_cast<int>(random_() % 60), std::move(values));
      if (random_() % 3 == 0) transaction.set(other_, static_cast<int>(random_() % 5), static_cast<std::int64_t>(i));
    }
    (void)graph_.commit(transaction);  // some are refused
  }

  void check() const {
    for (std::size_t i = 0; i < gated_.size(); ++i) {
      ASSERT_EQ(contents_of(gated_[i]), told_[i]) << "view " << i;
      ASSERT_FALSE(gated_[i].node().invariant().has_value()) << *gated_[i].node().invariant();
    }
    for (const auto& [key, values] : contents_of(gate_)) {
      const auto whole = input_.values(key);
      std::size_t at = 0;
      for (const std::int64_t value : values) {
        while (at < whole.size() && whole[at] != value) ++at;
        ASSERT_LT(at++, whole.size());
      }
    }
  }
  /// The views are those of the rows that are through, as another graph computes them from a copy.
  void check_recomputed() const {
    Graph graph;
    const auto through = graph.input<int, std::int64_t>("through");
    const auto other = graph.input<int, std::int64_t>("other");
    Transaction transaction;
    gate_.for_each([&](int key, const auto& values) { transaction.set_all(through, key, values.to_vector()); });
    other_.for_each([&](int key, const auto& values) { transaction.set_all(other, key, values.to_vector()); });
    ASSERT_TRUE(graph.commit(transaction));
    const auto grouped = testing::flat_map(through, by_rest);
    EXPECT_EQ(contents_of(gated_[1]), contents_of(grouped));
    EXPECT_EQ(contents_of(gated_[2]), contents_of(testing::reduce(grouped, hash_in_order)));
    EXPECT_EQ(contents_of(gated_[3]), contents_of(testing::reduce(grouped, sum())));
    EXPECT_EQ(contents_of(gated_[4]),
              contents_of(testing::map(through, with_size_of, static_cast<const Rows&>(other))));
  }
  void check_complete() const {
    for (std::size_t i = 0; i < gated_.size(); ++i) {
      ASSERT_EQ(contents_of(gated_[i]), contents_of(direct_[i])) << "view " << i;
    }
  }

 private:
  std::vector<Rows> views(const Rows& from, const Rows& even) const {
    const auto grouped = testing::flat_map(from, by_rest);
    return {from,
            grouped,
            testing::reduce(grouped, hash_in_order),
            testing::reduce(grouped, sum()),
            testing::map(from, with_size_of, static_cast<const Rows&>(other_)),
            even};
  }
  static void fold(Contents& told, const Changes<int, std::int64_t>& changes) {
    changes.for_each_row([](int, const std::int64_t* before, const std::int64_t* after) {
      EXPECT_FALSE(before != nullptr && after != nullptr && *before == *after) << "a change without a difference";
    });
    for (const auto change : changes) {
      const auto values = change.values().to_vector();
      values.empty() ? void(told.erase(change.key())) : void(told[change.key()] = values);
    }
  }

  std::mt19937 random_;
  bool many_;
  Graph graph_;
  Input<int, std::int64_t> input_ = graph_.input<int, std::int64_t>("input");
  Input<int, std::int64_t> other_ = graph_.input<int, std::int64_t>("other");
  Rows guard_ = testing::map(input_, not_negative);
  Rows gate_ = input_;
  std::vector<Rows> gated_;
  std::vector<Rows> direct_;
  std::vector<Contents> told_;
  std::vector<Subscription> subscriptions_;
};

TEST(GraduallyRandom, equals_the_direct_views_when_complete_and_views_over_its_rows_before) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomGates gates(seed);
    bool more = true;
    for (int i = 0; i < 500 && more; ++i) {
      more = gates.step();
      gates.check();
      if (i % 5 == 0) gates.check_recomputed();
      if (::testing::Test::HasFatalFailure()) return;
    }
    ASSERT_TRUE(gates.complete());
    for (int i = 0; i < 20; ++i) {
      gates.check_complete();
      gates.check();
      gates.commit();
      if (::testing::Test::HasFatalFailure()) return;
    }
  }
}

}  // namespace
}  // namespace freshet
