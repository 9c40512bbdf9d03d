// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "freshet/graph/detail/key_table.hpp"
#include "freshet/graph/detail/slot_group.hpp"

namespace freshet::detail {

/// Which rows there are, which key each has, and their order. The values are elsewhere: in one Column per node.
///
/// The node that makes rows (an input, a flat_map, a merge) owns its space; one-to-one nodes below it (map, filter,
/// errors) share it, so that a key is hashed once per change however long the chain is. A space is *unique* while every
/// key has one row: the row's slot is then its key's slot, and no group is kept. Otherwise it is *grouped*.
///
/// Changes follow a commit: add/link/unlink while the owner updates, then finish(); later settle() or roll_back().
///
/// Invariants: 1. a linked row is in the group of its key; 2. a key is in the table exactly while it has a linked row
/// (between commits); 3. slots that were freed in a commit are not handed out again before it is settled.
template <class Key> class RowSpace {
 public:
  enum class Shape { unique, grouped };

  explicit RowSpace(Shape shape) : keys_(std::make_shared<KeyTable<Key>>()), grouped_(shape == Shape::grouped) {}
  /// One row per key of another space, at the same slots; it only reads `keys`.
  explicit RowSpace(std::shared_ptr<KeyTable<Key>> keys) : keys_(std::move(keys)) {}
  RowSpace(const RowSpace&) = delete;
  RowSpace& operator=(const RowSpace&) = delete;
  virtual ~RowSpace() {
    for (Slot slot = 0; slot < groups_end_; ++slot) {
      if (groups_.reserved(slot)) groups_[slot].reset();
    }
  }

  bool grouped() const { return grouped_; }
  const KeyTable<Key>& keys() const { return *keys_; }
  /// For spaces aligned with this one's keys. Owners: this space and the nodes reduced from it.
  std::shared_ptr<KeyTable<Key>> shared_keys() const { return keys_; }
  Slot key_slot(Slot row) const { return grouped_ ? key_of_[row] : row; }
  const Key& key(Slot row) const { return keys_->key(key_slot(row)); }
  /// One past the highest row slot ever used.
  Slot end() const { return grouped_ ? rows_.end() : keys_->end(); }

  template <class Visit> void for_each_row(Slot key_slot, Visit visit) const {
    if (grouped_) {
      groups_[key_slot].for_each(visit, in_key_order());
    } else {
      visit(key_slot);
    }
  }
  /// Brings near what key_slot(row) reads.
  void prefetch(Slot row) const {
    if (grouped_) key_of_.prefetch(row);
  }

  /// The order of rows: by key, then by where they came from; the same however the rows came about.
  bool before(Slot a, Slot b) const {
    if (a == b) return false;
    const Slot key_a = key_slot(a);
    const Slot key_b = key_slot(b);
    return key_a == key_b ? before_in_key(a, b) : keys_->before(key_a, key_b);
  }

  /// A new row of `key`, not linked yet; in a unique space the row that the key has, if it has one.
  Slot add(const Key& key) { return add(key, hash_of(key)); }
  Slot add(const Key& key, std::size_t hash) {
    Slot key_slot = keys_->find(key, hash);
    if (key_slot == kNoSlot) {
      key_slot = keys_->add(key, hash);
      new_keys_.push_back(key_slot);
    }
    if (!grouped_) return key_slot;
    const Slot row = rows_.take();
    added_.push_back(row);
    key_of_.reserve(row);
    key_of_[row] = key_slot;
    groups_.reserve(key_slot);
    if (key_slot >= groups_end_) groups_end_ = key_slot + 1;
    return row;
  }
  void link(Slot row) {
    if (grouped_) groups_[key_of_[row]].insert(row, in_key_order());
  }
  void unlink(Slot row) {
    if (!grouped_) return emptied_keys_.push_back(row);
    removed_.push_back(row);
    drop_from_group(row);
  }

  /// Ends the owner's update: keys without rows leave the table.
  void finish() {
    for (const Slot key : emptied_keys_) {
      if ((grouped_ && !groups_[key].empty()) || !keys_->contains(key)) continue;
      keys_->remove(key);
      removed_keys_.push_back(key);
    }
    emptied_keys_.clear();
  }
  /// Ends the commit: what was removed is freed.
  void settle() {
    for (const Slot row : removed_) rows_.give_back(row);
    for (const Slot key : removed_keys_) keys_->release(key);
    forget();
  }
  void roll_back() {
    emptied_keys_.clear();
    for (const Slot key : removed_keys_) keys_->restore(key);
    for (const Slot row : removed_) groups_[key_of_[row]].insert(row, in_key_order());
    for (const Slot row : added_) {
      drop_from_group(row);
      rows_.give_back(row);
    }
    for (const Slot key : new_keys_) {
      keys_->remove(key);
      keys_->release(key);
    }
    emptied_keys_.clear();
    forget();
  }

  /// Turns a unique space into a grouped one; slots stay what they are. Cost: O(rows), once.
  void become_grouped() {
    if (grouped_) return;
    rows_ = keys_->slots();
    for (Slot slot = 0; slot < keys_->end(); ++slot) {
      key_of_.reserve(slot);
      groups_.reserve(slot);
      key_of_[slot] = slot;
      if (keys_->contains(slot)) groups_[slot].insert(slot, in_key_order());
    }
    groups_end_ = keys_->end();
    grouped_ = true;
  }

  std::size_t bytes() const { return keys_->bytes() + key_of_.bytes() + groups_.bytes(); }

 protected:
  /// The order of two rows of one key.
  virtual bool before_in_key(Slot, Slot) const { return false; }

 private:
  auto in_key_order() const {
    return [this](Slot a, Slot b) { return before_in_key(a, b); };
  }
  void drop_from_group(Slot row) {
    RowGroup& group = groups_[key_of_[row]];
    group.erase(row, in_key_order());
    if (group.empty()) emptied_keys_.push_back(key_of_[row]);
  }
  void forget() {
    added_.clear();
    removed_.clear();
    new_keys_.clear();
    removed_keys_.clear();
  }

  std::shared_ptr<KeyTable<Key>> keys_;
  bool grouped_ = false;
  SlotPool rows_;              // grouped only, as are the next three
  Segments<Slot> key_of_;      // by row
  Segments<RowGroup> groups_;  // by key
  Slot groups_end_ = 0;

  // Of the commit under way.
  std::vector<Slot> added_, removed_, new_keys_, removed_keys_, emptied_keys_;
};

}  // namespace freshet::detail
