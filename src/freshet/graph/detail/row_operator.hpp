// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/arguments.hpp"
#include "freshet/graph/detail/failures.hpp"
#include "freshet/graph/detail/key_text.hpp"

namespace freshet::detail {

/// What a user function may return in place of a plain value, and the value it stands for.
template <class T> struct Returned { using type = T; };
template <class T> struct Returned<std::optional<T>> { using type = T; };
template <class T> struct Returned<Result<T>> : Returned<T> {};

/// The result of `call(key, value, args...)`, with optional and Result taken off.
template <class Key, class In, class Call, class... Args>
using MapResult =
    typename Returned<std::decay_t<std::invoke_result_t<Call&, const Key&, const In&, const Args&...>>>::type;

/// A user's function bound to its source rows and arguments: calls it, records its reads, contains its errors.
///
/// `Call` says how: `call(key, value, args...)`. It is what the two faces differ in: a function here, a mapper object
/// there. A unit of work is a row for map, flat_map and filter, and a key for reduce; both are slots.
template <class Key, class In, class Call, class... Args> class RowFunction {
 public:
  using Source = CollectionNode<Key, In>;

  RowFunction(NodeBase& owner, const Source& source, Call call, std::tuple<Args...> args)
      : owner_(owner), source_(source), call_(std::move(call)), arguments_(std::move(args)) {}

  const Source& source() const { return source_; }
  const Call& function() const { return call_; }
  bool same(const Source& source, const Call& call, const std::tuple<Args...>& args) const {
    return &source == &source_ && call.same(call_) && arguments_.same(args);
  }

  /// Calls `visit(row, value)` for each row to compute: those that the source changed (null: gone), then those that
  /// read something that changed; each once. `prefetch(row, step)` is called for rows that come later, twice each: with
  /// step 0 to bring near what the row's slot leads to, some rows later with step 1 for what that leads to.
  template <class Visit, class Prefetch> void for_each_stale(Visit visit, Prefetch prefetch) {
    const TrackerScope scope(arguments_);
    const auto deltas = source_.deltas();
    if (deltas.size() > 1) {
      for (std::size_t i = 0; i < std::min(2 * kAhead, deltas.size()); ++i) prefetch(deltas[i].row, 0);
      for (std::size_t i = 0; i < std::min(kAhead, deltas.size()); ++i) prefetch(deltas[i].row, 1);
    }
    for (std::size_t i = 0; i < deltas.size(); ++i) {
      if (i + 2 * kAhead < deltas.size()) prefetch(deltas[i + 2 * kAhead].row, 0);
      if (i + kAhead < deltas.size()) prefetch(deltas[i + kAhead].row, 1);
      visit(deltas[i].row, deltas[i].after);
    }
    if (!arguments_.changed()) return;
    for (const auto& delta : source_.deltas()) seen_.claim(delta.row);
    collect_readers();
    for (const Slot row : stale_) visit(row, source_.value(row));
    for (const auto& delta : source_.deltas()) seen_.clear(delta.row);
  }

  /// While it lives, calls find their tracker in place: for whole batches of them.
  [[nodiscard]] TrackerScope batch() { return TrackerScope(arguments_); }
  /// Whether a collection among the arguments changed in this commit.
  bool arguments_changed() const { return arguments_.changed(); }
  /// Calls `visit(unit)` for each unit that read something that changed; units may come more than once, and `visit` may
  /// not call the function.
  template <class Visit> void for_each_reader(Visit visit) const { arguments_.for_each_stale_reader(visit); }

  /// Calls `visit(key)` for each key to compute, each once.
  template <class Visit> void for_each_stale_key(Visit visit) {
    stale_.clear();
    for (const auto& delta : source_.deltas()) {
      const Slot key = source_.space().key_slot(delta.row);
      if (seen_.claim(key)) stale_.push_back(key);
    }
    std::vector<Slot> changed = std::move(stale_);
    if (arguments_.changed()) {
      collect_readers();
      changed.insert(changed.end(), stale_.begin(), stale_.end());
    }
    const auto prefetch = [&](std::size_t at, int step) {
      if (at < changed.size()) source_.space().prefetch_group(changed[at], step);
    };
    for (std::size_t i = 0; i < 3 * kAhead; ++i) prefetch(i, 0);
    for (std::size_t i = 0; i < 2 * kAhead; ++i) prefetch(i, 1);
    for (std::size_t i = 0; i < kAhead; ++i) prefetch(i, 2);
    for (std::size_t i = 0; i < changed.size(); ++i) {
      for (int step = 0; step < 3; ++step) prefetch(i + (3 - step) * kAhead, step);
      seen_.clear(changed[i]);
      visit(changed[i]);
    }
    stale_ = std::move(changed);
  }

  /// Calls the function; `use(result)` takes what it gave. Nothing is thrown: an error is kept for the unit, and `use`
  /// is not called; false then.
  template <class Value, class Use>
  bool call(NodeCounters& counters, Slot unit, const Key& key, const Value& value, Use use) {
    ++counters.calls;
    try {
      arguments_.call(unit, [&](const Args&... args) { use(unwrap(call_(key, value, args...))); });
      failures_.clear(unit);
      return true;
    } catch (const std::exception& error) {
      fail(counters, unit, key, error.what());
    } catch (...) {
      fail(counters, unit, key, "the mapper threw something that is not a std::exception");
    }
    return false;
  }

  /// Keeps an error for the unit: what the function threw, or what its owner has against it.
  [[gnu::noinline]] void fail(NodeCounters& counters, Slot unit, const Key& key, std::string message) {
    ++counters.failures;
    if (owner_.strict()) owner_.core().refuse({owner_.name(), key_text(key), message});
    failures_.set(unit, std::move(message));
  }

  /// The unit is gone, with its reads and errors.
  void forget(Slot unit) {
    arguments_.forget(unit);
    failures_.clear(unit);
  }
  void settle() {
    arguments_.settle();
    failures_.settle();
  }
  void roll_back() {
    // An update that was cut short may have left bits set.
    for (const Slot unit : stale_) seen_.clear(unit);
    for (const auto& delta : source_.deltas()) {
      seen_.clear(delta.row);
      seen_.clear(source_.space().key_slot(delta.row));
    }
    arguments_.roll_back();
    failures_.roll_back();
  }

  const Failures& failures() const { return failures_; }

  /// What is wrong with the errors and reads between commits. `has(unit)`: whether there is such a unit.
  template <class Has> std::optional<std::string> invariant(Has has) const {
    if (seen_.count() != 0) return "has rows left to compute";
    if (auto wrong = failures_.invariant(has)) return wrong;
    return arguments_.invariant(has);
  }
  /// The same where units are the rows of the source.
  std::optional<std::string> row_invariant() const {
    return invariant([this](Slot row) { return source_.present().test(row); });
  }

  /// See NodeBase::reads.
  void reads(Slot unit, const NodeBase::VisitRead& visit) const { arguments_.for_each_read(unit, visit); }
  std::size_t bytes() const {
    return arguments_.bytes() + failures_.bytes() + seen_.bytes() + stale_.capacity() * sizeof(Slot);
  }

  /// See NodeBase::collect_failures. `key_of(unit)` is the key slot of a unit, `units(key, visit)` gives all of a
  /// key's.
  template <class KeyOf, class Units>
  void collect_failures(std::vector<FailureNews>& news, bool all_standing, KeyOf key_of, Units units) const {
    std::vector<Slot> keys;
    const auto collect = [&](Slot unit) { keys.push_back(key_of(unit)); };
    all_standing ? failures_.for_each_standing(collect) : failures_.for_each_changed(collect);
    const auto& table = source_.space().keys();
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    std::sort(keys.begin(), keys.end(), [&](Slot a, Slot b) { return table.before(a, b); });
    for (const Slot key : keys) {
      FailureNews& entry = news.emplace_back(FailureNews{key_text(table.key(key)), {}, 0});
      units(key, [&](Slot unit) {
        const std::string* message = failures_.find(unit);
        if (message == nullptr) return;
        if (entry.rows++ == 0) entry.message = *message;
      });
    }
  }
  void collect_row_failures(std::vector<FailureNews>& news, bool all_standing) const {
    const auto& space = source_.space();
    collect_failures(
        news, all_standing, [&](Slot row) { return space.key_slot(row); },
        [&](Slot key, auto visit) { space.for_each_row(key, visit); });
  }

 private:
  template <class T> static T&& unwrap(T&& value) { return std::forward<T>(value); }
  template <class T> static T unwrap(Result<T>&& result) {
    if (!result) throw Failure(std::move(result.error()));
    return std::move(*result);
  }

  /// Fills stale_ with the units that read something that changed, but for those claimed already.
  void collect_readers() {
    stale_.clear();
    arguments_.for_each_stale_reader([&](Slot unit) {
      if (seen_.claim(unit)) stale_.push_back(unit);
    });
    for (const Slot unit : stale_) seen_.clear(unit);
  }

  static constexpr std::size_t kAhead = 8;  // rows; far enough for a cache miss, few enough for the line fill buffers

  NodeBase& owner_;
  const Source& source_;
  Call call_;
  Arguments<Args...> arguments_;
  Failures failures_;
  SlotBits seen_;            // claimed while stale rows are collected; clear otherwise
  std::vector<Slot> stale_;  // kept for its memory
};

/// The hash under which equal operators find each other.
template <class Call, class... Args>
std::size_t signature(const NodeBase& source, const Call& call, const std::tuple<Args...>& args) {
  return (source.id() * 31 + call.hash()) * 31 + Arguments<Args...>::hash(args);
}

/// The source and the collections among the arguments: what an operator is a child of.
template <class... Args>
std::vector<std::shared_ptr<NodeBase>> parents_of(std::shared_ptr<NodeBase> source, const std::tuple<Args...>& args) {
  std::vector<std::shared_ptr<NodeBase>> parents{std::move(source)};
  Arguments<Args...>::append_nodes(args, parents);
  return parents;
}

}  // namespace freshet::detail
