// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/group_sums.hpp"

namespace freshet::bench {

/// The hand-written floor: a loop that keeps what Freshet keeps, in a good hash map for each collection.
///
/// Rows, mapped rows and sums can each be looked up by their key, as other views and clients do. Rows and sums that did
/// not change go no further. It does not check, name, order, version, undo or share anything.
template <class Amount> class Floor {
 public:
  explicit Floor(Sink<Amount> sink) : sums_(std::move(sink)) {}

  void commit(std::span<const Write<Amount>> writes) {
    for (const Write<Amount>& write : writes) apply(write);
    sums_.end_transaction();
  }

 private:
  void apply(const Write<Amount>& write) {
    const auto [row, is_new_row] = rows_.try_emplace(write.key, write.entry);
    if (!is_new_row) {
      if (row->second == write.entry) return;
      row->second = write.entry;
    }
    const Scaled<Amount> after = scale(write.entry);
    const auto [mapped, is_new] = scaled_.try_emplace(write.key, after);
    if (is_new) return sums_.add(sums_.index_of(after.group), after.amount);
    const Scaled<Amount> before = std::exchange(mapped->second, after);
    if (before == after) return;
    if (before.group == after.group) return sums_.replace(sums_.index_of(after.group), before.amount, after.amount);
    sums_.remove(sums_.index_of(before.group), before.amount);
    sums_.add(sums_.index_of(after.group), after.amount);
  }

  boost::unordered_flat_map<std::uint64_t, Entry<Amount>> rows_;
  boost::unordered_flat_map<std::uint64_t, Scaled<Amount>> scaled_;
  GroupSums<Amount> sums_;
};

}  // namespace freshet::bench
