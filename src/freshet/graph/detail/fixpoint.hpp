// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/detail/column.hpp"
#include "freshet/graph/detail/derivation_match.hpp"
#include "freshet/graph/detail/settle_queue.hpp"
#include "freshet/graph/detail/support_graph.hpp"
#include "freshet/graph/iterate_options.hpp"

namespace freshet::detail {

/// What a fixpoint did since it was made. Work, not time: tests assert these.
struct FixpointWork {
  std::uint64_t accepted = 0;   // rows that got a value or another support from the queue
  std::uint64_t suspected = 0;  // rows that lost their support and had no other at once
};

/// A node that keeps a fixpoint, whatever its rows are.
class FixpointNode {
 public:
  virtual const FixpointWork& work() const = 0;

 protected:
  ~FixpointNode() = default;
};

/// Keeps the least fixpoint of derivations between rows while they come, go and change.
///
/// Each row that is there has a *support*: the seed or derivation that gives it its value. Supports form a forest whose
/// roots are seeds, because each row has a greater *rank* than the one that supports it. So a row that lost its support
/// may take another derivation of the same value from a row of lesser rank at once: that row cannot follow from this
/// one. It looks for one when all better rows are known, for what moves in a commit often loses one support and gains
/// another. If there is none it becomes *suspect*, and with it, if they too find no other, the rows that it supports.
/// Rows outside are certain. Then the suspects are repaired from outside in, and rows improved, in the order of (value,
/// rank), so that where nothing that follows is better than what it follows from, a row is settled once. What is
/// suspect in the end follows from nothing, and goes.
///
/// Ranks have gaps, so that a row can take a support of somewhat higher rank without touching what it supports.
///
/// `Host` is the node: `value(row)`, `put(row, value)`, `derive(row)`, which ends in replace(), `fail(row, message)`,
/// `refused()`.
///
/// Source: G. Ramalingam and T. Reps, "An incremental algorithm for a generalization of the shortest-path problem",
/// 1996, for the queue; delete-and-rederive, restricted to support trees, for the suspects.
template <class Value, class Order> class Fixpoint {
 public:
  using Graph = SupportGraph<Value>;
  using Row = typename Graph::Row;
  using Derivation = typename Graph::Derivation;
  using Waits = Waiting<Value>;

  Fixpoint(const Column<Value>& column, const IterateOptions<Order>& options) : column_(column), options_(options) {}

  const Graph& graph() const { return graph_; }
  const FixpointWork& work() const { return work_; }
  const IterateOptions<Order>& options() const { return options_; }
  bool settled(Slot slot) const { return graph_.row(slot).has(Graph::kSettled); }
  std::size_t settled_count() const { return settled_count_; }

  // Writing. Everything is decided in run().

  /// A seed for `to`. Requires: use(to).
  Derived add_seed(Slot source_row, Slot to, Value&& value) {
    const Derived number = graph_.add(kNoSlot, to, std::move(value));
    graph_[number].next_of_from = source_row;
    offer(number);
    return number;
  }
  void change_seed(Derived number, Value&& value) { reoffer(number, std::move(value)); }
  void remove_seed(Derived number) {
    graph_.unlink(number);
    withdraw(number);
  }
  /// A row that the host has just found or made for a key.
  void use(Slot slot) { graph_.use(slot); }

  /// The row read something that changed: it will be derived from again, once its value is known.
  void mark_stale(Slot slot) {
    Row& row = graph_.touch(slot);
    if (row.has(Graph::kStale)) return;
    row.flags |= Graph::kStale;
    if (row.has(Graph::kSettled)) queue_.push({column_.at(slot), row.rank, slot, Waits::kStale});
  }

  /// Makes `pairs` what follows from the row. `Pairs` has size(), value(i), is_target(i, slot), and slot(i), which is
  /// dearer and comes after prefetch(i, 0) and prefetch(i, 1).
  template <class Pairs> void replace(Slot from, Pairs& pairs) {
    match_.find(graph_, from, pairs);
    for (const Derived number : match_.gone) graph_.unlink(number);
    changed_.clear();
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      if (better(pairs.value(i), column_.at(from))) improving_ = true;
      put(from, i, pairs);
    }
    if (match_.olds != match_.news) graph_.chain(from, match_.olds, match_.news);
    for (const Derived number : match_.gone) withdraw(number);
    for (const Changed& changed : changed_) {
      if (changed.worse) withdraw(changed.number);
      offer(changed.number);
    }
  }

