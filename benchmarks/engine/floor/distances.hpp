// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "engine/fold.hpp"

namespace freshet::bench {

/// How many steps each node is from node 0, kept up to date by hand over nodes that are numbered without gaps.
///
/// Keeps the edges of each node in both directions. An edge that comes shortens ways from its end on; one that goes
/// makes those nodes anew to which no other shortest way leads.
///
/// Source: Ramalingam, Reps, "An incremental algorithm for a generalization of the shortest-path problem", 1996.
class Distances {
 public:
  static constexpr std::uint32_t kNone = ~0U;

  explicit Distances(Output& output) : output_(output) { set(0, 0); }

  void add(std::uint32_t source, std::uint32_t target) {
    grow(std::max(source, target));
    nodes_[source].out.push_back(target);
    nodes_[target].in.push_back(source);
    if (nodes_[source].steps == kNone || nodes_[source].steps + 1 >= nodes_[target].steps) return;
    set(target, nodes_[source].steps + 1);
    shorten_from(target);
  }
  void remove(std::uint32_t source, std::uint32_t target) {
    erase_one(nodes_[source].out, target);
    erase_one(nodes_[target].in, source);
    const std::uint32_t steps = nodes_[target].steps;
    if (nodes_[source].steps == kNone || nodes_[source].steps + 1 != steps || has_support(target)) return;
    find_affected(target);
    settle_affected();
  }

 private:
  struct Node {
    std::uint32_t steps = kNone;
    bool affected = false;
    std::vector<std::uint32_t> out;
    std::vector<std::uint32_t> in;
  };

  void grow(std::uint32_t node) {
    if (node >= nodes_.size()) nodes_.resize(std::max<std::size_t>(node + 1, nodes_.size() * 2));
  }
  void set(std::uint32_t node, std::uint32_t steps) {
    grow(node);
    const std::uint32_t before = std::exchange(nodes_[node].steps, steps);
    if (before == steps) return;
    if (before == kNone) {
      output_.appeared(node, steps);
    } else if (steps == kNone) {
      output_.vanished(node, before);
    } else {
      output_.changed(node, before, steps);
    }
  }
  static void erase_one(std::vector<std::uint32_t>& nodes, std::uint32_t node) {
    *std::find(nodes.begin(), nodes.end(), node) = nodes.back();
    nodes.pop_back();
  }
  void shorten_from(std::uint32_t start) {
    queue_.assign(1, start);
    for (std::size_t i = 0; i < queue_.size(); ++i) {
      const std::uint32_t steps = nodes_[queue_[i]].steps + 1;
      for (const std::uint32_t next : nodes_[queue_[i]].out) {
        if (nodes_[next].steps <= steps) continue;
        set(next, steps);
        queue_.push_back(next);
      }
    }
  }
  /// Whether a shortest way leads to the node that goes over no affected one.
  bool has_support(std::uint32_t node) const {
    const std::uint32_t steps = nodes_[node].steps;
    if (steps == 0) return true;
    return std::any_of(nodes_[node].in.begin(), nodes_[node].in.end(),
                       [&](std::uint32_t from) { return !nodes_[from].affected && nodes_[from].steps + 1 == steps; });
  }
  /// Goes level by level, so that all affected nodes of a level are known when the next one is looked at.
  void find_affected(std::uint32_t start) {
    queue_.assign(1, start);
    nodes_[start].affected = true;
    for (std::size_t i = 0; i < queue_.size(); ++i)
      for (const std::uint32_t next : nodes_[queue_[i]].out) {
        Node& node = nodes_[next];
        if (node.affected || node.steps != nodes_[queue_[i]].steps + 1 || has_support(next)) continue;
        node.affected = true;
        queue_.push_back(next);
      }
  }
  void wait(std::uint32_t steps, std::uint32_t node) {
    waiting_.emplace_back(steps, node);
    std::push_heap(waiting_.begin(), waiting_.end(), std::greater<>());
  }
  void settle_affected() {
    for (const std::uint32_t node : queue_) {
      std::uint32_t best = kNone;
      for (const std::uint32_t from : nodes_[node].in)
        if (!nodes_[from].affected && nodes_[from].steps != kNone) best = std::min(best, nodes_[from].steps + 1);
      if (best != kNone) wait(best, node);
    }
    while (!waiting_.empty()) {
      std::pop_heap(waiting_.begin(), waiting_.end(), std::greater<>());
      const auto [steps, node] = waiting_.back();
      waiting_.pop_back();
      if (!nodes_[node].affected) continue;
      nodes_[node].affected = false;
      set(node, steps);
      for (const std::uint32_t next : nodes_[node].out)
        if (nodes_[next].affected) wait(steps + 1, next);
    }
    for (const std::uint32_t node : queue_)
      if (std::exchange(nodes_[node].affected, false)) set(node, kNone);
  }

  Output& output_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> queue_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> waiting_;  // a heap, the fewest steps first
};

}  // namespace freshet::bench
