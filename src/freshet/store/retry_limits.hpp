// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

namespace freshet {

/// How often a transaction is run again that somebody else got in the way of, and after how long: a random part of a
/// delay that doubles from `delay_min` to `delay_max`.
struct RetryLimits {
  std::size_t attempts_max = 20;
  std::chrono::milliseconds delay_min{1};
  std::chrono::milliseconds delay_max{200};
};

}  // namespace freshet