  /// Nothing follows from the row any more.
  void derive_nothing(Slot from) {
    match_.find_olds(graph_, from);
    match_.news.clear();
    if (match_.olds.empty()) return;
    for (const Derived number : match_.olds) graph_.unlink(number);
    graph_.chain(from, match_.olds, match_.news);
    for (const Derived number : match_.olds) withdraw(number);
  }

  /// Settles every row that can be.
  template <class Host> void run(Host& host) {
    retry_barred();
    do {
      close_suspects();
      while (!queue_.empty() && !host.refused()) {
        handle(queue_.pop(), host);
        close_suspects();
      }
    } while (!host.refused() && (admit_overflow(host) || retry_crowded()));
  }
  /// Calls `gone(row)` for each row that follows from nothing. Requires: run() is done.
  template <class Gone> void drop_unsupported(Gone gone) {
    // By index: touched() does not grow here, but that is not for this loop to know.
    for (std::size_t i = 0; i < graph_.touched().size(); ++i) {
      const Slot slot = graph_.touched()[i].row;
      Row& row = graph_.row(slot);
      if (row.has(Graph::kSettled)) continue;
      derive_nothing(slot);
      row.support = 0;
      unbar(slot);
      gone(slot);
    }
  }

  void settle() {
    graph_.settle();
    bar_log_.clear();
    settled_before_ = settled_count_;
    work_before_ = work_;
  }
  void roll_back() {
    graph_.roll_back();
    for (auto change = bar_log_.rbegin(); change != bar_log_.rend(); ++change) {
      change->added ? void(change->list->erase(change->row)) : void(change->list->insert(change->row));
    }
    bar_log_.clear();
    settled_count_ = settled_before_;
    work_ = work_before_;
    queue_.clear();
    suspects_.clear();
    overflow_.clear();
  }

  std::size_t bytes() const { return graph_.bytes() + queue_.bytes(); }

  /// Whether all rows are supported as they should be. Cost: O(rows + derivations).
  std::optional<std::string> invariant() const;

 private:
  static constexpr std::uint64_t kRankGap = 16;

  static bool better(const Value& left, const Value& right) { return is_better<Order>(left, right); }

  bool certain(const Derivation& it) const { return it.from == kNoSlot || settled(it.from); }
  std::uint64_t rank_of_source(const Derivation& it) const { return it.from == kNoSlot ? 0 : graph_.row(it.from).rank; }
  std::uint64_t rank_after(const Derivation& it) const { return rank_of_source(it) + kRankGap; }

  void enqueue(Derived number) {
    const Derivation& it = graph_[number];
    queue_.push({it.value, rank_after(it), it.to, number});
  }

  /// The derivation is new or another, or what it follows from is certain again.
  void offer(Derived number) {
    const Derivation& it = graph_[number];
    Row& row = graph_.row(it.to);
    if (row.has(Graph::kSettled)) {
      if (better(it.value, column_.at(it.to))) enqueue(number);
      return;
    }
    // A suspect waits with the best that it was offered; the others are found again should that one go.
    if (row.support != 0 && row.support != number && !better(it.value, graph_[row.support].value)) return;
    graph_.touch(it.to).support = number;
    enqueue(number);
  }
  /// The derivation is gone, or what it follows from is not certain any more.
  void withdraw(Derived number) {
    const Slot to = graph_[number].to;
    const Row& row = graph_.row(to);
    if (row.has(Graph::kSettled) && row.support == number) doubt(to);
  }
  /// The row looks for another support when all better rows are known.
  void doubt(Slot slot) {
    Row& row = graph_.touch(slot);
    if (row.has(Graph::kDoubted)) return;
    row.flags |= Graph::kDoubted;
    queue_.push({column_.at(slot), row.rank, slot, Waits::kDoubt});
  }
  void resolve_doubt(Slot slot) {
    Row& row = graph_.touch(slot);
    row.flags &= ~std::uint32_t{Graph::kDoubted};
    if (!row.has(Graph::kSettled)) return;
    const Derivation& it = graph_[row.support];
    const bool stands =
        graph_.linked(row.support) && certain(it) && equal(it.value, column_.at(slot)) && rank_of_source(it) < row.rank;
    if (!stands) lose_support(slot);
  }
  void reoffer(Derived number, Value&& value) {
    graph_.revalue(number, std::move(value));
    const Derivation& it = graph_[number];
    const Row& row = graph_.row(it.to);
    if (row.has(Graph::kSettled) && row.support == number && better(column_.at(it.to), it.value)) doubt(it.to);
    offer(number);
  }

