// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "freshet/graph/detail/row_space.hpp"

namespace freshet::detail {

/// Pairs of rows of two collections, found by the row on either side. A pair may be without a right row.
///
/// Changes follow a commit: add() and remove(), then settle() or roll_back(). A pair that was removed still says of
/// which rows it was, until its slot is used again.
class PairTable {
 public:
  PairTable() = default;
  PairTable(const PairTable&) = delete;
  PairTable& operator=(const PairTable&) = delete;

  Slot left(Slot pair) const { return pairs_[pair].left; }
  /// kNoSlot: the pair is without one.
  Slot right(Slot pair) const { return pairs_[pair].right; }

  void add(Slot pair, Slot left, Slot right) {
    pairs_.reserve(pair);
    of_left_.reserve(left);
    if (right != kNoSlot) of_right_.reserve(right);
    undo_.push_back({pair, /*added=*/true});
    pairs_[pair] = {left, right, {}, {}};
    link(pair);
  }
  void remove(Slot pair) {
    undo_.push_back({pair, /*added=*/false});
    unlink(pair);
  }

  /// The first pair of a left row, or kNoSlot.
  Slot first_of_left(Slot left) const { return of_left_.reserved(left) ? of_left_[left] - 1 : kNoSlot; }
  /// Calls `visit(pair)` for each pair of a row, in no particular order; it may remove that pair.
  template <class Visit> void for_each_of_left(Slot left, Visit visit) const {
    for_each(of_left_, left, &Pair::by_left, visit);
  }
  template <class Visit> void for_each_of_right(Slot right, Visit visit) const {
    for_each(of_right_, right, &Pair::by_right, visit);
  }

  void settle() { undo_.clear(); }
  void roll_back() {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) undo->added ? unlink(undo->pair) : link(undo->pair);
    undo_.clear();
  }

  std::size_t bytes() const {
    return pairs_.bytes() + of_left_.bytes() + of_right_.bytes() + undo_.capacity() * sizeof(Undo);
  }

 private:
  // Numbers are one more than the pair's slot, so that zeroed storage means "none".
  struct Links {
    Slot next, previous;
  };
  struct Pair {
    Slot left, right;
    Links by_left, by_right;
  };
  struct Undo {
    Slot pair;
    bool added;
  };

  void link(Slot pair) {
    link(pair, of_left_[pairs_[pair].left], &Pair::by_left);
    if (right(pair) != kNoSlot) link(pair, of_right_[right(pair)], &Pair::by_right);
  }
  void link(Slot pair, Slot& head, Links Pair::*links) {
    pairs_[pair].*links = {head, 0};
    if (head != 0) (pairs_[head - 1].*links).previous = pair + 1;
    head = pair + 1;
  }
  void unlink(Slot pair) {
    unlink(pair, of_left_[pairs_[pair].left], &Pair::by_left);
    if (right(pair) != kNoSlot) unlink(pair, of_right_[right(pair)], &Pair::by_right);
  }
  void unlink(Slot pair, Slot& head, Links Pair::*links) {
    const Links here = pairs_[pair].*links;
    if (here.next != 0) (pairs_[here.next - 1].*links).previous = here.previous;
    (here.previous != 0 ? (pairs_[here.previous - 1].*links).next : head) = here.next;
  }
  template <class Visit> void for_each(const Segments<Slot>& heads, Slot row, Links Pair::*links, Visit visit) const {
    if (!heads.reserved(row)) return;
    for (Slot number = heads[row]; number != 0;) {
      const Slot next = (pairs_[number - 1].*links).next;
      if (next != 0) pairs_.prefetch(next - 1);
      visit(number - 1);
      number = next;
    }
  }

  Segments<Pair> pairs_;
  Segments<Slot> of_left_, of_right_;  // numbers of the first pairs, by row
  std::vector<Undo> undo_;
};

/// The rows of a join, under the keys of its left side.
///
/// While both sides have one row per key, a row is at the slot of its left row and there are no pairs. Otherwise rows
/// have slots of their own, one for each pair, in the order of the left row, then of the right one.
template <class Key, class RightKey> class JoinedSpace final : public RowSpace<Key> {
 public:
  JoinedSpace(std::shared_ptr<RowSpace<Key>> left, std::shared_ptr<RowSpace<RightKey>> right)
      : RowSpace<Key>(left->shared_keys(), left->grouped() || right->grouped() ? RowSpace<Key>::Shape::grouped
                                                                               : RowSpace<Key>::Shape::unique),
        left_(std::move(left)),
        right_(std::move(right)) {}

  bool sides_grouped() const { return left_->grouped() || right_->grouped(); }

  PairTable pairs;

 private:
  bool before_in_key(Slot a, Slot b) const override {
    if (pairs.left(a) != pairs.left(b)) return left_->before(pairs.left(a), pairs.left(b));
    if (pairs.right(a) == kNoSlot || pairs.right(b) == kNoSlot) return pairs.right(b) != kNoSlot;
    return right_->before(pairs.right(a), pairs.right(b));
  }

  std::shared_ptr<RowSpace<Key>> left_;        // shared with the left node
  std::shared_ptr<RowSpace<RightKey>> right_;  // shared with the right node
};

}  // namespace freshet::detail
