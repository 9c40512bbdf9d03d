// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>

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
  __extension__ using Int128 = __int128;
  __extension__ using Uint128 = unsigned __int128;
  static constexpr int kUnitExponent = -76;  // small_ counts units of 2^-76
  static constexpr int kShiftMax = 72;

  /// A number as limbs of 32 bits, each kept in 64 with room for carries.
  struct Wide;
  struct WideDelete {
    void operator()(Wide* wide) const;
  };

  /// A finite double as mantissa x 2^exponent.
  struct Parts {
    std::uint64_t mantissa;
    int exponent;
  };
  static Parts parts_of(double x) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const int biased = static_cast<int>((bits >> 52) & 0x7ff);
    const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
    if (biased == 0) return {fraction, -1074};
    return {fraction | (std::uint64_t{1} << 52), biased - 1075};
  }

  void accumulate(double x, int sign) {
    const Parts parts = parts_of(x);
    const int shift = parts.exponent - kUnitExponent;
    Int128 units = 0;
    if (shift >= 0 && shift <= kShiftMax) {
      units = static_cast<Int128>(parts.mantissa) << shift;
    } else if (shift < 0 && shift > -53 && (parts.mantissa & ((std::uint64_t{1} << -shift) - 1)) == 0) {
      units = static_cast<Int128>(parts.mantissa >> -shift);
    } else {
      return accumulate_rare(x, sign);
    }
    Int128 sum = 0;
    if (__builtin_add_overflow(small_, (x < 0) != (sign < 0) ? -units : units, &sum)) return accumulate_rare(x, sign);
    small_ = sum;
  }
  void accumulate_rare(double x, int sign);

  Int128 small_ = 0;
  std::unique_ptr<Wide, WideDelete> wide_;
};

}  // namespace freshet
