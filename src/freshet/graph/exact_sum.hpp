// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "freshet/graph/detail/double_units.hpp"

namespace freshet {

/// A sum of doubles without rounding: what was added can be taken away again, to the last bit, in any order.
///
/// A running `sum += x; sum -= x` drifts, and shows the order in which rows came. This one keeps the exact sum in fixed
/// point and rounds once, in value(). Numbers of everyday size (multiples of 2^-76 below 2^49) live in 128 bits in
/// place; others go to a wide accumulator of 560 bytes that is made when the first of them comes.
///
/// Infinities and NaNs are counted, so they too can be taken away.
/// Cost: add and remove a few nanoseconds, no allocation for numbers of everyday size.
/// Source: the idea of U. Kulisch's long accumulator.
class ExactSum {
 public:
  void add(double x) { accumulate(x, 1); }
  void remove(double x) { accumulate(x, -1); }

  /// The exact sum, rounded to nearest, ties to even; NaN for NaN or opposite infinities.
  double value() const;

 private:
  /// A number as limbs of 32 bits, each kept in 64 with room for carries.
  struct Wide;
  struct WideDelete {
    void operator()(Wide* wide) const;
  };

  void accumulate(double x, int sign) {
    detail::Int128 units = 0;
    if (!detail::to_units(x, units)) return accumulate_rare(x, sign);
    detail::Int128 sum = 0;
    if (__builtin_add_overflow(small_, (x < 0) != (sign < 0) ? -units : units, &sum)) return accumulate_rare(x, sign);
    small_ = sum;
  }
  void accumulate_rare(double x, int sign);

  detail::Int128 small_ = 0;  // in units of 2^-76
  std::unique_ptr<Wide, WideDelete> wide_;
};

}  // namespace freshet
