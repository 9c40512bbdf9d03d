// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace freshet {

/// How long to wait before what failed is tried again: doubling from `delay_min` to `delay_max`.
struct BackoffOptions {
  std::chrono::milliseconds delay_min{500};
  std::chrono::milliseconds delay_max{30'000};
};

/// Delays between attempts: doubling, bounded, and half of each random, so that many that failed together do not come
/// back together.
///
/// Thread safety: may be asked from any thread.
/// Example: src/freshet/base/backoff.test.cpp
class Backoff {
 public:
  /// Two with equal seeds give the same delays.
  Backoff(BackoffOptions options, std::uint64_t seed) : options_(options), random_(seed) {}

  /// The delay after `failures` attempts that failed, from 1.
  std::chrono::milliseconds after(std::size_t failures);
  /// A random time between nothing and `most`.
  std::chrono::milliseconds up_to(std::chrono::milliseconds most);

 private:
  std::uint64_t next();

  const BackoffOptions options_;
  std::atomic<std::uint64_t> random_;
};

/// A seed that differs from process to process.
std::uint64_t random_seed();

}  // namespace freshet
