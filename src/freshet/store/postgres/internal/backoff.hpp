// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace freshet::store::postgres {

/// How long to wait before the next attempt: doubling up to a bound, with jitter, so that not all come back at once.
class Backoff {
 public:
  std::chrono::milliseconds next() {
    bound_ = std::min(bound_ * 2, kMost);
    return std::chrono::milliseconds(std::uniform_int_distribution<long>(bound_.count() / 2, bound_.count())(random_));
  }
  void reset() { bound_ = kLeast; }

 private:
  static constexpr std::chrono::milliseconds kLeast{10};
  static constexpr std::chrono::milliseconds kMost{2000};

  std::chrono::milliseconds bound_ = kLeast;
  std::minstd_rand random_{std::random_device()()};
};

}  // namespace freshet::store::postgres
