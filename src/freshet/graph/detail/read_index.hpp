// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/key_table.hpp"

namespace freshet::detail {

/// Which rows of a mapper read which keys of one collection: the tracked reads behind `places.get(key)`.
///
/// Each read is an edge between a row and a key, in a list of the key (whom to recompute) and a list of the row (what
/// to forget when it reads something else). The edges that a commit replaces stay until it is settled.
///
/// Cost: O(1) per read; a row that reads what it read before changes nothing.
template <class Key> class ReadIndex {
 public:
  /// Starts recording the reads of one row.
  void begin() { reading_.clear(); }

  void read(const Key& key) {
    Slot entry = keys_.find(key);
    if (entry == kNoSlot) {
      entry = keys_.add(key);
      unread_.push_back(entry);
    }
    note(entry + 1);
  }
  void read_all() { note(kWhole); }

  /// Ends recording: from now on `row` depends on what was read.
  void end(Slot row) {
    rows_.reserve(row);
    if (!same_as_before(row)) replace(row);
  }
  /// The row depends on nothing any more.
  void forget(Slot row) {
    if (!rows_.reserved(row) || rows_[row] == 0) return;
    reading_.clear();
    replace(row);
  }

  /// Calls `visit(row)` for each row that read `key`; rows may come more than once.
  template <class Visit> void for_each_reader(const Key& key, Visit visit) const {
    const Slot entry = keys_.find(key);
    if (entry != kNoSlot) for_each_in(entry + 1, visit);
  }
  /// Calls `visit(row)` for each row that read the collection as a whole.
  template <class Visit> void for_each_reader_of_all(Visit visit) const {
    if (readers_.reserved(kWhole)) for_each_in(kWhole, visit);
  }

  /// Calls `visit(key)` for each key that `row` read, null if it read all of them; in the order of reading.
  template <class Visit> void for_each_read(Slot row, Visit visit) const {
    if (!rows_.reserved(row)) return;
    for (Number edge = rows_[row]; edge != 0; edge = edges_[edge - 1].next_of_row) {
      const Slot entry = edges_[edge - 1].entry;
      visit(entry == kWhole ? nullptr : &keys_.key(entry - 1));
    }
  }

  /// What is wrong in here between commits. `has(row)`: whether there is such a row to read. Cost: O(reads), and the
  /// square of those of one row.
  template <class Has> std::optional<std::string> invariant(Has has) const {
    if (!undo_.empty() || !unread_.empty()) return "holds on to reads of a commit that is over";
    std::optional<std::string> wrong = keys_.invariant();
    std::size_t edges = 0;
    for (Slot entry = 0; !wrong && entry <= keys_.end(); ++entry) {
      if (!readers_.reserved(entry)) continue;
      const bool is_key = entry != kWhole && keys_.contains(entry - 1);
      if (entry != kWhole && is_key != (readers_[entry] != 0)) wrong = "remembers a key that nobody reads";
      for (Number edge = readers_[entry], last = 0; edge != 0 && !wrong; last = edge, edge = edges_[edge - 1].next) {
        ++edges;
        wrong = edge_invariant(edge, last, entry, has);
      }
    }
    if (!wrong && edges != edge_slots_.used()) wrong = "lost a read";
    return wrong;
  }

  std::size_t bytes() const {
    return keys_.bytes() + readers_.bytes() + rows_.bytes() + edges_.bytes() + edge_slots_.bytes();
  }

  void settle() {
    for (const Undo& undo : undo_) free_chain(undo.before);
    undo_.clear();
    drop_unread();
  }
  void roll_back() {
    for (auto undo = undo_.rbegin(); undo != undo_.rend(); ++undo) {
      free_chain(rows_[undo->row]);
      rows_[undo->row] = undo->before;
    }
    undo_.clear();
    drop_unread();
  }

 private:
  // Edge numbers are one more than their slot, so that zeroed storage means "none".
  using Number = Slot;
  static constexpr Slot kWhole = 0;  // the entry of reads of everything; key slots follow
  struct Edge {
    Slot row;
    Slot entry;
    Number previous, next;  // in the list of the entry
    Number next_of_row;
  };
  struct Undo {
    Slot row;
    Number before;
  };

  void note(Slot entry) {
    if (reading_.empty() || reading_.back() != entry) reading_.push_back(entry);
  }

  template <class Has>
  std::optional<std::string> edge_invariant(Number number, Number last, Slot entry, Has& has) const {
    const Edge& edge = edges_[number - 1];
    const std::string row = "row " + std::to_string(edge.row);
    if (edge.previous != last || edge.entry != entry) return "has the readers of a key in disorder, at " + row;
    if (!has(edge.row)) return "remembers what " + row + " read, which is gone";
    for (Number mine = rows_[edge.row]; mine != 0; mine = edges_[mine - 1].next_of_row) {
      if (mine == number) return std::nullopt;
    }
    return "would not forget a read of " + row;
  }

  bool same_as_before(Slot row) const {
    Number edge = rows_[row];
    for (const Slot entry : reading_) {
      if (edge == 0 || edges_[edge - 1].entry != entry) return false;
      edge = edges_[edge - 1].next_of_row;
    }
    return edge == 0;
  }

  void replace(Slot row) {
    undo_.push_back({row, rows_[row]});
    Number chain = 0;
    for (auto entry = reading_.rbegin(); entry != reading_.rend(); ++entry) chain = add_edge(row, *entry, chain);
    rows_[row] = chain;
  }

  Number add_edge(Slot row, Slot entry, Number next_of_row) {
    const Slot slot = edge_slots_.take();
    edges_.reserve(slot);
    readers_.reserve(entry);
    Number& head = readers_[entry];
    edges_[slot] = {row, entry, 0, head, next_of_row};
    if (head != 0) edges_[head - 1].previous = slot + 1;
    head = slot + 1;
    return slot + 1;
  }

  void free_chain(Number chain) {
    while (chain != 0) {
      const Edge& edge = edges_[chain - 1];
      if (edge.previous != 0) {
        edges_[edge.previous - 1].next = edge.next;
      } else {
        readers_[edge.entry] = edge.next;
      }
      if (edge.next != 0) edges_[edge.next - 1].previous = edge.previous;
      if (edge.entry != kWhole && readers_[edge.entry] == 0) unread_.push_back(edge.entry - 1);
      edge_slots_.give_back(chain - 1);
      chain = edge.next_of_row;
    }
  }

  void drop_unread() {
    for (const Slot entry : unread_) {
      if (!keys_.contains(entry) || (readers_.reserved(entry + 1) && readers_[entry + 1] != 0)) continue;
      keys_.remove(entry);
      keys_.release(entry);
    }
    unread_.clear();
  }

  template <class Visit> void for_each_in(Slot entry, Visit visit) const {
    if (!readers_.reserved(entry)) return;
    for (Number edge = readers_[entry]; edge != 0; edge = edges_[edge - 1].next) visit(edges_[edge - 1].row);
  }

  KeyTable<Key> keys_;
  Segments<Number> readers_;  // first edge, by entry
  Segments<Number> rows_;     // first edge, by row
  Segments<Edge> edges_;
  SlotPool edge_slots_;
  std::vector<Slot> reading_;  // entries that the row being computed has read so far
  std::vector<Undo> undo_;
  std::vector<Slot> unread_;  // key slots that may have no reader
};

}  // namespace freshet::detail