  /// The row needs another support of the same value, from a row that cannot follow from it.
  void lose_support(Slot slot) {
    Row& row = graph_.row(slot);
    const Value& value = column_.at(slot);
    Derived found = 0;
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    for (Derived number = row.in; number != 0 && least >= row.rank; number = graph_[number].next) {
      const Derivation& it = graph_[number];
      if (it.from == slot || !certain(it) || !equal(it.value, value)) continue;
      if (const std::uint64_t rank = rank_of_source(it); rank < least) least = rank, found = number;
    }
    // All that follows from the row has at least the rank of those that it supports.
    const std::uint64_t limit = found == 0 || least < row.rank ? row.rank + 1 : least_supported_rank(slot);
    graph_.touch(slot);
    if (found != 0 && least + 1 < limit) {
      row.support = found;
      row.rank = std::min(least + kRankGap, limit - 1);
      return;
    }
    row.flags &= ~std::uint32_t{Graph::kSettled};
    row.support = 0;
    --settled_count_;
    ++work_.suspected;
    suspects_.push_back(slot);
  }
  bool supports(Derived number, const Derivation& it) const {
    const Row& row = graph_.row(it.to);
    return row.support == number && row.has(Graph::kSettled);
  }
  std::uint64_t least_supported_rank(Slot slot) const {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    graph_.for_each_from(slot, [&](Derived number, const Derivation& it) {
      if (supports(number, it)) least = std::min(least, graph_.row(it.to).rank);
    });
    return least;
  }

  /// Finds all that became suspect, then what each was offered from outside.
  void close_suspects() {
    if (suspects_.empty()) return;
    for (std::size_t i = 0; i < suspects_.size(); ++i) {
      graph_.for_each_from(suspects_[i], [this](Derived number, const Derivation& it) {
        if (supports(number, it)) lose_support(it.to);
      });
    }
    for (const Slot slot : suspects_) {
      if (!settled(slot)) await_best(slot);
    }
    suspects_.clear();
  }
  void await_best(Slot slot) {
    Derived best = 0;
    graph_.for_each_to(slot, [&](Derived number, const Derivation& it) {
      if (!certain(it)) return;
      if (best != 0 && !better(it.value, graph_[best].value) &&
          (rank_of_source(it) >= rank_of_source(graph_[best]) || better(graph_[best].value, it.value))) {
        return;
      }
      best = number;
    });
    graph_.touch(slot).support = best;
    if (best != 0) enqueue(best);
  }

  bool still_offered(const Waits& waiting) const {
    if (!graph_.linked(waiting.derivation)) return false;
    const Derivation& it = graph_[waiting.derivation];
    return certain(it) && equal(it.value, waiting.value);
  }

  /// Ranks may have grown since the row was put into the queue: then it has to wait longer.
  bool wait_for(std::uint64_t rank, Waits& waiting) {
    if (rank <= waiting.rank) return false;
    waiting.rank = rank;
    queue_.push(std::move(waiting));
    return true;
  }

  template <class Host> void handle(Waits waiting, Host& host) {
    const Slot slot = waiting.row;
    Row& row = graph_.row(slot);
    const bool is_settled = row.has(Graph::kSettled);
    if (waiting.derivation == Waits::kDoubt) {
      if (!row.has(Graph::kDoubted) || wait_for(row.rank, waiting)) return;
      return resolve_doubt(slot);
    }
    if (waiting.derivation == Waits::kStale) {
      if (row.has(Graph::kDoubted)) resolve_doubt(slot);
      if (!row.has(Graph::kSettled) || !row.has(Graph::kStale)) return;
      return wait_for(row.rank, waiting) ? void() : derive(slot, false, host);
    }
    const bool offered = still_offered(waiting);
    if (!offered || (is_settled && !better(waiting.value, column_.at(slot)))) {
      if (!is_settled) await_best(slot);
    } else if (wait_for(rank_after(graph_[waiting.derivation]), waiting)) {
      return;
    } else if (is_settled) {
      improve(std::move(waiting), host);
    } else if (settled_count_ >= options_.rows_max && graph_[waiting.derivation].from != kNoSlot) {
      overflow_.push_back(std::move(waiting));
    } else {
      graph_.touch(slot).flags |= Graph::kSettled;
      ++settled_count_;
      row.rank = rank_after(graph_[waiting.derivation]);
      accept(waiting, /*again=*/true, host);
    }
  }

