// SPDX-License-Identifier: MIT
#pragma once

namespace freshet::net {

/// How many per second over time, and how many at once.
struct RateLimit {
  double per_second = 0;
  double burst = 0;
};

}  // namespace freshet::net
