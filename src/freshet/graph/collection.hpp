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

#include "freshet/graph/async_options.hpp"
#include "freshet/graph/changes.hpp"
#include "freshet/graph/detail/collection_node.hpp"
#include "freshet/graph/detail/errors_node.hpp"
#include "freshet/graph/detail/read_tracker.hpp"
#include "freshet/graph/error_events.hpp"
#include "freshet/graph/event_time.hpp"
#include "freshet/graph/gradually.hpp"
#include "freshet/graph/iterate_options.hpp"
#include "freshet/graph/page_options.hpp"
#include "freshet/graph/reducers.hpp"
#include "freshet/graph/row_error.hpp"
#include "freshet/graph/subscription.hpp"
#include "freshet/graph/values.hpp"

namespace freshet {

template <class Key, class Value> class Input;
template <class PageKey> struct LivePage;
template <class Function> class By;

/// Marks the base classes of the classic face's mappers, so that `map<Mapper>(...)` and `map(function, ...)` stay
/// apart.
struct ClassicMapper {};

namespace detail {

template <class T> inline constexpr bool is_by = false;
template <class Function> inline constexpr bool is_by<By<Function>> = true;

template <class T, class... Args> inline constexpr bool begins_with = false;
template <class T, class First, class... More>
inline constexpr bool begins_with<T, First, More...> = std::is_convertible_v<First, T>;

template <class T> inline constexpr bool is_iterate_options = false;
template <class Order> inline constexpr bool is_iterate_options<IterateOptions<Order>> = true;

/// Whether `iterate(function, args...)` is meant, not a mapper class and not the one with options.
template <class Function, class... Args>
concept NamesFunction =
    !std::derived_from<Function, ClassicMapper> && !(is_iterate_options<std::remove_cvref_t<Args>> || ...);

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
    return Subscription(Node::subscribe(std::move(subscriber)));
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

  /// The same rows by group: key_by(), and Groups::at(group) is the live view of one group's rows under their own keys.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto group_by(Function function, Args&&... args) const;

  /// The rows for which the function gives true.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto filter(Function function, Args&&... args) const;

  /// One row from all values of a key. With a plain function `function(std::span<const Value>, args...)`, optionally
  /// with the key in front: called once per changed key, with all values in order; costs O(values of the key). With an
  /// incremental reducer (count(), sum<&T::member>(), average, min, max): O(changed rows).
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto reduce(Function function, Args&&... args) const;

  /// The rows that are on time by their event times, which `at` is a member of: `&Reading::at`. Views of what this
  /// gives agree on which rows came too late. See OnTime, Timely and docs/guide/time.md.
  ///
  /// The watermark is the greatest event time seen, less the delay; it never goes back. A row that is new or changed is
  /// late if its time is older than the watermark, as the commits before left it, by more than the allowed lateness.
  /// A late row is left out; where the row was accepted before, with another value, it keeps that one. A row that
  /// leaves this collection leaves there, always. Cost: O(changed rows). Holds a copy of the values.
  template <class Member>
  requires std::is_member_pointer_v<Member>
  auto on_time(Member at, const OnTime& options = {}) const;
  /// The same with a function of the value or the mapper class EventTimeMapper, for times that are not kept as
  /// freshet::Timestamp.
  template <class Function>
  requires(!std::is_member_pointer_v<Function> &&
           !std::derived_from<Function, ClassicMapper>) auto on_time(Function at, const OnTime& options = {}) const;
  template <class Mapper>
  requires std::derived_from<Mapper, ClassicMapper>
  auto on_time(const OnTime& options = {}) const;

  /// The rows whose time, the member `at`, is less than `span` ago by the graph's time, which Graph::advance_to()
  /// moves.
  ///
  /// Cost: O(changed rows); O(log rows) for each row that expires.
  template <class Member>
  requires std::is_member_pointer_v<Member>
  auto keep_for(TimeSpan span, Member at) const;
  /// The same with a function of the value or an EventTimeMapper.
  template <class Function>
  requires(!std::is_member_pointer_v<Function> &&
           !std::derived_from<Function, ClassicMapper>) auto keep_for(TimeSpan span, Function at) const;
  template <class Mapper>
  requires std::derived_from<Mapper, ClassicMapper>
  auto keep_for(TimeSpan span) const;

  /// The `count` rows of each key with the greatest scores, the best first: `score(value, args...)`, or with the key in
  /// front, gives a number or whatever compare() orders (none leaves the row out). Of equal scores the earlier row in
  /// this collection's order wins; NaN comes last. `top(count, ascending(score))` takes the least.
  ///
  /// A row that enters and one that it drives out are two changed rows, whatever `count` is; a row whose score changes
  /// is a new row. Cost: O(log rows of the key) for each changed row. Values are not copied.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto top(std::size_t count, Function score,
                                                                 Args&&... args) const;