  template <class Host> void improve(Waits waiting, Host& host) {
    const Derivation& it = graph_[waiting.derivation];
    Row& row = graph_.row(waiting.row);
    if (improving_ && it.from != kNoSlot && follows_from(it.from, waiting.row)) {
      // While some rows have not seen this commit yet, what is known is not of one time: look again when it is.
      if (derive_stale(host)) return queue_.push(std::move(waiting));
      return bar(it.from, circular_, "what follows from this row improves a row that it follows from itself", host);
    }
    graph_.touch(waiting.row);
    const bool raised = rank_of_source(it) >= row.rank;
    row.rank = raised ? rank_after(it) : std::min(row.rank, rank_after(it));
    row.support = waiting.derivation;
    if (raised) raise_supported(waiting.row);
    accept(waiting, /*again=*/false, host);
  }

  /// Gives the row what it was offered, and derives from it if that is another value than it had. `again`: what
  /// follows from it did not count until now.
  template <class Host> void accept(const Waits& waiting, bool again, Host& host) {
    ++work_.accepted;
    const Slot slot = waiting.row;
    Row& row = graph_.row(slot);
    row.support = waiting.derivation;
    const bool is_new = host.put(slot, waiting.value);
    if (is_new || row.has(Graph::kStale)) return derive(slot, again, host);
    graph_.for_each_from(slot, [this](Derived number, const Derivation&) { offer(number); });
  }

  /// Whether the support of `slot` goes back to `ancestor`.
  bool follows_from(Slot slot, Slot ancestor) const {
    const std::uint64_t rank = graph_.row(ancestor).rank;
    while (slot != ancestor && graph_.row(slot).rank > rank) {
      slot = graph_[graph_.row(slot).support].from;
      if (slot == kNoSlot) return false;
    }
    return slot == ancestor;
  }
  /// Restores the order of ranks below a row whose own was raised.
  void raise_supported(Slot top) {
    raised_.assign(1, top);
    for (std::size_t i = 0; i < raised_.size(); ++i) {
      const std::uint64_t rank = graph_.row(raised_[i]).rank;
      graph_.for_each_from(raised_[i], [&](Derived number, const Derivation& it) {
        if (!supports(number, it) || graph_.row(it.to).rank > rank) return;
        graph_.touch(it.to).rank = rank + kRankGap;
        raised_.push_back(it.to);
      });
    }
  }

  template <class Host> void derive(Slot slot, bool again, Host& host) {
    Row& row = graph_.touch(slot);
    row.flags &= ~std::uint32_t{Graph::kStale};
    if (row.has(Graph::kBarred)) return;
    unbar(slot);
    if (row.rounds() >= std::min(options_.rounds_max, Graph::kRoundsMax)) {
      return bar(slot, circular_,
                 "changed more than " + std::to_string(row.rounds()) + " times in one commit (rounds_max)", host);
    }
    row.flags += Graph::kRound;
    again_ = again;
    host.derive(slot);
  }
  /// Derives from all rows that are stale and looks into all doubts, in no order; whether there were any.
  template <class Host> bool derive_stale(Host& host) {
    bool any = false;
    for (std::size_t i = 0; i < graph_.touched().size(); ++i) {
      const Slot slot = graph_.touched()[i].row;
      if (graph_.row(slot).has(Graph::kDoubted)) resolve_doubt(slot), any = true;
      if (settled(slot) && graph_.row(slot).has(Graph::kStale)) derive(slot, false, host), any = true;
    }
    close_suspects();
    return any;
  }

  // Replacing what follows from a row.

  struct Changed {
    Derived number;
    bool worse;
  };

  template <class Pairs> void put(Slot from, std::size_t i, Pairs& pairs) {
    if (match_.news[i] == 0) {
      match_.news[i] = graph_.add(from, match_.targets[i], std::move(pairs.value(i)));
      changed_.push_back({match_.news[i], false});
      return;
    }
    const Value& before = graph_[match_.news[i]].value;
    if (!equal(before, pairs.value(i))) {
      changed_.push_back({match_.news[i], better(before, pairs.value(i))});
      graph_.revalue(match_.news[i], std::move(pairs.value(i)));
    } else if (again_) {
      changed_.push_back({match_.news[i], false});
    }
  }

