// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "freshet/graph/detail/support_graph.hpp"

namespace freshet::detail {

/// Which of the derivations from a row stand for which of the pairs that it leads to now. Buffers, kept for their
/// memory.
struct DerivationMatch {
  std::vector<Derived> olds;  // what followed from the row
  std::vector<Derived> news;  // for each pair, the derivation that there is already; 0: none
  std::vector<Derived> gone;  // those of the old that no pair stands for
  std::vector<Slot> targets;  // of the pairs that have none

  template <class Value, class Pairs> void find(const SupportGraph<Value>& graph, Slot from, Pairs& pairs) {
    gone.clear(), fresh_.clear();
    find_olds(graph, from);
    news.assign(pairs.size(), 0);
    targets.resize(pairs.size());
    const std::size_t matched = find_in_order(graph, pairs);
    gone.insert(gone.end(), olds.begin() + static_cast<std::ptrdiff_t>(matched), olds.end());
    for (const int step : {0, 1}) {
      for (const std::size_t i : fresh_) pairs.prefetch(i, step);
    }
    for (const std::size_t i : fresh_) graph.prefetch_row(targets[i] = pairs.slot(i));
    if (!fresh_.empty() && !gone.empty()) find_moved(graph);
  }
  template <class Value> void find_olds(const SupportGraph<Value>& graph, Slot from) {
    olds.clear();
    graph.for_each_from(from, [this](Derived number, const auto&) { olds.push_back(number); });
  }

 private:
  /// Most often the same targets come in the same order, but for one. How many of the old were looked at.
  template <class Value, class Pairs> std::size_t find_in_order(const SupportGraph<Value>& graph, Pairs& pairs) {
    std::size_t at = 0;
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto is_at = [&](std::size_t old) { return old < olds.size() && pairs.is_target(i, graph[olds[old]].to); };
      if (is_at(at)) {
        news[i] = olds[at++];
      } else if (is_at(at + 1)) {
        gone.push_back(olds[at]);
        news[i] = olds[at + 1];
        at += 2;
      } else {
        fresh_.push_back(i);
      }
    }
    return at;
  }
  template <class Value> void find_moved(const SupportGraph<Value>& graph) {
    moved_.clear();
    for (const Derived number : gone) moved_.push_back({graph[number].to, number});
    std::sort(moved_.begin(), moved_.end());
    for (const std::size_t i : fresh_) {
      auto found = std::lower_bound(moved_.begin(), moved_.end(), std::pair(targets[i], Derived{0}));
      while (found != moved_.end() && found->first == targets[i] && found->second == 0) ++found;
      if (found == moved_.end() || found->first != targets[i]) continue;
      news[i] = std::exchange(found->second, 0);
    }
    gone.clear();
    for (const auto& [to, number] : moved_) {
      if (number != 0) gone.push_back(number);
    }
  }

  std::vector<std::size_t> fresh_;
  std::vector<std::pair<Slot, Derived>> moved_;
};

}  // namespace freshet::detail
