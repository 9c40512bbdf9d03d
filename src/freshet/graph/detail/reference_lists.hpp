// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/graph/detail/key_table.hpp"
#include "freshet/graph/detail/segments.hpp"

namespace freshet::detail {

/// What a row refers to: a key that the other side has, a key that it waits for, or nothing. In four bytes.
class Target {
 public:
  /// Of a row that is not known.
  Target() = default;
  static Target nothing() { return Target(1); }
  static Target partner(Slot key) { return Target(shifted(key) | 2); }
  static Target waiting(Slot entry) { return Target(shifted(entry) | 3); }

  bool known() const { return word_ != 0; }
  bool is_partner() const { return (word_ & 3) == 2; }
  bool is_waiting() const { return (word_ & 3) == 3; }
  /// Whether it is a partner or waiting, and so has a list.
  bool has_list() const { return (word_ & 2) != 0; }
  Slot slot() const { return word_ >> 2; }
  bool operator==(const Target&) const = default;

 private:
  friend class ReferenceLists;
  explicit Target(Slot word) : word_(word) {}
  static Slot shifted(Slot slot) {
    FRESHET_ASSERT(slot < Slot{1} << 30);
    return slot << 2;
  }

  Slot word_ = 0;
};

/// Which rows refer to what, both ways: the target of a row, and the rows of a target in no particular order.
///
/// A row costs four bytes, a target eight, and a target with more than two rows has them in chunks of a cache line, so
/// that whoever walks through the rows of a target misses the cache once for thirteen of them. A row that goes leaves a
/// hole in its chunk; new ones fill the holes of the first chunk.
///
/// Changes follow a commit: refer() and move(), then settle() or roll_back().
///
/// Invariants: 1. the cell of a row is its target if the row is in the target's head, its chunk otherwise; 2. no chunk
/// is empty; 3. the chunks of a target have it as their owner.
class ReferenceLists {
 public:
  ReferenceLists() = default;
  ReferenceLists(const ReferenceLists&) = delete;
  ReferenceLists& operator=(const ReferenceLists&) = delete;

  Target target(Slot row) const {
    if (!cells_.reserved(row)) return {};
    const Slot cell = cells_[row];
    return is_chunk(cell) ? chunk_of(cell).owner : Target(cell);
  }
  bool empty(Target list) const {
    const auto& heads = heads_of(list);
    return !heads.reserved(list.slot()) || (heads[list.slot()].first == 0 && heads[list.slot()].second == 0);
  }

  /// Makes `row` refer to `target`, Target() to forget it; what it referred to before.
  Target refer(Slot row, Target target) {
    cells_.reserve(row);
    if (row >= end_) end_ = row + 1;
    const Target before = this->target(row);
    if (before == target) return before;
    undo_.push_back({row, before, {}});
    detach(row);
    attach(row, target);
    return before;
  }
  /// Makes the rows of `from` refer to `to`. Requires: nothing refers to `to`.
  void move(Target from, Target to) {
    if (empty(from)) return;
    heads_of(to).reserve(to.slot());
    undo_.push_back({0, from, to});
    move_all(from, to);
  }

  /// Calls `visit(row)` for each row of the list; before, `near(row)` for those that come soon.
  template <class Near, class Visit> void for_each(Target list, Near near, Visit visit) const {
    if (empty(list)) return;
    const Head head = heads_of(list)[list.slot()];
    if (is_row(head.first)) visit(row_in(head.first));
    if (is_row(head.second)) visit(row_in(head.second));
    if (head.first == 0 || is_row(head.first)) return;
    for (Slot number = head.first; number != 0;) {
      const Chunk& chunk = chunk_of(number);
      if (chunk.next != 0) chunks_.prefetch((chunk.next >> 2) - 1);
      for (const Slot row : chunk.rows) {
        if (row != 0) near(row - 1);
      }
      for (const Slot row : chunk.rows) {
        if (row != 0) visit(row - 1);
      }
      number = chunk.next;
    }
  }
  /// Calls `visit(row, target)` for each row that is known, in order.
  template <class Visit> void for_each_known(Visit visit) const {
    for (Slot row = 0; row < end_; ++row) {
      if (const Target here = target(row); here.known()) visit(row, here);
    }
  }

