// SPDX-License-Identifier: MIT
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet::testing {
namespace {

using Rows = Collection<int, std::int64_t>;
using Contents = std::map<int, std::vector<std::int64_t>>;

std::int64_t scaled(int, std::int64_t value, int by) { return value * by; }
std::int64_t strictly_small(int, std::int64_t value) {
  if (value > 1'000'000) throw std::runtime_error("too large");
  return value;
}
int group_of(int key, std::int64_t value) { return static_cast<int>((key + value) % 50); }
bool odd(int, std::int64_t value) { return value % 2 != 0; }
std::int64_t folded(int, std::span<const std::int64_t> values) {
  std::uint64_t sum = 0;  // unsigned, so that it may overflow
  for (const std::int64_t value : values) sum = sum * 31 + static_cast<std::uint64_t>(value);
  return static_cast<std::int64_t>(sum % (1ULL << 40U));
}
std::int64_t plus_folded(int key, std::int64_t value, const Rows& other) {
  const std::int64_t* found = other.get(key % 50);
  return found != nullptr ? value + *found : value;
}

/// A graph with several large nodes at each height; how many threads help must not be seen.
struct WideGraph {
  explicit WideGraph(std::size_t workers) : graph(GraphOptions{.check_invariants = false, .workers = workers}) {
    for (int by = 1; by <= 4; ++by) views.push_back(map(rows, scaled, by));
    views.push_back(filter(rows, odd));
    const Rows grouped = key_by(rows, group_of);
    views.push_back(grouped);
    views.push_back(reduce(grouped, folded));
    views.push_back(reduce(grouped, sum()));
    views.push_back(reduce(grouped, max()));
    views.push_back(map(rows, plus_folded, grouped));
    views.push_back(map(views[0], plus_folded, grouped));
    strict = map(rows, strictly_small);
    strict->strict();
    for (const Rows& view : views) {
      news.emplace_back();
      subscriptions.push_back(view.subscribe([&told = news.back()](const auto& changes) {
        for (const auto change : changes) told.emplace_back(change.key(), change.values().to_vector());
      }));
    }
  }

  std::vector<Contents> contents() const {
    std::vector<Contents> all;
    for (const Rows& view : views) {
      Contents& each = all.emplace_back();
      view.for_each([&](int key, const auto& values) { each[key] = values.to_vector(); });
    }
    return all;
  }

  Graph graph;
  Input<int, std::int64_t> rows = graph.input<int, std::int64_t>("rows");
  std::vector<Rows> views;
  std::optional<Rows> strict;
  std::list<std::vector<std::pair<int, std::vector<std::int64_t>>>> news;
  std::vector<Subscription> subscriptions;
};

TEST(Parallel, gives_what_one_thread_gives) {
  WideGraph alone(0);
  WideGraph helped(3);
  std::mt19937_64 random(1);
  for (int commit = 0; commit < 10; ++commit) {
    const bool refused = commit % 5 == 4;
    Transaction to_alone;
    Transaction to_helped;
    for (int i = 0; i < 600; ++i) {
      const int key = static_cast<int>(random() % 900);
      const auto value = static_cast<std::int64_t>(random() % 1000);
      to_alone.set(alone.rows, key, value);
      to_helped.set(helped.rows, key, value);
    }
    if (refused) {
      to_alone.set(alone.rows, 7, 1'000'001).set(alone.rows, 8, 1'000'002);
      to_helped.set(helped.rows, 7, 1'000'001).set(helped.rows, 8, 1'000'002);
    }
    const auto one = alone.graph.commit(to_alone);
    const auto other = helped.graph.commit(to_helped);
    ASSERT_EQ(one.has_value(), !refused);
    ASSERT_EQ(other.has_value(), !refused);
    if (refused) {
      ASSERT_EQ(one.error().primary, other.error().primary);
      ASSERT_EQ(one.error().detail, other.error().detail);
    }
    ASSERT_EQ(alone.contents(), helped.contents());
    ASSERT_EQ(alone.news, helped.news);
    ASSERT_EQ(alone.graph.stats().mapper_calls, helped.graph.stats().mapper_calls);
    ASSERT_EQ(alone.graph.stats().rows_changed, helped.graph.stats().rows_changed);
  }
}

}  // namespace
}  // namespace freshet::testing