  /// All rows, over all keys, in the order of what `by(value, args...)`, or with the key in front, gives, and then of
  /// their keys; of these the ones on `page`. The result is a Collection<Ordered<SortKey, Key>, Value>: its key order
  /// is this order. NaN comes last. `order_by(descending(by), ...)` begins with the greatest.
  ///
  /// Pages of one collection by one function share the sorted index. Cost: O(log rows) for each changed row, and what a
  /// page shows anew; making another page costs O(log rows + limit). Holds copies of the values on the page.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto order_by(Function by, const PageOptions& page = {},
                                                                      Args&&... args) const;
  /// The same with a page that is turned by writing to a row of an input: page_of(pages, key).
  template <class Function, class PageKey, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto order_by(Function by, const LivePage<PageKey>& page,
                                                                      Args&&... args) const;

  /// The rows whose keys are `from` or after it, and before `to`, by key order. Cost: O(1) for each changed row.
  Collection slice(const Key& from, const Key& to) const;
  Collection slice_from(const Key& from) const;
  Collection slice_to(const Key& to) const;
  /// The rows whose keys begin with a text. Requires: Key is std::string.
  template <class Text> Collection slice_prefix(const Text& prefix) const;

  /// What an asynchronous mapper answers for each row, in a later commit: an AsyncCollection, whose pending() lists the
  /// rows that wait. The function is `function(value, Reply<Out>, args...)`, which keeps the Reply and calls it, from
  /// any thread, when it has the answer; or a coroutine `Task<Out> function(value, args...)`; or either with the key in
  /// front. It is called when the commit that brought the row is complete. See AsyncOptions, Reply and
  /// docs/guide/async.md.
  ///
  /// A newer change of the row supersedes an older answer. A failure after the last retry is an error of the row.
  /// Errors: throws Failure if the options need timers and the graph has none.
  template <class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto map_async(Function function,
                                                                       const AsyncOptions& options = {},
                                                                       Args&&... args) const;
  /// The same by a class that derives from AsyncMapper or TaskMapper (classic face).
  template <class Mapper, class... Args>
  requires std::derived_from<Mapper, ClassicMapper>
  auto map_async(const AsyncOptions& options = {}, Args&&... args) const;

  /// The same rows, arriving a bounded number per commit: what is declared over them does not hold up a running graph.
  /// Graph::run_backfill() does a step, and a Service calls it while there is more to do. Empty at first.
  ///
  /// Cost: O(rows_per_step) per step; a bit per row meanwhile. Nothing once all rows are there.
  Collection gradually(const Gradually& options = {}) const;
  /// Whether all rows are there that the gradually() above this view hold back.
  bool complete() const;

  /// The least fixpoint of a derivation: these rows, all that follows from them, and all that follows from that. The
  /// function is `derive(value, args...)`, or with the key in front, and gives the pairs (key, value) that follow from
  /// a row, of the types of this collection: reachable nodes, distances, permissions. There is one row per key, with
  /// the best of the values that are seeded or derived for it: the least by compare(), or by the order that the options
  /// name.
  ///
  /// What no seed leads to any more goes, also where it would follow from itself. Called once for each row that is new,
  /// changed, or read something that changed, as long as nothing is better than what it follows from. A row that
  /// improves itself by what follows from it is an error of that row. Cost: O(changed rows + their derivations), each
  /// with a logarithm of how many wait; a row that loses its support looks through all that leads to it.
  template <class Function, class... Args>
  requires detail::NamesFunction<Function, Args...>
  auto iterate(Function derive, Args&&... args) const;
  /// The same with bounds, and with another order: `IterateOptions<LeastBy<&Route::cost>>{}`.
  template <class Function, class Order = Least, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto iterate(Function derive,
                                                                     const IterateOptions<Order>& options,
                                                                     Args&&... args) const;

  /// The rows of all: the values of a key in the order of the collections.
  template <class... More> Collection merge(const More&... more) const;

  /// Each value of a key once: of equal ones the first in the order of this collection, in whose place it stands. Which
  /// that is depends on the rows alone, never on how they came about.
  ///
  /// Requires: the values can be hashed, for this and the next three. Cost: O(log rows that are equal) for each changed
  /// row, however many values its key has.
  Collection distinct() const;
  /// The rows that `other` has not under the same key with an equal value; the order stays. Cost: as distinct(), and
  /// O(rows here that are equal) for a value that enters `other` or leaves it.
  template <class Other> Collection difference(const Other& other) const;
  /// The rows that `other` has too; the order stays.
  template <class Other> Collection intersect(const Other& other) const;
  /// The rows of all, each value of a key once: merge() and distinct().
  template <class... More> Collection unite(const More&... more) const;

  /// Each row with the row that `right` has under the same key: `combine(left, right, args...)`, or with the key in
  /// front, gives a value, an optional or a Result. Keys stay. A row without a partner yields nothing now and appears
  /// when the partner does; a changed partner replaces the pair in the same commit. Called once per changed pair.
  ///
  /// Several rows under a key make one row per pair, in the order of the left row, then of the right one.
  /// Cost: O(changed rows on either side x partners). Holds an index of this collection's rows by what they refer to.
  template <class RightKey, class Right, class Function, class... Args>
  requires(!detail::is_by<Function> &&
           !std::derived_from<Function, ClassicMapper>) auto join(const Collection<RightKey, Right>& right,
                                                                  Function combine, Args&&... args) const;
  /// The same with the row whose key `key_of` names: `orders.join(customers, by(&Order::customer), combine)`.
  template <class RightKey, class Right, class KeyFunction, class Function, class... Args>
  auto join(const Collection<RightKey, Right>& right, By<KeyFunction> key_of, Function combine, Args&&... args) const;

  /// The same, keeping rows without a partner: `combine` takes a `const Right*`, null for those.
  template <class RightKey, class Right, class Function, class... Args>
  requires(!detail::is_by<Function> &&
           !std::derived_from<Function, ClassicMapper>) auto left_join(const Collection<RightKey, Right>& right,
                                                                       Function combine, Args&&... args) const;
  template <class RightKey, class Right, class KeyFunction, class Function, class... Args>
  auto left_join(const Collection<RightKey, Right>& right, By<KeyFunction> key_of, Function combine,
                 Args&&... args) const;

  /// The same, keeping the rows of both that have no partner: `combine(const Value*, const Right*, args...)`, one of
  /// which may be null. By equal key only.
  template <class RightKey, class Right, class Function, class... Args>
  requires(!detail::is_by<Function> &&
           !std::derived_from<Function, ClassicMapper>) auto full_join(const Collection<RightKey, Right>& right,
                                                                       Function combine, Args&&... args) const;

  /// Each row with the last row of `right`, under the same key, whose time is not after its own (of equal times, the
  /// last in `right`'s order): `combine(left, right, args...)` as for join(). A right row that comes late, changes or
  /// goes corrects the rows it is or was the last one for. The times are of one ordered type; their functions see one
  /// row, as `function(value)` or `function(key, value)`. Cost: O(rows joined anew x log rows of the key).
  template <class Right, class TimeOfLeft, class TimeOfRight, class Function, class... Args>
  requires(!std::derived_from<Function, ClassicMapper>) auto as_of_join(const Collection<Key, Right>& right,
                                                                        TimeOfLeft time_of_left,
                                                                        TimeOfRight time_of_right, Function combine,
                                                                        Args&&... args) const;

  /// The rows that have a partner in `right`, as they are: under the same key, or under the one that `key_of` names.
  template <class RightKey, class Right> Collection semi_join(const Collection<RightKey, Right>& right) const;
  template <class RightKey, class Right, class Function>
  Collection semi_join(const Collection<RightKey, Right>& right, By<Function> key_of) const;
  /// The rows that have none.
  template <class RightKey, class Right> Collection anti_join(const Collection<RightKey, Right>& right) const;
  template <class RightKey, class Right, class Function>
  Collection anti_join(const Collection<RightKey, Right>& right, By<Function> key_of) const;

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
  auto group_by(Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto filter(Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto reduce(Args&&... args) const;
  template <class Mapper, class... Args>
  requires(detail::NamesMapper<Mapper, Args...> &&
           !(detail::is_iterate_options<std::remove_cvref_t<Args>> || ...)) auto iterate(Args&&... args) const;
  template <class Mapper, class... Args>
  requires std::derived_from<Mapper, ClassicMapper>
  auto iterate(const IterateOptions<>& options, Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto top(std::size_t count, Args&&... args) const;
  template <class Mapper, class... Args>
  requires detail::NamesMapper<Mapper>
  auto order_by(const PageOptions& page = {}, Args&&... args) const;
  template <class Mapper, class PageKey, class... Args>
  requires detail::NamesMapper<Mapper>
  auto order_by(const LivePage<PageKey>& page, Args&&... args) const;
  template <class Mapper, class RightKey, class Right, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto join(const Collection<RightKey, Right>& right, Args&&... args) const;
  template <class Mapper, class RightKey, class Right, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto left_join(const Collection<RightKey, Right>& right, Args&&... args) const;
  template <class Mapper, class RightKey, class Right, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto full_join(const Collection<RightKey, Right>& right, Args&&... args) const;
  template <class Mapper, class Right, class... Args>
  requires detail::NamesMapper<Mapper, Args...>
  auto as_of_join(const Collection<Key, Right>& right, Args&&... args) const;

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
    static_cast<void>(node_->core());  // asserts that the graph is still there
    if (auto* tracker = detail::current_tracker) tracker->read_key(*node_, &key);
  }
  void track_all() const {
    static_cast<void>(node_->core());
    if (auto* tracker = detail::current_tracker) tracker->read_all(*node_);
  }

  std::shared_ptr<Node> node_;  // owners: all handles, and the nodes computed from it
};

}  // namespace freshet
