// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/workload.hpp"

namespace freshet::bench {

/// The hand-written floor: what a careful programmer would write for this one view, and nothing else.
///
/// It keeps what the view needs (each row, what the mapper made of it, the sum and number of rows of each group), skips
/// rows and sums that did not change, and after each transaction hands out the changed groups with their new sums, in
/// one buffer, once. It knows all of that at compile time: a row and its mapped form share one slot, a row remembers
/// where its group is, and no key is hashed twice. It does not check, name, order, version, undo or share anything.
template <class Amount> class Floor {
 public:
  using Sink = std::function<void(std::span<const Delta<Amount>>)>;

  Floor(std::uint64_t, Sink sink) : sink_(std::move(sink)) {}

  void commit(std::span<const Write<Amount>> writes) {
    for (const Write<Amount>& write : writes) apply(write);
    emit();
  }

 private:
  using GroupIndex = std::uint32_t;

  struct Slot {
    Entry<Amount> entry;
    Scaled<Amount> scaled;
    GroupIndex group{};
  };
  struct Group {
    std::uint64_t key{};
    Amount sum{};
    std::uint64_t row_count{};
    /// As they were when the transaction began; meaningful while touched.
    Amount sum_before{};
    bool was_there{};
    bool touched{};
  };

  void apply(const Write<Amount>& write) {
    const auto [at, is_new] = slots_.try_emplace(write.key);
    Slot& slot = at->second;
    if (!is_new && slot.entry == write.entry) return;
    const Scaled<Amount> scaled = scale(write.entry);
    slot.entry = write.entry;
    if (is_new) {
      slot.group = index_of(scaled.group);
      add(slot.group, scaled.amount);
    } else if (slot.scaled.group != scaled.group) {
      remove(slot.group, slot.scaled.amount);
      slot.group = index_of(scaled.group);
      add(slot.group, scaled.amount);
    } else if (slot.scaled.amount != scaled.amount) {
      touch(slot.group).sum += scaled.amount - slot.scaled.amount;
    }
    slot.scaled = scaled;
  }

  GroupIndex index_of(std::uint64_t key) {
    const auto [at, is_new] = group_index_.try_emplace(key, static_cast<GroupIndex>(groups_.size()));
    if (is_new) groups_.push_back({.key = key});
    return at->second;
  }

  Group& touch(GroupIndex index) {
    Group& group = groups_[index];
    if (!group.touched) {
      group.touched = true;
      group.sum_before = group.sum;
      group.was_there = group.row_count > 0;
      touched_.push_back(index);
    }
    return group;
  }

  void add(GroupIndex index, Amount amount) {
    Group& group = touch(index);
    group.sum += amount;
    ++group.row_count;
  }

  void remove(GroupIndex index, Amount amount) {
    Group& group = touch(index);
    group.sum -= amount;
    --group.row_count;
  }

  void emit() {
    for (const GroupIndex index : touched_) {
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

  boost::unordered_flat_map<std::uint64_t, Slot> slots_;
  boost::unordered_flat_map<std::uint64_t, GroupIndex> group_index_;
  std::vector<Group> groups_;
  std::vector<GroupIndex> touched_;
  std::vector<Delta<Amount>> deltas_;
  Sink sink_;
};

}  // namespace freshet::bench
