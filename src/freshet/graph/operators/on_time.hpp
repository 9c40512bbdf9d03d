// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "freshet/graph/detail/late_node.hpp"
#include "freshet/graph/detail/on_time_node.hpp"

namespace freshet {

/// The rows of a collection that are on time, made by Collection::on_time(). Every view of these rows sees the same
/// ones accepted, in the same commit.
///
/// Lifetime and thread safety: a handle, as Collection.
/// Example: src/freshet/meta/verbs/event_time.test.cpp [windows]
template <class Key, class Value> class Timely : public Collection<Key, Value> {
 public:
  using OnTimeNode = detail::OnTimeNode<Key, Value>;

  explicit Timely(std::shared_ptr<OnTimeNode> node) : Collection<Key, Value>(std::move(node)) {}

  /// The newest of the rows that came too late, numbered from 1 in the order of their coming.
  Collection<std::uint64_t, LateRow<Key, Value>> late() const {
    return Collection<std::uint64_t, LateRow<Key, Value>>(
        detail::companion_of<detail::LateNode<Key, Value>>(shared_timely()));
  }
  /// How many rows came too late, ever.
  std::uint64_t late_count() const { return timely_node().late_count(); }

  /// The watermark; none before the first row. Mappers read watermarks() instead, as an argument.
  std::optional<Timestamp> watermark() const {
    const Timestamp mark = timely_node().watermark();
    return mark == OnTimeNode::kNever ? std::nullopt : std::optional(mark);
  }
  /// The watermark as a collection of one row, under the key "watermark".
  Collection<std::string, Timestamp> watermarks() const {
    return Collection<std::string, Timestamp>(detail::companion_of<detail::WatermarkNode<Key, Value>>(shared_timely()));
  }

  /// Each row in each window that its time is in, under the key (window, key). What is reduced, joined or counted from
  /// there is so per window; `flat_map` or `key_by` with `windowed.with(other_key)` groups by something else.
  ///
  /// A window is closed when the watermark is past its end by the allowed lateness; with `keep`, its rows go that long
  /// after. Errors: throws Failure for a size, step or offset that makes no windows, or more than 1000 per row.
  /// Cost: O(changed rows x windows that a row is in); O(log rows) more per row with `keep`.
  Collection<Windowed<Key>, Value> window(const Windows& windows, WindowOptions options = {}) const;

  /// Each row in its session: rows of a key that are less than `gap` apart, from one to the next, belong together.
  ///
  /// A row that comes between two sessions makes them one, one that goes may leave two. A session is closed when the
  /// watermark is past its last row by `gap` and the allowed lateness; with `keep`, its rows go that long after.
  /// Cost: O(log rows of the key) for a row that continues a session; else O(rows whose session begins elsewhere now).
  Collection<SessionOf<Key>, Value> session(TimeSpan gap, WindowOptions options = {}) const;

  std::shared_ptr<OnTimeNode> shared_timely() const {
    return std::static_pointer_cast<OnTimeNode>(this->shared_node());
  }

 private:
  const OnTimeNode& timely_node() const { return static_cast<const OnTimeNode&>(this->node()); }
};

namespace detail {

/// Passed to a mapper, it is the collection that it is.
template <class T, class Key, class Value> struct StoredArgument<T, Timely<Key, Value>> {
  using type = Collection<Key, Value>;
};

template <class Key, class Value>
Timely<Key, Value> make_on_time(const Collection<Key, Value>& source, EventTimeOf<Value> time, const OnTime& options) {
  using Node = OnTimeNode<Key, Value>;
  require_span("the delay", options.delay, TimeSpan(0));
  require_span("the allowed lateness", options.lateness, TimeSpan(0));
  if (options.lag_max) require_span("lag_max", *options.lag_max, TimeSpan(0));
  Core& core = source.node().core();
  return Timely<Key, Value>(core.find_or_make<Node>(
      hash_of(source.node().id()) + time.hash(),
      [&](const Node& node) { return node.same(source.node(), time, options); },
      [&] {
        return std::make_unique<Node>(core, derived_name(source.node(), "on_time"), source.shared_node(), time,
                                      options);
      }));
}

}  // namespace detail

template <class Key, class Value> template <class Member>
requires std::is_member_pointer_v<Member>
auto Collection<Key, Value>::on_time(Member at, const OnTime& options) const {
  if constexpr (detail::check_time_member<Value, Member>()) {
    return detail::make_on_time(*this, detail::EventTimeOf<Value>(at), options);
  }
}

}  // namespace freshet
