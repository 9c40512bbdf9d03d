// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <random>

#include "freshet/store/retry_limits.hpp"

namespace freshet::store {

/// The pauses between the attempts of one transaction.
class RetryDelays {
 public:
  explicit RetryDelays(const RetryLimits& limits);

  /// How long to wait before the next attempt; nothing if there were enough.
  std::optional<std::chrono::nanoseconds> next();

 private:
  RetryLimits limits_;
  std::size_t attempts_ = 1;
  std::minstd_rand random_;
};

}  // namespace freshet::store
