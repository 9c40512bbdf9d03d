// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

namespace freshet {

/// What becomes of a client that does not keep up with a resource: past StreamOptions::session_queue_bytes_max nothing
/// more is queued for it, and this says what it gets instead.
///
/// Rows are state as a rule, and conflating loses nothing of it. Where each change counts by itself (ticks, log lines,
/// the rows of a stream of events), say which way to lose it is the right one.
///
/// Example: src/freshet/meta/resource.test.cpp [slow readers]
class SlowReaders {
 public:
  enum class Way : std::uint8_t { conflate, disconnect, drop_oldest, sample };

  /// One update once it reads again: each key that changed, with the values it has then. The default.
  static constexpr SlowReaders conflate() { return SlowReaders(Way::conflate); }
  /// The end of the connection: `event: close` with `{"reason":"too_slow"}`. With the id of the last event it got, the
  /// client may come back for what it missed, as far as history goes.
  static constexpr SlowReaders disconnect() { return SlowReaders(Way::disconnect); }
  /// The newest events that fit into the budget, once it reads again.
  static constexpr SlowReaders drop_oldest() { return SlowReaders(Way::drop_oldest); }
  /// The same, of which only the last in each `interval`. Requires: interval > 0.
  static constexpr SlowReaders sample(std::chrono::milliseconds interval) { return {Way::sample, interval}; }

  constexpr SlowReaders() = default;
  constexpr Way way() const { return way_; }
  constexpr std::chrono::milliseconds interval() const { return interval_; }

 private:
  constexpr explicit SlowReaders(Way way) : way_(way) {}
  constexpr SlowReaders(Way way, std::chrono::milliseconds interval) : way_(way), interval_(interval) {}

  Way way_ = Way::conflate;
  std::chrono::milliseconds interval_{0};
};

}  // namespace freshet
