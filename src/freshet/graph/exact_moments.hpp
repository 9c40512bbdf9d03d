// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include "freshet/graph/detail/double_units.hpp"

namespace freshet {

/// How far numbers lie from their mean, as fraction x 2^exponent: squares leave the range of doubles before they do.
struct Spread {
  double fraction = 0;
  int exponent = 0;

  double variance() const;
  double standard_deviation() const;
};

/// Sum and sum of squares of integers, exact.
///
/// Requires: fewer than 2^63 numbers at a time. Cost: a few nanoseconds each, 48 bytes.
class IntegerMoments {
 public:
  /// Adds or (sign < 0) takes away a number below 2^125; false, with nothing changed, if a sum would not fit.
  bool accumulate(detail::Int128 number, int sign);

  /// Sum of (x - mean)^2 over `count` numbers, divided by `divisor`. Rounded once before the division.
  Spread spread(std::int64_t count, std::int64_t divisor) const;

 private:
  friend class ExactMoments;

  detail::Int128 sum_ = 0;
  std::array<std::uint64_t, 4> squares_{};  // two's complement, lowest first
};

/// Sum and sum of squares of doubles without rounding: the same numbers give the same spread to the last bit, however
/// they came and went, and cancellation does not show.
///
/// As in ExactSum, numbers of everyday size (multiples of 2^-76 below 2^49) are kept in place; others go to wide
/// accumulators of 832 bytes that are made when the first of them comes. Infinities and NaNs are counted, so that they
/// too can be taken away; while one is there the spread is NaN.
class ExactMoments {
 public:
  void add(double x) { accumulate(x, 1); }
  void remove(double x) { accumulate(x, -1); }

  /// Sum of (x - mean)^2 over the `count` numbers that are there, divided by `divisor`.
  Spread spread(std::int64_t count, std::int64_t divisor) const;

 private:
  struct Wide;
  struct WideDelete {
    void operator()(Wide* wide) const;
  };

  void accumulate(double x, int sign) {
    detail::Int128 units = 0;
    if (detail::to_units(x, units) && small_.accumulate(x < 0 ? -units : units, sign)) return;
    accumulate_rare(x, sign);
  }
  void accumulate_rare(double x, int sign);

  IntegerMoments small_;  // in units of 2^-76
  std::unique_ptr<Wide, WideDelete> wide_;
};

}  // namespace freshet
