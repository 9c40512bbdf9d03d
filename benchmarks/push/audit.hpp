// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "push/rows.hpp"

namespace freshet::bench {

/// When deliveries came, of one window of time, since the tick they belong to was due. Units: microseconds.
struct Latencies {
  std::uint64_t count = 0;
  double p50_us{}, p99_us{}, p999_us{}, max_us{};
  /// When the first and the last subscriber had a tick, median over the ticks.
  double first_us{}, last_us{};
};

/// What one subscriber knows of its rows, all that matters for an audit: the number of each row's last write.
struct Knowledge {
  std::uint64_t first_key = 0;
  std::vector<std::uint32_t> numbers;
  bool is_ready = false;
  /// Writes that a later one stood for.
  std::uint64_t skipped = 0;
  /// Rows of ticks up to that one are of no interest.
  std::uint64_t begun_after = 0;
};

/// What went wrong. Skipped writes are wrong where a client keeps up; one that does not is owed the newest only.
struct Faults {
  std::uint64_t doubled = 0;  ///< rows that came again, or older than what was known
  std::uint64_t skipped = 0;  ///< writes that a later one stood for
  std::uint64_t garbled = 0;  ///< rows that are not what was written
};

/// Knows what was written, and checks what each subscriber gets: each write of a row once, in order, byte for byte.
class Audit {
 public:
  Audit(std::uint64_t keys, std::uint64_t width, std::size_t payload_bytes);

  /// Begins a tick, which is due at `due_ns`; the writes that follow belong to it.
  void begin_tick(std::int64_t due_ns);
  /// Appends the row of the next write of `key`, which every follower of its window is to get.
  void write(std::string& json, std::uint64_t key);
  /// Nobody will get what was written before there were subscribers.
  void forget_ticks();

  /// Subscribers of a window that are counted on from now on.
  void add_follower(std::uint64_t window, int count) { followers_[window] += static_cast<std::uint64_t>(count); }

  /// Rows came to a subscriber; all that it is to know, if `is_init`. Returns how many.
  std::uint64_t delivered(Knowledge& knowledge, bool is_init, std::string_view rows, std::int64_t now_ns);

  /// Takes a subscriber for one who knows all that was written up to now, whether some of it comes or not.
  void begin_here(Knowledge& knowledge) const;

  std::uint64_t tick_count() const { return ticks_.size(); }
  /// How many ticks, from the first on, every follower has got.
  std::uint64_t complete_count();
  std::uint64_t delivered_count() const { return delivered_; }
  const Faults& faults() const { return faults_; }
  /// Whether a subscriber knows the last write of each of its rows.
  bool is_up_to_date(const Knowledge& knowledge) const;
  std::uint64_t window_of(std::uint64_t key) const { return key / width_; }

  /// The deliveries since the last call.
  Latencies take_latencies();

 private:
  struct Tick {
    std::int64_t due_ns{};
    std::uint64_t owed = 0;
    std::uint64_t got = 0;
    std::int64_t first_ns = 0;
    std::int64_t last_ns = 0;
  };

  void count(Knowledge& knowledge, const Stamp& stamp, bool is_init, std::int64_t now_ns);

  std::uint64_t width_;
  Rows rows_;
  std::vector<std::uint32_t> written_;
  std::vector<std::uint64_t> followers_;
  std::vector<Tick> ticks_;
  std::uint64_t complete_ = 0;
  std::uint64_t taken_ticks_ = 0;
  std::vector<double> latencies_us_;
  std::uint64_t delivered_ = 0;
  Faults faults_;
};

/// Nanoseconds on the clock that all processes of this machine share (CLOCK_MONOTONIC).
std::int64_t monotonic_ns();

}  // namespace freshet::bench
