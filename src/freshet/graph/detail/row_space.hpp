// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/buffer.hpp"
#include "freshet/graph/detail/key_table.hpp"
#include "freshet/graph/detail/slot_group.hpp"
#include "freshet/graph/detail/spin_lock.hpp"

namespace freshet::detail {

/// Which rows there are, which key each has, and their order. The values are elsewhere: in one Column per node.
///
/// The node that makes rows (an input, a flat_map, a merge) owns its space; one-to-one nodes below it (map, filter,
/// errors) share it, so that a key is hashed once per change however long the chain is. A space is *unique* while every
/// key has one row: the row's slot is then its key's slot. Otherwise it is *grouped*. A space may *borrow* the keys of
/// another one (reduce, join): it only reads them, and its keys are where the lender has them.
///
/// The list of a key's rows is kept only once somebody asks for it: incremental reducers never do, and keeping it costs
/// two cache misses per row. A node that reads rows by key in update() calls keep_groups() when it is made.
///
/// Changes follow a commit: add/link/unlink while the owner updates, then finish(); later settle() or roll_back().
///
/// Invariants: 1. while groups are kept, a linked row is in the group of its key; 2. an owned key is in the table
/// exactly while it has a linked row (between commits); 3. slots that were freed in a commit are not handed out again
/// before it is settled.
template <class Key> class RowSpace {
 public:
  enum class Shape { unique, grouped };

  explicit RowSpace(Shape shape) : keys_(std::make_shared<KeyTable<Key>>()), grouped_(shape == Shape::grouped) {}
  /// The keys of another space, which it only reads: one row per key, at the same slots, or rows of its own under them.
  /// Null: keys of its own.
  explicit RowSpace(const std::shared_ptr<KeyTable<Key>>& keys, Shape shape = Shape::unique)
      : keys_(keys != nullptr ? keys : std::make_shared<KeyTable<Key>>()),
        grouped_(shape == Shape::grouped),
        borrowed_(keys != nullptr) {}
  RowSpace(const RowSpace&) = delete;
  RowSpace& operator=(const RowSpace&) = delete;
  virtual ~RowSpace() {
    for (Slot slot = 0; slot < groups_end_; ++slot) {
      if (groups_.reserved(slot)) groups_[slot].reset();
    }
  }

  bool grouped() const { return grouped_; }
  /// Whether another space owns the keys.
  bool borrows_keys() const { return borrowed_; }
  const KeyTable<Key>& keys() const { return *keys_; }
  /// For spaces aligned with this one's keys. Owners: this space and the nodes reduced from it.
  std::shared_ptr<KeyTable<Key>> shared_keys() const { return keys_; }
  Slot key_slot(Slot row) const { return grouped_ ? key_of_[row] : row; }
  const Key& key(Slot row) const { return keys_->key(key_slot(row)); }
  /// One past the highest row slot ever used.
  Slot end() const { return grouped_ ? rows_end_ : keys_->end(); }
  /// The rows that are there. Requires: the space is grouped.
  const SlotBits& linked() const { return linked_; }

  /// Makes for_each_row() cheap from now on. Cost: O(rows log rows of a key) the first time.
  void keep_groups() const {
    if (groups_kept_.load(std::memory_order_acquire) || own_lists_) return;
    const std::lock_guard lock(making_groups_);
    if (!groups_kept_) const_cast<RowSpace*>(this)->make_groups();
  }
  /// Calls `visit(row)` for each row of the key, in order. Makes the groups if they are not kept yet.
  template <class Visit> void for_each_row(Slot key_slot, Visit visit) const {
    if (!grouped_) return visit(key_slot);
    if (own_lists_) return list_rows(key_slot, std::ref(visit));
    keep_groups();
    if (groups_.reserved(key_slot)) groups_[key_slot].for_each(visit, in_key_order());
  }
  /// Whether the rows of a key can be had without looking through all.
  bool lists_rows() const { return !grouped_ || groups_kept_ || own_lists_; }
  /// The same as for_each_row(), for those who only look: makes no groups, but looks through all rows instead.
  template <class Visit> void look_up_rows(Slot key_slot, Visit visit) const {
    if (lists_rows()) return for_each_row(key_slot, visit);
    std::vector<Slot> rows;
    linked_.for_each(rows_end_, [&](Slot row) {
      if (key_of_[row] == key_slot) rows.push_back(row);
    });
    std::sort(rows.begin(), rows.end(), in_key_order());
    for (const Slot row : rows) visit(row);
  }
  /// How many rows a key has. Requires: the space is grouped, the key has had a row, and the space does not list its
  /// rows itself.
  std::size_t row_count(Slot key_slot) const { return row_counts_[key_slot]; }

  /// How many slots there are per row that can be: see RekeyedSpace.
  virtual unsigned slot_factor() const { return 1; }

  /// What a node keeps for each row of the space: told here, so that a small commit can bring all of it near at once.
  /// Otherwise each node of a chain would wait for the memory on its own.
  struct PerRow {
    const void* kept;
    void (*prefetch)(const void* kept, Slot row);
  };
  void add_per_row(PerRow kept) {
    if (per_row_.size() < kPerRowMax) per_row_.push_back(kept);
  }
  void remove_per_row(const void* kept) {
    std::erase_if(per_row_, [&](const PerRow& each) { return each.kept == kept; });
  }
  bool has_per_row() const { return !per_row_.empty(); }
  void prefetch_per_row(Slot row) const {
    for (const PerRow& each : per_row_) each.prefetch(each.kept, row);
  }

  /// Brings near what key_slot(row) reads.
  void prefetch(Slot row) const {
    if (grouped_) key_of_.prefetch(row);
  }

  /// Brings the key of a row near. Requires: the row is there; prefetch(row) came some time before.
  void prefetch_key(Slot row) const { keys_->prefetch_at(key_slot(row)); }

  /// Brings the list of a key's rows near, where it is kept; to be called with step 0, 1 and 2, with time in between.
  void prefetch_group(Slot key_slot, int step) const {
    if (!groups_kept_.load(std::memory_order_relaxed) || !groups_.reserved(key_slot)) return;
    step == 0 ? groups_.prefetch(key_slot) : groups_[key_slot].prefetch(step);
  }

  /// The order of rows: by key, then by where they came from; the same however the rows came about.
  bool before(Slot a, Slot b) const {
    if (a == b) return false;
    const Slot key_a = key_slot(a);
    const Slot key_b = key_slot(b);
    return key_a == key_b ? before_in_key(a, b) : keys_->before(key_a, key_b);
  }

  /// A new row of `key`, not linked yet; in a unique space the row that the key has, if it has one. Requires: the keys
  /// are owned.
  Slot add(const Key& key) { return add(key, hash_of(key)); }
  Slot add(const Key& key, std::size_t hash) {
    const Slot key_slot = find_or_add_key(key, hash);
    return grouped_ ? add_under(key_slot) : key_slot;
  }
  /// A new row under a key that has a slot, not linked yet. Requires: the space is grouped.
  Slot add_under(Slot key_slot) {
    const Slot row = rows_.take();
    place(row, key_slot);
    return row;
  }
  void link(Slot row) {
    if (!grouped_) return;
    linked_.set(row);
    if (own_lists_) return;
    const Slot key = key_of_[row];
    ++row_counts_[key];
    if (groups_kept_) groups_[key].insert(row, in_key_order());
  }
  void unlink(Slot row) {
    if (!grouped_) return emptied_keys_.push_back(row);
    removed_.push_back(row);
    take_out(row);
  }

  /// Ends the owner's update: keys without rows leave the table.
  void finish() {
    for (const Slot key : emptied_keys_) {
      if (borrowed_ || (grouped_ && row_counts_[key] != 0) || !keys_->contains(key)) continue;
      keys_->remove(key);
      removed_keys_.push_back(key);
    }
    emptied_keys_.clear();
  }
  /// Ends the commit: what was removed is freed.
  void settle() {
    if (pooled_) {
      for (const Slot row : removed_) rows_.give_back(row);
    }
    for (const Slot key : removed_keys_) keys_->release(key);
    forget();
  }
  void roll_back() {
    for (const Slot key : removed_keys_) keys_->restore(key);
    for (const Slot row : removed_) link(row);
    for (const Slot row : added_) {
      if (linked_.test(row)) take_out(row);
      if (pooled_) rows_.give_back(row);
    }
    for (const Slot key : new_keys_) {
      keys_->remove(key);
      keys_->release(key);
    }
    emptied_keys_.clear();
    forget();
  }

  /// Turns a unique space into a grouped one, in which `present` are the rows; slots stay what they are. Cost: O(rows),
  /// once.
  void become_grouped(const SlotBits& present) {
    if (grouped_) return;
    rows_ = keys_->slots();
    rows_end_ = keys_->end();
    for (Slot slot = 0; slot < rows_end_; ++slot) {
      key_of_.reserve(slot);
      row_counts_.reserve(slot);
      key_of_[slot] = slot;
    }
    grouped_ = true;
    const bool keep = groups_kept_.exchange(false);
    present.for_each(rows_end_, [this](Slot slot) { link(slot); });
    if (keep) make_groups();
  }

  /// Whether there is a row at the slot.
  bool has_row(Slot row) const { return grouped_ ? linked_.test(row) : keys_->contains(row); }
  /// What is wrong in here between commits; nothing if all is well. For the owner; cost: O(rows and keys).
  std::optional<std::string> invariant() const {
    if (!added_.empty() || !removed_.empty() || !new_keys_.empty() || !removed_keys_.empty() ||
        !emptied_keys_.empty()) {
      return "holds on to rows of a commit that is over";
    }
    if (!borrowed_) {
      if (auto wrong = keys_->invariant()) return wrong;
    }
    return grouped_ ? groups_invariant() : std::nullopt;
  }

  /// Without keys that are borrowed: they count where they are made.
  virtual std::size_t bytes() const {
    // The lists themselves are on the heap, a slot for each row and room to grow; to ask each would cost O(keys).
    const std::size_t lists = groups_kept_ ? linked_.count() * sizeof(Slot) * 3 / 2 : 0;
    return (borrowed_ ? 0 : keys_->bytes()) + rows_.bytes() + key_of_.bytes() + row_counts_.bytes() + groups_.bytes() +
           linked_.bytes() + lists;
  }

 protected:
  /// The order of two rows of one key.
  virtual bool before_in_key(Slot, Slot) const { return false; }

  /// For spaces that know the rows of a key by themselves, under borrowed keys.
  struct OwnLists {};
  RowSpace(std::shared_ptr<KeyTable<Key>> keys, OwnLists)
      : keys_(std::move(keys)), grouped_(true), borrowed_(true), pooled_(false), own_lists_(true) {}
  virtual void list_rows(Slot /*key_slot*/, const std::function<void(Slot)>& /*visit*/) const {}

  /// For spaces whose row slots are not from the pool: a new row at `row`, not linked yet.
  void add_at_slot(Slot row, const Key& key, std::size_t hash) {
    pooled_ = false;
    place(row, find_or_add_key(key, hash));
  }
  void add_at_slot(Slot row, Slot key_slot) { place(row, key_slot); }

 private:
  auto in_key_order() const {
    return [this](Slot a, Slot b) { return before_in_key(a, b); };
  }
  Slot find_or_add_key(const Key& key, std::size_t hash) {
    const Slot found = keys_->find(key, hash);
    if (found != kNoSlot) return found;
    const Slot added = keys_->add(key, hash);
    new_keys_.push_back(added);
    return added;
  }
  void place(Slot row, Slot key_slot) {
    added_.push_back(row);
    key_of_.reserve(row);
    key_of_[row] = key_slot;
    if (!own_lists_) row_counts_.reserve(key_slot);
    if (groups_kept_) reserve_group(key_slot);
    if (row >= rows_end_) rows_end_ = row + 1;
  }
  void take_out(Slot row) {
    linked_.clear(row);
    if (own_lists_) return;
    const Slot key = key_of_[row];
    if (groups_kept_) groups_[key].erase(row, in_key_order());
    if (--row_counts_[key] == 0) emptied_keys_.push_back(key);
  }
  void reserve_group(Slot key_slot) {
    groups_.reserve(key_slot);
    if (key_slot >= groups_end_) groups_end_ = key_slot + 1;
  }
  std::optional<std::string> groups_invariant() const {
    std::optional<std::string> wrong;
    std::vector<std::uint32_t> counts(keys_->end());
    std::size_t rows = 0;
    linked_.for_each(rows_end_, [&](Slot row) {
      ++rows;
      const Slot key = key_of_[row];
      if (key >= counts.size() || (!borrowed_ && !keys_->contains(key))) {
        wrong = "has row " + std::to_string(row) + " under a key that is gone";
      } else {
        ++counts[key];
      }
    });
    if (!wrong && rows != linked_.count()) wrong = "has rows beyond its end";
    if (!wrong && pooled_ && rows != rows_.used()) wrong = "lost a slot of its rows";
    for (Slot key = 0; !wrong && key < counts.size(); ++key) wrong = group_invariant(key, counts[key]);
    return wrong;
  }
  std::optional<std::string> group_invariant(Slot key, std::uint32_t rows) const {
    if (own_lists_) return std::nullopt;
    const std::string slot = std::to_string(key);
    if ((row_counts_.reserved(key) ? row_counts_[key] : 0) != rows) return "miscounts the rows of key slot " + slot;
    if (!borrowed_ && keys_->contains(key) != (rows != 0)) return "has key slot " + slot + " without a row";
    if (!groups_kept_) return std::nullopt;
    if ((groups_.reserved(key) ? groups_[key].size() : 0) != rows) return "lists other rows of key slot " + slot;
    if (rows == 0) return std::nullopt;
    bool all_linked = true;
    groups_[key].for_each_unordered(
        [&](Slot row) { all_linked = all_linked && linked_.test(row) && key_of_[row] == key; });
    if (!all_linked) return "lists a row of key slot " + slot + " that is not there";
    if (!groups_[key].in_order(in_key_order())) return "has the rows of key slot " + slot + " out of order";
    return std::nullopt;
  }
  void make_groups() {
    if (grouped_) fill_groups();
    groups_kept_.store(true, std::memory_order_release);
  }
  void fill_groups() {
    linked_.for_each(rows_end_, [this](Slot row) {
      reserve_group(key_of_[row]);
      groups_[key_of_[row]].insert(row, in_key_order());
    });
  }
  void forget() {
    added_.clear();
    removed_.clear();
    new_keys_.clear();
    removed_keys_.clear();
  }

  std::shared_ptr<KeyTable<Key>> keys_;
  bool grouped_ = false;
  bool borrowed_ = false;
  bool pooled_ = true;  // row slots come from rows_
  std::atomic<bool> groups_kept_{false};
  mutable SpinLock making_groups_;
  bool own_lists_ = false;  // instead of groups_, always

  // The rest is for grouped spaces.
  SlotPool rows_;
  Slot rows_end_ = 0;
  SlotBits linked_;                     // by row
  Segments<Slot> key_of_;               // by row
  Segments<std::uint32_t> row_counts_;  // by key
  Segments<RowGroup> groups_;           // by key, while they are kept
  Slot groups_end_ = 0;

  static constexpr std::size_t kPerRowMax = 128;
  std::vector<PerRow> per_row_;  // of the nodes that share the space; each removes itself

  // Of the commit under way.
  Buffer<Slot> added_, removed_, new_keys_, removed_keys_, emptied_keys_;
};

}  // namespace freshet::detail
