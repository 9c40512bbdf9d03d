// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace freshet {

/// A point in time as humans and models know it: UTC, to the microsecond, without leap seconds.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;

/// A point in time that only serves to measure how long something takes; never goes back.
using SteadyTime = std::chrono::steady_clock::time_point;

/// Where all time comes from, so that tests run the production code on a clock of their own.
///
/// Lifetime: outlives all that it is handed to.
class Clock {
 public:
  virtual ~Clock() = default;

  /// The time of day. May jump when somebody sets the machine's clock.
  virtual Timestamp now() const = 0;

  /// The time for timeouts and durations.
  virtual SteadyTime steady_now() const = 0;

 protected:
  Clock() = default;
  Clock(const Clock&) = default;
  Clock& operator=(const Clock&) = default;
};

/// The clock of the machine.
///
/// Thread safety: may be read from any thread.
class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  SteadyTime steady_now() const override;
};

/// A clock that stands still until it is told to move.
///
/// Thread safety: may be read and moved from any thread.
/// Example: src/freshet/base/clock.test.cpp [simulated]
class SimulatedClock final : public Clock {
 public:
  /// Starts at 2000-01-01T00:00:00Z, an arbitrary but readable date.
  SimulatedClock() : SimulatedClock(Timestamp(std::chrono::seconds(946684800))) {}
  explicit SimulatedClock(Timestamp start) : now_us_(start.time_since_epoch().count()) {}

  Timestamp now() const override;
  SteadyTime steady_now() const override;

  /// Lets time pass, on both clocks. Requires: `step` is not negative.
  void advance(std::chrono::microseconds step);

  /// Sets the time of day alone, as an operator or NTP would; may go back.
  void set(Timestamp now);

 private:
  std::atomic<std::int64_t> now_us_;
  std::atomic<std::int64_t> steady_us_{0};
};

}  // namespace freshet
