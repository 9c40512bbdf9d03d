// SPDX-License-Identifier: MIT
#pragma once

#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/graph/operators/iterate.hpp"
#include "freshet/graph/testing/functions.hpp"

/// What the tests of iterate have in common. Not installed.
namespace freshet::testing {

template <class Order = Least, class Key, class Value, class Function, class... Args>
Collection<Key, Value> iterate(const Collection<Key, Value>& seeds, const IterateOptions<Order>& options,
                               Function function, const Args&... args) {
  return detail::make_iterate(seeds, options, PlainCall<Function>{function},
                              std::tuple<detail::Stored<Args>...>(args...));
}

struct Edge {
  int to = 0;
  int weight = 0;
  auto operator<=>(const Edge&) const = default;
};
using Edges = Collection<int, Edge>;
using Nodes = std::vector<std::pair<int, int>>;

template <class Rows> void expect_sound(const Rows& rows) {
  const auto wrong = rows.node().invariant();
  EXPECT_FALSE(wrong) << *wrong;
}

/// The rows, one per key.
template <class Key, class Value> std::map<Key, Value> single_rows(const Collection<Key, Value>& rows) {
  std::map<Key, Value> found;
  rows.for_each([&](const Key& key, const Values<Value>& values) {
    EXPECT_EQ(values.size(), 1U);
    found.emplace(key, values.front());
  });
  return found;
}

}  // namespace freshet::testing