  // Bringing near, step by step: what a row refers to; where its list has it; the first rows of a list.
  void prefetch(Slot row) const { cells_.prefetch(row); }
  void prefetch_home(Slot row) const {
    if (!cells_.reserved(row)) return;
    const Slot cell = cells_[row];
    if (is_chunk(cell)) return chunks_.prefetch((cell >> 2) - 1);
    if (Target(cell).has_list()) prefetch_head(Target(cell));
  }
  void prefetch_head(Target list) const { heads_of(list).prefetch(list.slot()); }
  void prefetch_rows(Target list) const {
    if (empty(list)) return;
    const Slot first = heads_of(list)[list.slot()].first;
    if (is_chunk(first)) chunks_.prefetch((first >> 2) - 1);
  }
  /// Calls `near(row)` for the first rows of the list.
  template <class Near> void prefetch_each(Target list, Near near) const {
    if (empty(list)) return;
    const Head head = heads_of(list)[list.slot()];
    if (is_row(head.first)) near(row_in(head.first));
    if (is_row(head.second)) near(row_in(head.second));
    if (!is_chunk(head.first)) return;
    for (const Slot row : chunk_of(head.first).rows) {
      if (row != 0) near(row - 1);
    }
  }

  void settle() { undo_.clear(); }
  void roll_back() {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
      if (undo->moved_to.known()) {
        move_all(undo->moved_to, undo->before);
      } else {
        detach(undo->row);
        attach(undo->row, undo->before);
      }
    }
    undo_.clear();
  }

  std::size_t bytes() const {
    return cells_.bytes() + heads_[0].bytes() + heads_[1].bytes() + chunks_.bytes() + chunk_slots_.bytes() +
           undo_.capacity() * sizeof(Undo);
  }

  /// What is wrong, in a sentence; nothing if all is well.
  std::optional<std::string> invariant() const {
    std::optional<std::string> wrong;
    for_each_known([&](Slot row, Target target) {
      std::size_t found = target.has_list() ? 0 : 1;
      for_each(
          target, [](Slot) {}, [&](Slot other) { found += other == row ? 1 : 0; });
      if (found != 1) wrong = "row " + std::to_string(row) + " is not in the list of what it refers to";
    });
    return wrong;
  }

 private:
  // Numbers of rows and chunks are one more than their slot, and shifted to tell them apart; zero means none.
  struct Head {
    Slot first;   // a row or the first chunk
    Slot second;  // a row, if first is not a chunk
  };
  static constexpr std::size_t kChunkRows = 13;
  struct Chunk {
    Target owner;
    Slot next, previous;
    std::array<Slot, kChunkRows> rows;  // one more than the row; 0: a hole
  };
  struct Undo {
    Slot row;
    Target before;
    Target moved_to;  // known: the rows of `before` went there
  };

  static bool is_row(Slot number) { return (number & 1) != 0; }
  static Slot row_in(Slot number) { return number >> 1; }
  static Slot row_number(Slot row) { return (row << 1) | 1; }
  static bool is_chunk(Slot number) { return number != 0 && (number & 3) == 0; }
  Chunk& chunk_of(Slot number) const { return chunks_[(number >> 2) - 1]; }

  Segments<Head>& heads_of(Target list) { return heads_[list.is_waiting() ? 1 : 0]; }
  const Segments<Head>& heads_of(Target list) const { return heads_[list.is_waiting() ? 1 : 0]; }

