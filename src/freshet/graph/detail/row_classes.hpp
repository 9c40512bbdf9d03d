// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/collection_node.hpp"
#include "freshet/graph/detail/sorted_blocks.hpp"

namespace freshet::detail {

/// The rows of some collections in classes: those with equal keys and equal values are one class.
///
/// What the set verbs go by. A class knows its rows of each source; with `kInOrder` they are in the order of the
/// source, else in any. Keys and values are not copied: a class is what any of its rows is.
///
/// Invariants: 1. between commits each row of each source is in exactly one class, and no class is empty; 2. a class is
/// in the index exactly while it has rows; 3. the slot of a class that lost its last row is not used again before the
/// commit is settled.
/// Cost: O(log rows of the class) for each changed row, however many rows its key has.
template <class Key, class Value, std::size_t kSources, bool kInOrder> class RowClasses {
 public:
  using Source = CollectionNode<Key, Value>;
  using Rows = SortedBlocks<Slot>;

  explicit RowClasses(std::array<const Source*, kSources> sources) : sources_(sources) {
    for (std::size_t i = 0; i < kSources; ++i) {
      sources[i]->present().for_each(sources[i]->space().end(),
                                     [&](Slot row) { put_in(i, row, *sources[i]->value(row), [](Slot) {}); });
    }
    settle();
  }

  const Source& source(std::size_t i) const { return *sources_[i]; }
  /// The class of a row, or kNoSlot if the row is gone.
  Slot class_of(std::size_t source, Slot row) const {
    return class_of_[source].reserved(row) ? class_of_[source][row] - 1 : kNoSlot;
  }
  const Rows& rows(Slot of_class, std::size_t source) const { return classes_.at(of_class).rows[source]; }

  /// Applies what changed in the sources. Calls `touch(class)` for each class before it changes for the first time.
  template <class Touch> void update(Touch touch) {
    const auto first_touch = [&](Slot of_class) {
      if (!touched_.claim(of_class)) return;
      touched_list_.push_back(of_class);
      touch(of_class);
    };
    // First everything that goes leaves, so that what a class is can be told from the rows that are left.
    for (std::size_t i = 0; i < kSources; ++i) {
      for (const auto& delta : sources_[i]->deltas()) {
        if (delta.before != nullptr) take_out(i, delta.row, first_touch);
      }
    }
    for (std::size_t i = 0; i < kSources; ++i) {
      for (const auto& delta : sources_[i]->deltas()) {
        if (delta.after != nullptr) put_in(i, delta.row, *delta.after, first_touch);
      }
    }
  }
  void settle() {
    for (const Slot emptied : emptied_) release(emptied);
    forget();
  }
  void roll_back() {
    for (auto move = moves_.rbegin(); move != moves_.rend(); ++move) undo(*move);
    forget();
  }

  std::size_t bytes() const {
    std::size_t sum = classes_.bytes() + index_.bytes() + touched_.bytes();
    for (const auto& of_source : class_of_) sum += of_source.bytes();
    return sum;
  }

  /// See NodeBase::invariant().
  std::optional<std::string> invariant() const {
    std::size_t listed = 0;
    std::size_t present = 0;
    std::optional<std::string> wrong;
    classes_.present().for_each(classes_.end(), [&](Slot of_class) {
      const Class& each = classes_.at(of_class);
      if (each.empty()) wrong = "class " + std::to_string(of_class) + " is empty";
      for (const Rows& rows : each.rows) listed += rows.size();
    });
    for (std::size_t i = 0; i < kSources && !wrong; ++i) {
      sources_[i]->present().for_each(sources_[i]->space().end(), [&](Slot row) {
        ++present;
        const Slot of_class = class_of(i, row);
        const bool found = of_class != kNoSlot && find(i, row, *sources_[i]->value(row)) == of_class;
        if (!found) wrong = "row " + std::to_string(row) + " is not in the class of its key and value";
      });
    }
    if (!wrong && listed != present) {
      wrong = "the classes list " + std::to_string(listed) + " rows of " + std::to_string(present);
    }
    return wrong;
  }

 private:
  struct Class {
    std::size_t hash = 0;
    std::array<Rows, kSources> rows;

    bool empty() const {
      for (const Rows& each : rows) {
        if (!each.empty()) return false;
      }
      return true;
    }
  };
  /// A row that left its class or came into one.
  struct Move {
    std::size_t source;
    Slot row;
    Slot left;  // kNoSlot: it came
  };

  auto before(std::size_t source) const {
    return [this, source](Slot a, Slot b) { return kInOrder ? sources_[source]->space().before(a, b) : a < b; };
  }
  std::size_t hash_of_row(std::size_t source, Slot row, const Value& value) const {
    return combine(freshet::hash_of(sources_[source]->space().key(row)), freshet::hash_of(value));
  }
  /// The class of rows like this one, or kNoSlot. Requires: the rows in the index have the values they have now.
  Slot find(std::size_t source, Slot row, const Value& value) const {
    return find(hash_of_row(source, row, value), sources_[source]->space().key(row), value);
  }
  Slot find(std::size_t hash, const Key& key, const Value& value) const {
    return index_.find(hash, [&](Slot of_class) {
      const Class& candidate = classes_.at(of_class);
      std::size_t i = 0;
      while (candidate.rows[i].empty()) ++i;
      const Slot like = candidate.rows[i].front();
      return equal(*sources_[i]->value(like), value) && equal(sources_[i]->space().key(like), key);
    });
  }

  template <class Touch> void take_out(std::size_t source, Slot row, Touch touch) {
    Slot& of_row = class_of_[source][row];
    const Slot left = of_row - 1;
    touch(left);
    moves_.push_back({source, row, left});
    Class& here = classes_.at(left);
    here.rows[source].erase(row, before(source));
    of_row = 0;
    if (!here.empty()) return;
    index_.erase(here.hash, left);
    emptied_.push_back(left);
  }
  template <class Touch> void put_in(std::size_t source, Slot row, const Value& value, Touch touch) {
    class_of_[source].reserve(row);
    const std::size_t hash = hash_of_row(source, row, value);
    Slot into = find(hash, sources_[source]->space().key(row), value);
    const bool made = into == kNoSlot;
    if (made) {
      into = slots_.take();
      classes_.emplace(into).hash = hash;
    }
    touch(into);
    moves_.push_back({source, row, kNoSlot});
    classes_.at(into).rows[source].insert(row, before(source));
    class_of_[source][row] = into + 1;
    if (made) index_.insert(hash, into);
  }

  void undo(const Move& move) {
    Slot& of_row = class_of_[move.source][move.row];
    if (move.left == kNoSlot) {
      const Slot into = std::exchange(of_row, 0) - 1;
      if (into == kNoSlot) return;  // it had not come in yet
      Class& here = classes_.at(into);
      here.rows[move.source].erase(move.row, before(move.source));
      if (!here.empty()) return;
      index_.erase(here.hash, into);
      release(into);
    } else if (of_row == 0) {
      Class& here = classes_.at(move.left);
      if (here.empty()) index_.insert(here.hash, move.left);
      here.rows[move.source].insert(move.row, before(move.source));
      of_row = move.left + 1;
    }
  }
  void release(Slot of_class) {
    classes_.erase(of_class);
    slots_.give_back(of_class);
  }
  void forget() {
    for (const Slot of_class : touched_list_) touched_.clear(of_class);
    touched_list_.clear();
    moves_.clear();
    emptied_.clear();
  }

  std::array<const Source*, kSources> sources_;
  std::array<Segments<Slot>, kSources> class_of_;  // by row: one more than the class; 0: the row is not there
  Column<Class> classes_;
  SlotPool slots_;
  SlotIndex index_;  // of classes, by key and value

  // Of the commit under way.
  std::vector<Move> moves_;
  std::vector<Slot> emptied_;
  SlotBits touched_;
  std::vector<Slot> touched_list_;
};

}  // namespace freshet::detail
