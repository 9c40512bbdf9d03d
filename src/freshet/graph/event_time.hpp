// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <type_traits>

#include "freshet/base/clock.hpp"
#include "freshet/base/ids.hpp"
#include "freshet/model/describe.hpp"

/// What the verbs of event time take and give: on_time, window, session and keep_for. See docs/guide/time.md.
namespace freshet {

/// How long, in event time. `5s`, `10min` and other whole durations convert to it.
using TimeSpan = std::chrono::microseconds;

/// How on_time() decides which rows come too late.
struct OnTime {
  /// How far rows may be out of order: the watermark is the greatest event time seen, less this.
  TimeSpan delay{0};
  /// A row is late if its time is older than the watermark by more than this. Windows stay open as long.
  TimeSpan lateness{0};
  /// At most so far is the watermark behind the graph's time (Graph::advance_to), so that windows close also while no
  /// rows come. None: only rows move it.
  std::optional<TimeSpan> lag_max{};
  /// How many late rows late() keeps, the newest ones.
  std::size_t late_kept = 1024;

  bool operator==(const OnTime&) const = default;
};

/// Windows of one size, one every so often, that begin at `offset` from 1970-01-01T00:00:00Z.
struct Windows {
  TimeSpan size{0};
  TimeSpan every{0};
  TimeSpan offset{0};

  bool operator==(const Windows&) const = default;
};

/// Windows that follow each other without gaps: each row is in one.
constexpr Windows tumbling(TimeSpan size, TimeSpan offset = {}) {
  return {.size = size, .every = size, .offset = offset};
}
/// Windows that overlap (`size` > `every`), or leave gaps (`size` < `every`).
constexpr Windows hopping(Windows windows) { return windows; }

struct WindowOptions {
  /// How long after a window has closed its rows stay. None: for ever.
  std::optional<TimeSpan> keep{};

  bool operator==(const WindowOptions&) const = default;
};

/// From `start`, up to but not including `end`.
struct Window {
  Timestamp start{};
  Timestamp end{};

  auto operator<=>(const Window&) const = default;
};

constexpr auto describe(of<Window>) { return model("windows", key<&Window::start>(), key<&Window::end>()); }

namespace detail {

/// Whether a type can be part of a model: wrappers of keys and values are described where these are.
template <class T>
inline constexpr bool describable =
    std::is_arithmetic_v<T> || std::is_same_v<T, std::string> || std::is_same_v<T, Timestamp>;
template <class T>
requires described<T> || self_described<T>
inline constexpr bool describable<T> = true;
template <class Tag, class Rep> inline constexpr bool describable<Id<Tag, Rep>> = true;

}  // namespace detail

/// A key in one window. Ordered by window, then by key.
template <class KeyType> struct Windowed {
  Timestamp start{};
  Timestamp end{};
  KeyType key{};

  Window window() const { return {start, end}; }
  /// The same window under another key.
  template <class Other> Windowed<Other> with(Other other) const { return {start, end, std::move(other)}; }

  friend bool operator==(const Windowed& a, const Windowed& b) {
    return a.start == b.start && a.end == b.end && equal(a.key, b.key);
  }
  friend std::weak_ordering operator<=>(const Windowed& a, const Windowed& b) {
    if (const auto order = a.window() <=> b.window(); order != 0) return order;
    return compare(a.key, b.key);
  }
};

template <class Key>
requires detail::describable<Key>
constexpr auto describe(of<Windowed<Key>>) {
  return model("windowed", key<&Windowed<Key>::start>(), key<&Windowed<Key>::end>(), key<&Windowed<Key>::key>());
}

/// A key in one session, which is told from the key's other ones by the time of its first row. Ordered by start, then
/// by key.
///
/// The end is not part of it: a session that goes on stays the same session, and its rows stay where they are.
template <class KeyType> struct SessionOf {
  Timestamp start{};
  KeyType key{};

  template <class Other> SessionOf<Other> with(Other other) const { return {start, std::move(other)}; }

  friend bool operator==(const SessionOf& a, const SessionOf& b) { return a.start == b.start && equal(a.key, b.key); }
  friend std::weak_ordering operator<=>(const SessionOf& a, const SessionOf& b) {
    if (const auto order = a.start <=> b.start; order != 0) return order;
    return compare(a.key, b.key);
  }
};

template <class Key>
requires detail::describable<Key>
constexpr auto describe(of<SessionOf<Key>>) {
  return model("sessions", key<&SessionOf<Key>::start>(), key<&SessionOf<Key>::key>());
}

/// A row that came too late.
template <class KeyType, class ValueType> struct LateRow {
  KeyType key{};
  ValueType value{};
  Timestamp at{};         ///< its event time
  Timestamp watermark{};  ///< what it was judged by

  friend bool operator==(const LateRow& a, const LateRow& b) {
    return equal(a.key, b.key) && equal(a.value, b.value) && a.at == b.at && a.watermark == b.watermark;
  }
};

template <class Key, class Value>
requires(detail::describable<Key>&& detail::describable<Value>) constexpr auto describe(of<LateRow<Key, Value>>) {
  using Row = LateRow<Key, Value>;
  return model("late_rows", field<&Row::key>(), field<&Row::value>(), field<&Row::at>(), field<&Row::watermark>());
}

}  // namespace freshet

template <class Key> struct std::hash<freshet::Windowed<Key>> {
  std::size_t operator()(const freshet::Windowed<Key>& windowed) const {
    return freshet::detail::combine(
        freshet::detail::combine(freshet::hash_of(windowed.start), freshet::hash_of(windowed.end)),
        freshet::hash_of(windowed.key));
  }
};
template <class Key> struct std::hash<freshet::SessionOf<Key>> {
  std::size_t operator()(const freshet::SessionOf<Key>& session) const {
    return freshet::detail::combine(freshet::hash_of(session.start), freshet::hash_of(session.key));
  }
};
