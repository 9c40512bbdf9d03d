// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "freshet/graph/detail/segments.hpp"
#include "freshet/graph/detail/slot_index.hpp"
#include "freshet/model/compare.hpp"

namespace freshet::detail {

/// Hands out slots: the lowest never used, or one that was given back.
class SlotPool {
 public:
  Slot take() {
    if (free_.empty()) return end_++;
    const Slot slot = free_.back();
    free_.pop_back();
    return slot;
  }
  void give_back(Slot slot) { free_.push_back(slot); }
  std::size_t bytes() const { return free_.capacity() * sizeof(Slot); }
  /// How many slots are handed out.
  std::size_t used() const { return end_ - free_.size(); }
  /// One past the highest slot ever handed out.
  Slot end() const { return end_; }

 private:
  std::vector<Slot> free_;
  Slot end_ = 0;
};

/// Gives each key of a node a slot, once; all that follows is array access.
///
/// A key that is gone leaves the index at once, but its slot and the key itself stay until release(), at the end of the
/// commit: notifications still name it and a rollback brings it back.
template <class Key> class KeyTable {
 public:
  KeyTable() = default;
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;
  ~KeyTable() {
    live_.for_each(slots_.end(), [&](Slot slot) { std::destroy_at(&keys_[slot]); });
  }

  Slot find(const Key& key) const { return find(key, hash_of(key)); }
  Slot find(const Key& key, std::size_t hash) const {
    return index_.find(hash, [&](Slot slot) { return equal(keys_[slot], key); });
  }
  const Key& key(Slot slot) const { return keys_[slot]; }
  std::size_t size() const { return index_.size(); }
  Slot end() const { return slots_.end(); }
  const SlotPool& slots() const { return slots_; }

  // For batches of lookups, in two steps some lookups apart: the bucket first, then the key it leads to.
  void prefetch(std::size_t hash) const { index_.prefetch(hash); }
  /// Brings the key near that `hash` leads to; the slot it has, most likely.
  Slot prefetch_key(std::size_t hash) const {
    const Slot slot = index_.candidate(hash);
    if (slot != kNoSlot) keys_.prefetch(slot);
    return slot;
  }

  void prefetch_at(Slot slot) const { keys_.prefetch(slot); }

  /// Gives `key` a slot. Requires: it has none.
  Slot add(const Key& key) { return add(key, hash_of(key)); }
  Slot add(const Key& key, std::size_t hash) {
    const Slot slot = slots_.take();
    keys_.reserve(slot);
    std::construct_at(&keys_[slot], key);
    live_.set(slot);
    index_.insert(hash, slot);
    return slot;
  }

  /// Takes the key out of the index; key(slot) stays valid until release(slot).
  void remove(Slot slot) { index_.erase(hash_of(key(slot)), slot); }
  /// Undoes remove().
  void restore(Slot slot) { index_.insert(hash_of(key(slot)), slot); }
  /// Frees the slot of a removed key.
  void release(Slot slot) {
    live_.clear(slot);
    std::destroy_at(&keys_[slot]);
    slots_.give_back(slot);
  }
  /// Whether the slot's key is in the index (not removed).
  bool contains(Slot slot) const { return live_.test(slot) && find(key(slot)) == slot; }

  /// What is wrong in here between commits; nothing if all is well. Cost: O(keys).
  std::optional<std::string> invariant() const {
    std::optional<std::string> wrong = index_.invariant();
    std::size_t live = 0;
    live_.for_each(slots_.end(), [&](Slot slot) {
      ++live;
      if (find(key(slot)) != slot) wrong = "does not find the key of slot " + std::to_string(slot);
    });
    if (!wrong && live != size()) wrong = "has " + std::to_string(live) + " keys, but finds " + std::to_string(size());
    if (!wrong && live != slots_.used()) wrong = "lost a slot of its keys";
    return wrong;
  }

  bool before(Slot a, Slot b) const { return compare(key(a), key(b)) < 0; }

  std::size_t bytes() const { return keys_.bytes() + live_.bytes() + slots_.bytes() + index_.bytes(); }

 private:
  Segments<Key> keys_;
  SlotBits live_;
  SlotPool slots_;
  SlotIndex index_;
};

}  // namespace freshet::detail