  // Rows that may derive nothing, because of a bound.

  struct BarChange {
    std::set<Slot>* list;
    Slot row;
    bool added;
  };
  template <class Host> void bar(Slot slot, std::set<Slot>& list, const std::string& message, Host& host) {
    graph_.touch(slot).flags |= Graph::kBarred;
    if (list.insert(slot).second) bar_log_.push_back({&list, slot, true});
    host.fail(slot, message);
    derive_nothing(slot);
  }
  void unbar(Slot slot) {
    for (std::set<Slot>* list : {&circular_, &crowded_}) {
      if (!list->empty() && list->erase(slot) != 0) bar_log_.push_back({list, slot, false});
    }
  }
  /// Whoever mends a recursion that had no end changes another row than the one that is barred.
  void retry_barred() {
    for (const Slot slot : circular_) mark_stale(slot);
  }
  /// Whether rows are tried again now that there is room for some.
  bool retry_crowded() {
    if (crowded_.empty() || settled_count_ >= options_.rows_max) return false;
    std::size_t room = options_.rows_max - settled_count_;
    for (auto slot = crowded_.begin(); slot != crowded_.end() && room > 0; ++slot) {
      if (graph_.row(*slot).has(Graph::kBarred)) continue;
      mark_stale(*slot);
      --room;
    }
    return !queue_.empty();
  }
  /// Rows wait for others to go; those for which there is no room then are refused. Whether there is more to do.
  template <class Host> bool admit_overflow(Host& host) {
    if (overflow_.empty()) return false;
    std::vector<Waits> waiting = std::exchange(overflow_, {});
    if (settled_count_ < options_.rows_max) {
      for (Waits& each : waiting) queue_.push(std::move(each));
      return true;
    }
    for (const Waits& each : waiting) {
      if (!still_offered(each)) continue;
      bar(graph_[each.derivation].from, crowded_,
          "there would be more than " + std::to_string(options_.rows_max) + " rows (rows_max)", host);
    }
    close_suspects();
    for (const Waits& each : waiting) await_best(each.row);
    return true;
  }

  const Column<Value>& column_;
  const IterateOptions<Order> options_;
  Graph graph_;
  std::set<Slot> circular_, crowded_;  // rows that a bound keeps from deriving; tried again by later commits
  std::size_t settled_count_ = 0, settled_before_ = 0;
  bool improving_ = false;  // something that follows was better than what it follows from
  FixpointWork work_, work_before_;

  // Of the commit under way.
  SettleQueue<Value, Order> queue_;
  std::vector<Slot> suspects_;   // whose consequences are still to be looked at
  std::vector<Waits> overflow_;  // for which there was no room
  std::vector<BarChange> bar_log_;
  bool again_ = false;  // of the row being derived from

  // Buffers.
  DerivationMatch match_;
  std::vector<Changed> changed_;
  std::vector<Slot> raised_;
};

template <class Value, class Order> std::optional<std::string> Fixpoint<Value, Order>::invariant() const {
  std::size_t count = 0;
  for (Slot slot = 0; slot < graph_.rows_end(); ++slot) {
    const Row& row = graph_.row(slot);
    const std::string name = "row " + std::to_string(slot);
    if ((row.flags & ~std::uint32_t{Graph::kSettled}) != 0) return name + " is not done with";
    bool better_one = false, linked = false, there = true;
    graph_.for_each_to(slot, [&](Derived number, const Derivation& it) {
      linked = linked || number == row.support;
      there = there && it.to == slot && certain(it);
      if (row.has(Graph::kSettled) && better(it.value, column_.at(slot))) better_one = true;
    });
    if (!there) return name + " has a derivation from a row that is not there";
    if (better_one) return name + " was offered a better value than it has";
    if (row.has(Graph::kSettled) != column_.has(slot)) return name + " is there, but not settled, or the reverse";
    if (!row.has(Graph::kSettled)) {
      if (row.in != 0 || row.out != 0 || row.support != 0) return name + " is gone, but not its derivations";
      continue;
    }
    ++count;
    if (!linked) return name + " has no support";
    const Derivation& support = graph_[row.support];
    if (!equal(support.value, column_.at(slot))) return name + " has another value than its support";
    if (rank_of_source(support) >= row.rank) return name + " has no greater rank than the row that it follows from";
  }
  if (count != settled_count_) return "the rows are miscounted";
  return std::nullopt;
}

}  // namespace freshet::detail
