// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "freshet/graph/changes.hpp"
#include "freshet/graph/detail/collection_node.hpp"
#include "freshet/graph/detail/errors_node.hpp"
#include "freshet/graph/error_events.hpp"
#include "freshet/graph/reducers.hpp"
#include "freshet/graph/row_error.hpp"
#include "freshet/graph/subscription.hpp"
#include "freshet/graph/values.hpp"

namespace freshet {

template <class Key, class Value> class Input;

/// Marks the base classes of the classic face's mappers, so that `map<Mapper>(...)` and `map(function, ...)` stay
/// apart.
struct ClassicMapper {};

namespace detail {

template <class T, class... Args> inline constexpr bool begins_with = false;
template <class T, class First, class... More>
inline constexpr bool begins_with<T, First, More...> = std::is_convertible_v<First, T>;

/// Whether `map<Mapper>(args...)` names a mapper class, if perhaps a wrong one, and not the type of the function
/// passed.
template <class Mapper, class... Args>
concept NamesMapper = std::derived_from<Mapper, ClassicMapper> ||
    (std::is_class_v<Mapper> && !begins_with<Mapper, Args...>);

}  // namespace detail

/// A read-only, keyed view of rows that the graph keeps up to date.
///
/// A Collection is a handle: copying it copies a pointer, never the rows. Rows become visible only when a commit is
/// complete, so a reader never sees half of a transaction. A key holds one or more values; the same set of rows gives
/// the same values in the same order, however it came about.
///
/// The verbs (map, flat_map, filter, reduce, merge) make new collections. Mapping the same collection with the same
/// function and equal arguments gives the same node. Those that take a function are defined by
/// `freshet/meta/verbs.hpp`, those that take a mapper class by `freshet/classic/verbs.hpp`: include the face that you
/// write in.
///
/// Dependencies are arguments, never captures: a collection passed behind the function may be read inside it, and each
/// read is tracked by key. The arguments are copied; equal ones make equal views.
///
/// Lifetime: keeps its node alive; using it after its Graph is gone asserts.
/// Thread safety: belongs to the loop of its Graph; use Graph::post() from elsewhere.
/// Example: examples/temp_monitor/meta.cpp
template <class KeyType, class ValueType> class Collection {
 public:
  using Key = KeyType;
  using Value = ValueType;
  using Node = detail::CollectionNode<Key, Value>;

  explicit Collection(std::shared_ptr<Node> node) : node_(std::move(node)) {}

  // Reading. Inside a mapper these are tracked reads, allowed for collections among its arguments.

  /// The value of `key`, the first if it has several; null if it has none.
  ///
  /// Lifetime: until the next commit, or until the mapper or callback returns. Cost: O(1).
  const Value* get(const Key& key) const& {
    track(key);
    const auto found = find(key);
    return found.empty() ? nullptr : &found.front();
  }
  /// All values of `key`, in order. Lifetime and cost as get().
  Values<Value> values(const Key& key) const& {
    track(key);
    return find(key);
  }
  // A handle that is about to go may take its view with it.
  const Value* get(const Key& key) const&& = delete;
  Values<Value> values(const Key& key) const&& = delete;
  /// How many values there are, over all keys. Cost: O(1).
  std::size_t size() const {
    track_all();
    return node_->row_count();
  }
  bool empty() const { return size() == 0; }
  /// How many keys there are. Cost: O(rows) where keys may hold several.
  std::size_t key_count() const {
    track_all();
    return node_->space().grouped() ? node_->sorted_keys().size() : node_->row_count();
  }
  /// Calls `visit(key, values)` for each key, in key order. Cost: O(rows x log keys).
  template <class Visit> void for_each(Visit visit) const {
    track_all();
    for (const detail::Slot slot : node_->sorted_keys()) visit(node_->space().keys().key(slot), node_->values(slot));
  }

  /// Calls `callback` after each commit that changed this collection, when the whole graph is at the new version.
  ///
  /// The callback runs on the loop of the graph and may not commit; it may post. What it throws is counted and ignored.
  Subscription subscribe(std::function<void(const Changes<Key, Value>&)> callback) const {
    auto subscriber =
        std::make_shared<detail::Subscriber<Key, Value>>(detail::Subscriber<Key, Value>{node_, std::move(callback)});
    node_->subscribe(subscriber);
    return Subscription(std::move(subscriber));
  }

  // Errors of mappers, which are contained: the failing row is left out of its view and named here.

  /// The rows that this view's mapper fails on, by the text of the key they would be computed from.
  Collection<std::string, RowError> errors() const {
    return Collection<std::string, RowError>(detail::errors_of(*node_));
  }

  /// Calls `callback` after each commit in which an error of this view, or of any view that it is computed from,
  /// appeared, changed or healed.
  Subscription watch_errors(std::function<void(const ErrorEvents&)> callback) const {
    return detail::watch_errors_of(node_, std::move(callback));
  }

  /// All errors that stand now in this view and in those that it is computed from.
  std::vector<ErrorEvent> standing_errors() const { return detail::standing_errors_of(*node_); }

  /// Makes an error of this view's mapper refuse the transaction that causes it, instead of being contained.
  ///
  /// Errors: throws Failure while rows fail already, and inside the build function of a resource: there a client's
  /// parameters would decide over the writes of others.
  const Collection& strict() const {
    detail::make_strict(*node_);
    return *this;
  }

  /// Gives the view a name for errors and metrics; by default it is told from its source and verb.
  const Collection& named(std::string name) const {
    node_->set_name(std::move(name));
    return *this;
  }
  const std::string& name() const { return node_->name(); }

  // Verbs.

  /// One row from each row: `function(value, args...)` or `function(key, value, args...)` gives a value, an optional
  /// (none leaves the row out) or a Result. Called once per changed row. Keys stay.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto map(Function function, Args&&... args) const;

  /// Rows under other keys: the function gives a pair(key, value), an optional pair, or a container of pairs. A row
  /// that changes replaces exactly what it gave before.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto flat_map(Function function, Args&&... args) const;

  /// The same rows under other keys: `function(value, args...)` or `function(key, value, args...)` gives the key, or an
  /// optional one (none leaves the row out). Values are not copied; those of a key are in this collection's order.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto key_by(Function function, Args&&... args) const;

  /// The rows for which the function gives true.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto filter(Function function, Args&&... args) const;

  /// One row from all values of a key. With a plain function `function(std::span<const Value>, args...)`, optionally
  /// with the key in front: called once per changed key, with all values in order; costs O(values of the key). With an
  /// incremental reducer (count(), sum<&T::member>(), average, min, max): O(changed rows).
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto reduce(Function function, Args&&... args) const;

  /// The rows of all: the values of a key in the order of the collections.
  template <class... More> Collection merge(const More&... more) const;

  /// The verb that the mapper class is made for (classic face); `args` go to its constructor.
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto map(Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto flat_map(Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto key_by(Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto filter(Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto reduce(Args&&... args) const;

  /// Whether both are the same node.
  bool operator==(const Collection& other) const { return node_ == other.node_; }

  // For operators and adapters.
  const Node& node() const { return *node_; }
  std::shared_ptr<Node> shared_node() const { return node_; }

 private:
  Values<Value> find(const Key& key) const {
    const detail::Slot slot = node_->space().keys().find(key);
    return slot == detail::kNoSlot ? Values<Value>() : node_->values(slot);
  }
  void track(const Key& key) const {
    if (auto* tracker = node_->core().tracker) tracker->read_key(*node_, &key);
  }
  void track_all() const {
    if (auto* tracker = node_->core().tracker) tracker->read_all(*node_);
  }

  std::shared_ptr<Node> node_;  // owners: all handles, and the nodes computed from it
};

}  // namespace freshet
