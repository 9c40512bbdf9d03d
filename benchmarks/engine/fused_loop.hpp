// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <utility>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/group_sums.hpp"

namespace freshet::bench {

/// The tightest loop for this one view and no other: a bound, not what a program of many views could do.
///
/// As Floor, but a row and its mapped form share one slot and the row remembers where its group is, so that a change of
/// an amount costs one look-up.
template <class Amount> class FusedLoop {
 public:
  explicit FusedLoop(Sink<Amount> sink) : sums_(std::move(sink)) {}

  void commit(std::span<const Write<Amount>> writes) {
    for (const Write<Amount>& write : writes) apply(write);
    sums_.end_transaction();
  }

 private:
  struct Slot {
    Entry<Amount> entry;
    Scaled<Amount> scaled;
    typename GroupSums<Amount>::Index group{};
  };

  void apply(const Write<Amount>& write) {
    const auto [at, is_new] = slots_.try_emplace(write.key);
    Slot& slot = at->second;
    if (!is_new && slot.entry == write.entry) return;
    const Scaled<Amount> after = scale(write.entry);
    slot.entry = write.entry;
    const Scaled<Amount> before = std::exchange(slot.scaled, after);
    if (is_new) {
      slot.group = sums_.index_of(after.group);
      sums_.add(slot.group, after.amount);
    } else if (before.group != after.group) {
      sums_.remove(slot.group, before.amount);
      slot.group = sums_.index_of(after.group);
      sums_.add(slot.group, after.amount);
    } else if (before.amount != after.amount) {
      sums_.replace(slot.group, before.amount, after.amount);
    }
  }

  boost::unordered_flat_map<std::uint64_t, Slot> slots_;
  GroupSums<Amount> sums_;
};

}  // namespace freshet::bench
