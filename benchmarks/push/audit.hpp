// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "push/subscriber.hpp"

namespace freshet::bench {

/// What can be said of the deliveries of one window of time. Units: as named, latencies in microseconds.
struct Deliveries {
  std::uint64_t count = 0;
  double p50_us{}, p99_us{}, p999_us{};
  /// When the first and the last subscriber had an event, median over the events.
  double first_us{}, last_us{};
};

/// Knows what was written, and checks that each subscriber gets exactly that: each write once, in order, byte for byte.
class Audit {
 public:
  explicit Audit(std::size_t subscribers) : subscriber_count_(subscribers) {}

  /// A write is about to be sent. `number` counts from 1; `due_ns` is when it should have been sent.
  void written(std::uint64_t number, std::int64_t due_ns, std::string body);
  /// An event came to `subscriber` at `now_ns`.
  void delivered(Subscriber& subscriber, std::string_view type, std::string_view data, std::int64_t now_ns);

  std::uint64_t written_count() const { return writes_.size(); }
  /// How many writes, from the first on, every subscriber has got.
  std::uint64_t complete_count() const { return complete_; }
  std::uint64_t delivered_count() const { return delivered_; }
  /// Events that were not the next one, or not what was written, and states sent anew. 0 where nothing was lost.
  std::uint64_t fault_count() const { return faults_; }

  /// The deliveries of the writes numbered (`after`, `up_to`].
  Deliveries deliveries_of(std::uint64_t after, std::uint64_t up_to) const;

 private:
  struct Write {
    std::int64_t due_ns{};
    /// Emptied when everybody has it.
    std::string body;
    std::vector<std::int32_t> latencies_us_tenths;
  };

  std::size_t subscriber_count_;
  std::vector<Write> writes_;
  std::uint64_t complete_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t faults_ = 0;
};

/// Nanoseconds on the clock that all processes of this machine share (CLOCK_MONOTONIC).
std::int64_t monotonic_ns();

}  // namespace freshet::bench
