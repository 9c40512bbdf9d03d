// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/detail/key_table.hpp"
#include "freshet/model/compare.hpp"

namespace freshet::detail {

/// The number of a derivation: one more than its slot, so that zeroed storage means "none".
using Derived = Slot;

/// The rows of a recursion and the derivations between them: the candidates for each row's value, each with the row it
/// follows from.
///
/// It keeps the lists and can undo what a commit did to them; what they mean is for Fixpoint to say.
///
/// Invariants: 1. a derivation is in the list of the row it leads to exactly while it is linked; 2. what a commit
/// unlinks stays readable, at its number, until settle().
template <class Value> class SupportGraph {
 public:
  struct Derivation {
    Slot from;  // kNoSlot: a seed
    Slot to;
    Derived next_of_from;    // of a seed: the row of the source
    Derived previous, next;  // in the list of `to`
    Value value;
  };

  enum Flag : std::uint32_t {
    kSettled = 1,   // has its value, and a support that has its own
    kStale = 2,     // read something that changed
    kTouched = 4,   // is in touched()
    kBarred = 8,    // derives nothing more in this commit
    kDoubted = 16,  // its support is gone; whether it has another is not known yet
    kRound = 32,    // the bits from here count derivations in this commit
  };
  static constexpr std::uint32_t kRoundsMax = 1 << 26;

  struct Row {
    Derived in, out;  // heads of the lists of what leads here and of what follows from here
    Derived support;  // what gives the row its value; of one that is not settled: the best that was offered
    std::uint32_t flags;
    std::uint64_t rank;  // more than that of the row that supports this one

    bool has(Flag flag) const { return (flags & flag) != 0; }
    std::uint32_t rounds() const { return flags / kRound; }
  };

  /// What a row was when the commit began.
  struct Touched {
    Slot row;
    Derived support;
    std::uint32_t flags;
    std::uint64_t rank;
  };

  SupportGraph() = default;
  SupportGraph(const SupportGraph&) = delete;
  SupportGraph& operator=(const SupportGraph&) = delete;
  ~SupportGraph() {
    if constexpr (!std::is_trivially_destructible_v<Value>) {
      live_.for_each(slots_.end(), [&](Slot slot) { std::destroy_at(&cells_[slot]); });
    }
  }

  Row& row(Slot slot) const { return rows_[slot]; }
  Derivation& operator[](Derived number) const { return cells_[number - 1]; }
  void prefetch_row(Slot slot) const { rows_.prefetch(slot); }

  /// Makes a row usable that may be new.
  void use(Slot slot) {
    rows_.reserve(slot);
    if (slot >= rows_end_) rows_end_ = slot + 1;
    if (rows_[slot].flags == 0) touch(slot);  // neither here nor on its way: it may go with this commit
  }
  /// Remembers what the row was. Call it before changing support, rank or flags.
  Row& touch(Slot slot) {
    Row& row = rows_[slot];
    if (row.has(kTouched)) return row;
    touched_.push_back({slot, row.support, row.flags, row.rank});
    row.flags |= kTouched;
    return row;
  }
  const std::vector<Touched>& touched() const { return touched_; }
  Slot rows_end() const { return rows_end_; }

  /// A new derivation, linked to its target. Requires: use(to) was called.
  Derived add(Slot from, Slot to, Value&& value) {
    const Slot slot = slots_.take();
    cells_.reserve(slot);
    std::construct_at(&cells_[slot], Derivation{from, to, 0, 0, rows_[to].in, std::move(value)});
    if constexpr (!std::is_trivially_destructible_v<Value>) live_.set(slot);
    const Derived number = slot + 1;
    if (rows_[to].in != 0) (*this)[rows_[to].in].previous = number;
    rows_[to].in = number;
    log_.push_back({number, true});
    return number;
  }
  void unlink(Derived number) {
    take_out(number);
    log_.push_back({number, false});
  }
  /// Whether the derivation still counts.
  bool linked(Derived number) const {
    const Derivation& it = (*this)[number];
    return (it.previous != 0 ? (*this)[it.previous].next : rows_[it.to].in) == number;
  }
  void revalue(Derived number, Value&& value) {
    replaced_.push_back({number, std::exchange((*this)[number].value, std::move(value))});
  }

  /// Makes `numbers` all that follows from the row; `before` is what did.
  void chain(Slot from, const std::vector<Derived>& before, const std::vector<Derived>& numbers) {
    chains_.push_back({from, static_cast<std::uint32_t>(before.size())});
    chained_.insert(chained_.end(), before.begin(), before.end());
    link_chain(from, numbers.data(), numbers.size());
  }

  template <class Visit> void for_each_to(Slot slot, Visit visit) const {
    for (Derived number = rows_[slot].in; number != 0; number = (*this)[number].next) visit(number, (*this)[number]);
  }
  template <class Visit> void for_each_from(Slot slot, Visit visit) const {
    for (Derived number = rows_[slot].out; number != 0;) {
      const Derivation& it = (*this)[number];
      const Derived next = it.next_of_from;
      visit(number, it);
      number = next;
    }
  }

  void settle() {
    for (const Change& change : log_) {
      if (!change.added) release(change.number);
    }
    for (const Touched& touched : touched_) rows_[touched.row].flags &= kSettled;
    forget();
  }
  void roll_back() {
    for (auto old = replaced_.rbegin(); old != replaced_.rend(); ++old)
      (*this)[old->number].value = std::move(old->value);
    for (auto change = log_.rbegin(); change != log_.rend(); ++change) {
      if (!change->added) {
        put_back(change->number);
      } else {
        take_out(change->number);
        release(change->number);
      }
    }
    for (auto it = chains_.rbegin(); it != chains_.rend(); ++it) {
      link_chain(it->from, chained_.data() + chained_.size() - it->count, it->count);
      chained_.resize(chained_.size() - it->count);
    }
    for (const Touched& touched : touched_) {
      Row& row = rows_[touched.row];
      row.support = touched.support;
      row.flags = touched.flags;
      row.rank = touched.rank;
    }
    forget();
  }

  std::size_t bytes() const {
    return rows_.bytes() + cells_.bytes() + live_.bytes() + slots_.bytes() + touched_.capacity() * sizeof(Touched) +
           log_.capacity() * sizeof(Change) + replaced_.capacity() * sizeof(Replaced) +
           chained_.capacity() * sizeof(Derived) + chains_.capacity() * sizeof(Chain);
  }

 private:
  struct Change {
    Derived number;
    bool added;
  };
  struct Replaced {
    Derived number;
    Value value;
  };
  struct Chain {
    Slot from;
    std::uint32_t count;  // of what it was, in chained_
  };

  void take_out(Derived number) {
    const Derivation& it = (*this)[number];
    (it.previous != 0 ? (*this)[it.previous].next : rows_[it.to].in) = it.next;
    if (it.next != 0) (*this)[it.next].previous = it.previous;
  }
  // Undone in reverse, each finds the neighbours that it had.
  void put_back(Derived number) {
    const Derivation& it = (*this)[number];
    (it.previous != 0 ? (*this)[it.previous].next : rows_[it.to].in) = number;
    if (it.next != 0) (*this)[it.next].previous = number;
  }
  void release(Derived number) {
    if constexpr (!std::is_trivially_destructible_v<Value>) {
      live_.clear(number - 1);
      std::destroy_at(&cells_[number - 1]);
    }
    slots_.give_back(number - 1);
  }
  void link_chain(Slot from, const Derived* numbers, std::size_t count) {
    rows_[from].out = count != 0 ? numbers[0] : 0;
    for (std::size_t i = 0; i < count; ++i) (*this)[numbers[i]].next_of_from = i + 1 < count ? numbers[i + 1] : 0;
  }
  void forget() { empty(touched_), empty(log_), empty(replaced_), empty(chains_), empty(chained_); }
  /// Keeps the memory for the next commit, unless it is that of an unusually large one.
  template <class T> static void empty(std::vector<T>& list) {
    constexpr std::size_t kKeptMax = 1 << 16;
    list.capacity() <= kKeptMax ? list.clear() : void(list = std::vector<T>());
  }

  Segments<Row> rows_;
  Slot rows_end_ = 0;
  Segments<Derivation> cells_;
  SlotPool slots_;
  SlotBits live_;  // only where there is something to destroy

  // Of the commit under way.
  std::vector<Touched> touched_;
  std::vector<Change> log_;         // what was linked and unlinked, in order
  std::vector<Replaced> replaced_;  // values before
  std::vector<Chain> chains_;
  std::vector<Derived> chained_;
};

}  // namespace freshet::detail
