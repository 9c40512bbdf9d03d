// SPDX-License-Identifier: MIT
#include "freshet/base/clock.hpp"

#include "freshet/base/assert.hpp"

namespace freshet {

using std::chrono::microseconds;

Timestamp SystemClock::now() const {
  return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady_now() const { return std::chrono::steady_clock::now(); }

Timestamp SimulatedClock::now() const { return Timestamp(microseconds(now_us_.load())); }

SteadyTime SimulatedClock::steady_now() const { return SteadyTime(microseconds(steady_us_.load())); }

void SimulatedClock::advance(microseconds step) {
  FRESHET_ASSERT(step.count() >= 0);
  now_us_ += step.count();
  steady_us_ += step.count();
}

void SimulatedClock::set(Timestamp now) { now_us_ = now.time_since_epoch().count(); }

}  // namespace freshet
