// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/detail/collection_node.hpp"
#include "freshet/graph/detail/read_tracker.hpp"
#include "freshet/graph/detail/reference_lists.hpp"

namespace freshet::detail {

/// The key function of a join by equal keys.
struct SameKey {
  template <class Key, class Value> const Key& operator()(const Key& key, const Value&) const { return key; }
  bool same(const SameKey&) const { return true; }
  std::size_t hash() const { return 0; }
};

template <class T> inline constexpr bool is_optional = false;
template <class T> inline constexpr bool is_optional<std::optional<T>> = true;

/// Whether `Given`, what a key function gives, names a key of type `Key`.
template <class Given, class Key> constexpr bool names_key() {
  using Plain = std::remove_cvref_t<Given>;
  if constexpr (std::is_convertible_v<Plain, Key>) {
    return true;
  } else if constexpr (is_optional<Plain>) {
    return std::is_convertible_v<typename Plain::value_type, Key>;
  } else {
    return false;
  }
}

/// Refuses collections inside of key and time functions: such reads are not tracked.
class NoReads final : public ReadTracker {
 public:
  void read_key(const NodeBase& node, const void*) override { refuse(node); }
  void read_all(const NodeBase& node) override { refuse(node); }

 private:
  [[noreturn]] static void refuse(const NodeBase& node) {
    throw Failure(Error{.code = ErrorCode::refused,
                        .primary = "a key or time function of a join reads '" + node.name() + "'",
                        .hint = "it may look at its own row only"});
  }
};

/// Which key of the right side each row of the left side refers to, and which rows refer to each key.
///
/// Rows whose key the right side has are listed under that key's slot, so that a present key is stored once, with its
/// owner. Rows whose key is missing wait in a table of missing keys; when the right side gets the key or loses it, the
/// whole list moves.
///
/// Follows a commit: follow_right(), then resolve() and refer() for the left's changes; settle() or roll_back().
template <class Key, class Left, class RightKey, class Right> class ReferenceIndex {
 public:
  using LeftNode = CollectionNode<Key, Left>;
  using RightNode = CollectionNode<RightKey, Right>;

  ReferenceIndex(const LeftNode& left, const RightNode& right) : left_(left), right_(right) {
    if (right.space().grouped()) count_right();
  }

  const ReferenceLists& lists() const { return lists_; }
  Target target(Slot row) const { return lists_.target(row); }
  /// Whether the right side has rows under the key.
  bool has_rows(Slot right_key) const {
    if (!counting_) return right_.present().test(right_key);
    return counts_.reserved(right_key) && counts_[right_key] != 0;
  }
  /// The list of the rows that refer to a key of the right side, whether or not that has it (any more).
  Target list_of(Slot right_key) const {
    if (has_rows(right_key)) return Target::partner(right_key);
    const Slot entry = waiting_.size() == 0 ? kNoSlot : waiting_.find(right_.space().keys().key(right_key));
    return entry == kNoSlot ? Target::nothing() : Target::waiting(entry);
  }

  /// Makes the row refer to `target`, Target() to forget it; whether that is new.
  bool refer(Slot row, Target target) {
    const Target before = lists_.refer(row, target);
    if (before == target) return false;
    if (before.is_waiting()) loosened_.push_back(before.slot());
    return true;
  }

  /// Takes in which keys the right side got and lost in this commit.
  void follow_right() {
    if (right_.space().grouped() && !counting_) count_right();
    for (const auto& delta : right_.deltas()) {
      ++followed_;
      if ((delta.before == nullptr) == (delta.after == nullptr)) continue;
      const bool came = delta.after != nullptr;
      const Slot key = right_.space().key_slot(delta.row);
      if (counting_) {
        counts_.reserve(key);
        counts_[key] += came ? 1 : -1;
        if (counts_[key] != (came ? 1 : 0)) continue;
      }
      came ? fetch_waiting(key) : send_to_wait(key);
    }
  }

  /// Calls `visit(delta, target, error)` for each delta of the left side: what its row refers to now (nothing known if
  /// it is gone), or what its key function threw. `prefetch(row, right_key)` is called for rows that come soon, with
  /// the right key (or kNoSlot) that it most likely refers to.
  template <class KeyOf, class Prefetch, class Visit>
  void resolve(std::span<const RowDelta<Left>> deltas, const KeyOf& key_of, Prefetch prefetch, Visit visit) {
    while (!deltas.empty()) {
      const auto block = deltas.first(std::min(kBlock, deltas.size()));
      find_keys(block, key_of);
      bring_near(block, prefetch);
      for (std::size_t i = 0; i < block.size(); ++i) {
        const Lookup& lookup = lookups_[i];
        visit(block[i], block[i].after != nullptr ? find_target(lookup) : Target(),
              lookup.error.empty() ? nullptr : &lookup.error);
      }
      deltas = deltas.subspan(block.size());
    }
  }

  void settle() {
    followed_ = 0;
    lists_.settle();
    drop_unused();
  }
  void roll_back() {
    for (; counting_ && followed_ > 0; --followed_) {
      const auto& delta = right_.deltas()[followed_ - 1];
      if ((delta.before == nullptr) == (delta.after == nullptr)) continue;
      counts_[right_.space().key_slot(delta.row)] -= delta.after != nullptr ? 1 : -1;
    }
    followed_ = 0;
    lists_.roll_back();
    drop_unused();
  }

  std::size_t bytes() const { return lists_.bytes() + waiting_.bytes() + counts_.bytes(); }

  /// See NodeBase::invariant.
  std::optional<std::string> invariant() const {
    if (auto wrong = lists_.invariant()) return wrong;
    std::optional<std::string> wrong;
    const auto object = [&](Slot row, const char* to) { wrong = "row " + std::to_string(row) + " " + to; };
    left_.present().for_each(left_.space().end(), [&](Slot row) {
      if (!target(row).known()) object(row, "of the left side refers to something unknown");
    });
    lists_.for_each_known([&](Slot row, Target target) {
      if (!left_.present().test(row)) object(row, "refers to something, but the left side has it not");
      if (target.is_partner() && !has_rows(target.slot())) object(row, "refers to a key that is gone");
      if (!target.is_waiting()) return;
      if (!waiting_.contains(target.slot())) return object(row, "waits for a key that is not known");
      const Slot key = right_.space().keys().find(waiting_.key(target.slot()));
      if (key != kNoSlot && has_rows(key)) object(row, "waits for a key that is there");
    });
    return wrong;
  }

 private:
  /// Rows that are looked up together: the cache misses of one overlap with those of the others.
  static constexpr std::size_t kBlock = 16;

  struct Lookup {
    const RightKey* key = nullptr;  // null: refers to nothing
    std::optional<RightKey> own;    // what `key` points to, if the key function made it
    std::size_t hash = 0;
    Slot candidate = kNoSlot;
    std::string error;
  };

  template <class KeyOf> void find_keys(std::span<const RowDelta<Left>> block, const KeyOf& key_of) {
    NoReads no_reads;  // key functions may not read collections
    const TrackerScope refused(no_reads);
    for (std::size_t i = 0; i < block.size(); ++i) {
      Lookup& lookup = lookups_[i];
      lookup.key = nullptr;
      lookup.candidate = kNoSlot;
      if (!lookup.error.empty()) lookup.error.clear();
      lists_.prefetch(block[i].row);
      if (block[i].after == nullptr) continue;
      try {
        keep(lookup, key_of(left_.space().key(block[i].row), *block[i].after));
      } catch (const std::exception& error) {
        lookup.error = error.what();
        if (lookup.error.empty()) lookup.error = "the key function failed";
      } catch (...) {
        lookup.error = "the key function threw something that is not a std::exception";
      }
      if (lookup.key == nullptr) continue;
      lookup.hash = hash_of(*lookup.key);
      right_.space().keys().prefetch(lookup.hash);
    }
  }
  template <class Given> void keep(Lookup& lookup, Given&& given) {
    if constexpr (std::is_same_v<std::remove_cvref_t<Given>, RightKey> && std::is_lvalue_reference_v<Given>) {
      lookup.key = &given;
    } else if constexpr (std::is_convertible_v<Given, RightKey>) {
      lookup.own = static_cast<RightKey>(std::forward<Given>(given));
      lookup.key = &*lookup.own;
    } else {
      if (given) keep(lookup, *std::forward<Given>(given));
    }
  }

  template <class Prefetch> void bring_near(std::span<const RowDelta<Left>> block, Prefetch prefetch) {
    if (block.size() == 1 && block[0].after == nullptr) return;
    for (std::size_t i = 0; i < block.size(); ++i) {
      Lookup& lookup = lookups_[i];
      lists_.prefetch_home(block[i].row);
      if (lookup.key != nullptr) lookup.candidate = right_.space().keys().prefetch_key(lookup.hash);
      if (lookup.candidate != kNoSlot) lists_.prefetch_head(Target::partner(lookup.candidate));
      prefetch(block[i].row, lookup.candidate);
    }
    if (block.size() == 1) return;
    for (std::size_t i = 0; i < block.size(); ++i) {
      if (const Slot candidate = lookups_[i].candidate; candidate != kNoSlot) {
        lists_.prefetch_rows(Target::partner(candidate));
      }
    }
  }

  Target find_target(const Lookup& lookup) {
    if (lookup.key == nullptr) return Target::nothing();
    const Slot key = right_.space().keys().find(*lookup.key, lookup.hash);
    return key != kNoSlot && has_rows(key) ? Target::partner(key) : waiting_for(*lookup.key, lookup.hash);
  }
  Target waiting_for(const RightKey& key, std::size_t hash) {
    Slot entry = waiting_.find(key, hash);
    if (entry == kNoSlot) {
      entry = waiting_.add(key, hash);
      loosened_.push_back(entry);
    }
    return Target::waiting(entry);
  }

  void fetch_waiting(Slot right_key) {
    if (waiting_.size() == 0) return;
    const Slot entry = waiting_.find(right_.space().keys().key(right_key));
    if (entry == kNoSlot) return;
    lists_.move(Target::waiting(entry), Target::partner(right_key));
    loosened_.push_back(entry);
  }
  void send_to_wait(Slot right_key) {
    if (lists_.empty(Target::partner(right_key))) return;
    const RightKey& key = right_.space().keys().key(right_key);
    lists_.move(Target::partner(right_key), waiting_for(key, hash_of(key)));
  }

  /// Counts the right side's rows by key, as they were before the commit under way.
  void count_right() {
    right_.present().for_each(right_.space().end(), [&](Slot row) { count(row, 1); });
    if (right_.core().propagating()) {
      for (const auto& delta : right_.deltas()) {
        if (delta.before != nullptr && delta.after == nullptr) count(delta.row, 1);
        if (delta.before == nullptr && delta.after != nullptr) count(delta.row, -1);
      }
    }
    counting_ = true;
  }
  void count(Slot row, int by) {
    const Slot key = right_.space().key_slot(row);
    counts_.reserve(key);
    counts_[key] += by;
  }

  /// Forgets missing keys that nobody waits for any more.
  void drop_unused() {
    for (const Slot entry : loosened_) {
      if (!waiting_.contains(entry) || !lists_.empty(Target::waiting(entry))) continue;
      waiting_.remove(entry);
      waiting_.release(entry);
    }
    loosened_.clear();
  }

  const LeftNode& left_;
  const RightNode& right_;
  ReferenceLists lists_;
  KeyTable<RightKey> waiting_;          // keys that rows refer to and the right side has not
  std::vector<Slot> loosened_;          // entries of it that may have no rows
  bool counting_ = false;               // since the right side is grouped
  Segments<std::int32_t> counts_;       // rows of the right side, by key; while counting
  std::size_t followed_ = 0;            // deltas of the right side taken in
  std::array<Lookup, kBlock> lookups_;  // a buffer
};

}  // namespace freshet::detail