  void attach(Slot row, Target target) {
    if (!target.has_list()) return void(cells_[row] = target.word_);
    auto& heads = heads_of(target);
    heads.reserve(target.slot());
    Head& head = heads[target.slot()];
    if (is_chunk(head.first)) return attach_to_chunk(row, target, head);
    if (head.first == 0 || head.second == 0) {
      (head.first == 0 ? head.first : head.second) = row_number(row);
      cells_[row] = target.word_;
      return;
    }
    const Slot number = new_chunk(target, 0);
    Chunk& chunk = chunk_of(number);
    chunk.rows[0] = row_in(head.first) + 1;
    chunk.rows[1] = row_in(head.second) + 1;
    chunk.rows[2] = row + 1;
    for (std::size_t i = 0; i < 3; ++i) cells_[chunk.rows[i] - 1] = number;
    head = {number, 0};
  }
  void attach_to_chunk(Slot row, Target target, Head& head) {
    std::size_t hole = find_in(chunk_of(head.first), 0);
    if (hole == kChunkRows) {
      const Slot number = new_chunk(target, head.first);
      chunk_of(head.first).previous = number;
      head.first = number;
      hole = 0;
    }
    chunk_of(head.first).rows[hole] = row + 1;
    cells_[row] = head.first;
  }

  void detach(Slot row) {
    const Slot cell = std::exchange(cells_[row], 0);
    if (is_chunk(cell)) return detach_from_chunk(row, cell);
    const Target target(cell);
    if (!target.has_list()) return;
    Head& head = heads_of(target)[target.slot()];
    (head.first == row_number(row) ? head.first : head.second) = 0;
  }
  void detach_from_chunk(Slot row, Slot number) {
    Chunk& chunk = chunk_of(number);
    chunk.rows[find_in(chunk, row + 1)] = 0;
    std::size_t left = 0;
    Slot last = 0;
    for (const Slot other : chunk.rows) {
      left += other != 0 ? 1 : 0;
      last = last | other;  // the one that is left, if there is one
    }
    if (left > 1 || (left == 1 && (chunk.next != 0 || chunk.previous != 0))) return;
    Head& head = heads_of(chunk.owner)[chunk.owner.slot()];
    if (chunk.next != 0) chunk_of(chunk.next).previous = chunk.previous;
    (chunk.previous != 0 ? chunk_of(chunk.previous).next : head.first) = chunk.next;
    if (left == 1) {
      head.first = row_number(last - 1);
      cells_[last - 1] = chunk.owner.word_;
    }
    chunk_slots_.give_back((number >> 2) - 1);
  }

  void move_all(Target from, Target to) {
    Head& source = heads_of(from)[from.slot()];
    Head& head = heads_of(to)[to.slot()];
    FRESHET_ASSERT(head.first == 0 && head.second == 0);
    head = std::exchange(source, Head{0, 0});
    if (is_row(head.first)) cells_[row_in(head.first)] = to.word_;
    if (is_row(head.second)) cells_[row_in(head.second)] = to.word_;
    if (!is_chunk(head.first)) return;
    for (Slot number = head.first; number != 0; number = chunk_of(number).next) chunk_of(number).owner = to;
  }

  Slot new_chunk(Target owner, Slot next) {
    const Slot slot = chunk_slots_.take();
    FRESHET_ASSERT(slot < (Slot{1} << 30) - 1);
    chunks_.reserve(slot);
    chunks_[slot] = {owner, next, 0, {}};
    return (slot + 1) << 2;
  }
  static std::size_t find_in(const Chunk& chunk, Slot wanted) {
    std::size_t at = 0;
    while (at < kChunkRows && chunk.rows[at] != wanted) ++at;
    return at;
  }

  Segments<Slot> cells_;                 // by row
  std::array<Segments<Head>, 2> heads_;  // by slot of a partner, of a key waited for
  Segments<Chunk> chunks_;
  SlotPool chunk_slots_;
  Slot end_ = 0;
  std::vector<Undo> undo_;
};

}  // namespace freshet::detail
