// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

#include "freshet/base/clock.hpp"

namespace freshet {

/// Calls of functions at a later time, on the thread of a loop: where timeouts come from, without the loop's type.
///
/// Thread safety: belongs to the loop's thread.
class Timers {
 public:
  /// Names a call that is to come; never 0.
  using Id = std::uint64_t;

  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  virtual ~Timers() = default;

  /// Calls `function` once, `delay` from now; never before this returns.
  virtual Id schedule(std::chrono::nanoseconds delay, std::function<void()> function) = 0;
  /// The call will not come. Nothing happens if it came already.
  virtual void cancel(Id id) = 0;
};

/// Timers on a simulated clock: time passes when a test says so, and calls come at exactly their time.
///
/// Example: src/freshet/base/timers.test.cpp [timers]
class SimulatedTimers final : public Timers {
 public:
  /// Requires: `clock` outlives the timers.
  explicit SimulatedTimers(SimulatedClock& clock) : clock_(clock) {}

  Id schedule(std::chrono::nanoseconds delay, std::function<void()> function) override;
  void cancel(Id id) override;

  /// Moves the clock by `step`, stopping at each call that is due on the way.
  void advance(std::chrono::microseconds step);
  std::size_t waiting() const { return calls_.size(); }

 private:
  using Place = std::pair<SteadyTime, Id>;

  SimulatedClock& clock_;
  std::map<Place, std::function<void()>> calls_;
  Id last_id_ = 0;
};

}  // namespace freshet
