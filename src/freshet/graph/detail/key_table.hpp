// SPDX-License-Identifier: MIT
#pragma once

#include <boost/unordered/unordered_flat_set.hpp>
#include <type_traits>
#include <vector>

#include "freshet/graph/detail/segments.hpp"
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
  /// One past the highest slot ever handed out.
  Slot end() const { return end_; }
  std::size_t in_use() const { return end_ - free_.size(); }

 private:
  std::vector<Slot> free_;
  Slot end_ = 0;
};

/// Gives each key of a node a slot, once; all that follows is array access.
///
/// A key that is gone leaves the index at once, but its slot and the key itself stay until release(), at the end of the
/// commit: notifications still name it and a rollback brings it back.
///
/// Cost: find is one probe. Small keys live in the index itself (one cache miss less); others are compared through it.
template <class Key> class KeyTable {
 public:
  KeyTable() : index_(0, Hash{this}, Equal{this}) {}
  KeyTable(const KeyTable&) = delete;
  KeyTable& operator=(const KeyTable&) = delete;
  ~KeyTable() {
    live_.for_each(slots_.end(), [&](Slot slot) { std::destroy_at(&keys_[slot]); });
  }

  Slot find(const Key& key) const {
    const auto at = index_.find(key);
    return at == index_.end() ? kNoSlot : at->slot;
  }
  const Key& key(Slot slot) const { return keys_[slot]; }
  std::size_t size() const { return index_.size(); }
  Slot end() const { return slots_.end(); }
  const SlotPool& slots() const { return slots_; }

  /// Gives `key` a slot. Requires: it has none.
  Slot add(const Key& key) {
    const Slot slot = slots_.take();
    keys_.reserve(slot);
    std::construct_at(&keys_[slot], key);
    live_.set(slot);
    index_.insert(entry(slot));
    return slot;
  }

  /// Takes the key out of the index; key(slot) stays valid until release(slot).
  void remove(Slot slot) { index_.erase(key(slot)); }
  /// Undoes remove().
  void restore(Slot slot) { index_.insert(entry(slot)); }
  /// Frees the slot of a removed key.
  void release(Slot slot) {
    live_.clear(slot);
    std::destroy_at(&keys_[slot]);
    slots_.give_back(slot);
  }
  /// Whether the slot's key is in the index (not removed).
  bool contains(Slot slot) const { return live_.test(slot) && find(key(slot)) == slot; }

  bool before(Slot a, Slot b) const { return compare(key(a), key(b)) < 0; }

  std::size_t bytes() const {
    return keys_.bytes() + live_.bytes() + index_.bucket_count() * (sizeof(Entry) + 1);
  }

 private:
  static constexpr bool kInline = std::is_trivially_copyable_v<Key> && sizeof(Key) <= 8;
  struct InlineEntry {
    Key key;
    Slot slot;
  };
  struct SlotEntry {
    Slot slot;
  };
  using Entry = std::conditional_t<kInline, InlineEntry, SlotEntry>;

  const Key& key_of(const Entry& entry) const {
    if constexpr (kInline) {
      return entry.key;
    } else {
      return keys_[entry.slot];
    }
  }
  Entry entry(Slot slot) const {
    if constexpr (kInline) {
      return {keys_[slot], slot};
    } else {
      return {slot};
    }
  }

  struct Hash {
    using is_transparent = void;
    using is_avalanching = void;  // hash_of mixes well
    const KeyTable* table;
    std::size_t operator()(const Key& key) const { return hash_of(key); }
    std::size_t operator()(const Entry& entry) const { return hash_of(table->key_of(entry)); }
  };
  struct Equal {
    using is_transparent = void;
    const KeyTable* table;
    bool operator()(const Entry& a, const Entry& b) const { return equal(table->key_of(a), table->key_of(b)); }
    bool operator()(const Key& a, const Entry& b) const { return equal(a, table->key_of(b)); }
    bool operator()(const Entry& a, const Key& b) const { return equal(table->key_of(a), b); }
  };

  Segments<Key> keys_;
  SlotBits live_;
  SlotPool slots_;
  boost::unordered_flat_set<Entry, Hash, Equal> index_;
};

}  // namespace freshet::detail
