// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/workload.hpp"

namespace freshet::bench {

/// Where a contender hands the changes of one commit to its subscriber.
template <class Amount> using Sink = std::function<void(std::span<const Delta<Amount>>)>;

/// The sums of all groups, by hand: the end of both hand-written loops.
///
/// After each transaction it hands out the groups whose sum is another than before, in one buffer, once.
template <class Amount> class GroupSums {
 public:
  using Index = std::uint32_t;

  explicit GroupSums(Sink<Amount> sink) : sink_(std::move(sink)) {}

  /// Where the group of that key is; a new one begins without rows.
  Index index_of(std::uint64_t key) {
    const auto [at, is_new] = index_.try_emplace(key, static_cast<Index>(groups_.size()));
    if (is_new) groups_.push_back({.key = key});
    return at->second;
  }
  void add(Index index, Amount amount) {
    Group& group = touch(index);
    group.sum += amount;
    ++group.row_count;
  }
  void remove(Index index, Amount amount) {
    Group& group = touch(index);
    group.sum -= amount;
    --group.row_count;
  }
  void replace(Index index, Amount before, Amount after) { touch(index).sum += after - before; }

  void end_transaction() {
    for (const Index index : touched_) {
      Group& group = groups_[index];
      group.touched = false;
      const bool is_there = group.row_count > 0;
      if (is_there != group.was_there || (is_there && group.sum != group.sum_before))
        deltas_.push_back({group.key, group.sum, !is_there});
    }
    touched_.clear();
    if (!deltas_.empty()) sink_(deltas_);
    deltas_.clear();
  }

 private:
  struct Group {
    std::uint64_t key{};
    Amount sum{};
    std::uint64_t row_count{};
    // As they were when the transaction began; meaningful while touched.
    Amount sum_before{};
    bool was_there{};
    bool touched{};
  };

  Group& touch(Index index) {
    Group& group = groups_[index];
    if (!group.touched) {
      group.touched = true;
      group.sum_before = group.sum;
      group.was_there = group.row_count > 0;
      touched_.push_back(index);
    }
    return group;
  }

  boost::unordered_flat_map<std::uint64_t, Index> index_;
  std::vector<Group> groups_;
  std::vector<Index> touched_;
  std::vector<Delta<Amount>> deltas_;
  Sink<Amount> sink_;
};

}  // namespace freshet::bench
