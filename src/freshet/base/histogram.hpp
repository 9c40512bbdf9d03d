// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>

namespace freshet {

/// How long things took: how many of them no longer than each of a few fixed times, and the sum of all.
///
/// Cost: observe() is a search in eighteen numbers, without allocation.
/// Thread safety: none; copies are snapshots.
/// Example: src/freshet/base/histogram.test.cpp [histogram]
class DurationHistogram {
 public:
  static constexpr std::array<std::chrono::microseconds, 18> kBounds = {
      std::chrono::microseconds(10),        std::chrono::microseconds(25),        std::chrono::microseconds(50),
      std::chrono::microseconds(100),       std::chrono::microseconds(250),       std::chrono::microseconds(500),
      std::chrono::microseconds(1'000),     std::chrono::microseconds(2'500),     std::chrono::microseconds(5'000),
      std::chrono::microseconds(10'000),    std::chrono::microseconds(25'000),    std::chrono::microseconds(50'000),
      std::chrono::microseconds(100'000),   std::chrono::microseconds(250'000),   std::chrono::microseconds(500'000),
      std::chrono::microseconds(1'000'000), std::chrono::microseconds(2'500'000), std::chrono::microseconds(10'000'000),
  };

  void observe(std::chrono::nanoseconds duration) {
    const auto bound = std::lower_bound(kBounds.begin(), kBounds.end(), duration);
    ++buckets_[static_cast<std::size_t>(bound - kBounds.begin())];
    sum_ += duration;
  }

  /// How many took longer than the bound before this one and no longer than it; the last: longer than all bounds.
  const std::array<std::uint64_t, kBounds.size() + 1>& buckets() const { return buckets_; }
  std::uint64_t count() const { return std::accumulate(buckets_.begin(), buckets_.end(), std::uint64_t{0}); }
  std::chrono::nanoseconds sum() const { return sum_; }

 private:
  std::array<std::uint64_t, kBounds.size() + 1> buckets_{};
  std::chrono::nanoseconds sum_{};
};

}  // namespace freshet
