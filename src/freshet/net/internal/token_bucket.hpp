// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>

#include "freshet/base/clock.hpp"
#include "freshet/net/rate_limit.hpp"

namespace freshet::net {

/// Lets through `limit.burst` at once and `limit.per_second` over time.
class TokenBucket {
 public:
  TokenBucket(const RateLimit& limit, SteadyTime now) : tokens_(limit.burst), at_(now) {}

  /// False, and nothing taken, where there are not enough.
  bool take(double count, const RateLimit& limit, SteadyTime now) {
    const std::chrono::duration<double> elapsed = now - at_;
    at_ = now;
    tokens_ = std::min(limit.burst, tokens_ + elapsed.count() * limit.per_second);
    // What was added in parts may fall short of the whole by a rounding.
    constexpr double kRounding = 1e-6;
    if (tokens_ + kRounding < count) return false;
    tokens_ -= count;
    return true;
  }

  /// After a take() that failed: how long until there are enough. Requires: a rate, and a burst of `count`.
  std::chrono::duration<double> time_until(double count, const RateLimit& limit) const {
    return std::chrono::duration<double>(std::max(0.0, count - tokens_) / limit.per_second);
  }

 private:
  double tokens_;
  SteadyTime at_;
};

}  // namespace freshet::net
