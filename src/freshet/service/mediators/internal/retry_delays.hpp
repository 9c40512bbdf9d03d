// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "freshet/base/backoff.hpp"
#include "freshet/service/mediators/options.hpp"

namespace freshet::mediators {

/// How long to wait before the next attempt, and how many there are.
///
/// Thread safety: may be asked from any thread.
class RetryDelays {
 public:
  /// Two with equal seeds give the same delays.
  RetryDelays(RetryOptions options, std::uint64_t seed)
      : attempts_max_(options.attempts_max),
        backoff_({.delay_min = options.delay_min, .delay_max = options.delay_max}, seed) {}

  /// The delay after `failures` attempts that failed, from 1.
  std::chrono::milliseconds after(std::size_t failures) { return backoff_.after(failures); }
  /// A random time between nothing and `most`.
  std::chrono::milliseconds up_to(std::chrono::milliseconds most) { return backoff_.up_to(most); }
  bool exhausted(std::size_t failures) const { return failures >= attempts_max_; }

 private:
  const std::size_t attempts_max_;
  Backoff backoff_;
};

}  // namespace freshet::mediators
