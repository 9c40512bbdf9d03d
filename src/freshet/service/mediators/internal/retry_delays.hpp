// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include "freshet/service/mediators/options.hpp"

namespace freshet::mediators {

/// How long to wait before the next attempt: doubling, bounded, and half of it random.
///
/// Thread safety: may be asked from any thread.
class RetryDelays {
 public:
  /// Two with equal seeds give the same delays.
  RetryDelays(RetryOptions options, std::uint64_t seed) : options_(options), random_(seed) {}

  /// The delay after `failures` attempts that failed, from 1.
  std::chrono::milliseconds after(std::size_t failures);
  /// A random time between nothing and `most`.
  std::chrono::milliseconds up_to(std::chrono::milliseconds most);
  bool exhausted(std::size_t failures) const { return failures >= options_.attempts_max; }

 private:
  std::uint64_t next();

  const RetryOptions options_;
  std::atomic<std::uint64_t> random_;
};

/// A seed that differs from process to process.
std::uint64_t random_seed();

}  // namespace freshet::mediators
