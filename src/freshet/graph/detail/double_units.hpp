// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstdint>

/// Doubles as integers, for sums without rounding.
namespace freshet::detail {

__extension__ using Int128 = __int128;
__extension__ using Uint128 = unsigned __int128;

/// A finite double as mantissa x 2^exponent; the sign is left out.
struct DoubleParts {
  std::uint64_t mantissa;
  int exponent;
};
inline DoubleParts parts_of(double x) {
  const auto bits = std::bit_cast<std::uint64_t>(x);
  const int biased = static_cast<int>((bits >> 52) & 0x7ff);
  const std::uint64_t fraction = bits & ((std::uint64_t{1} << 52) - 1);
  if (biased == 0) return {fraction, -1074};
  return {fraction | (std::uint64_t{1} << 52), biased - 1075};
}

/// Numbers of everyday size are multiples of 2^kUnitExponent below 2^49, so they and sums of them fit in 128 bits.
inline constexpr int kUnitExponent = -76;

/// Makes `units` the number of units in |x|; false if x is not of everyday size.
inline bool to_units(double x, Int128& units) {
  constexpr int kShiftMax = 72;
  const DoubleParts parts = parts_of(x);
  const int shift = parts.exponent - kUnitExponent;
  if (shift >= 0 && shift <= kShiftMax) {
    units = static_cast<Int128>(parts.mantissa) << shift;
    return true;
  }
  if (shift < 0 && shift > -53 && (parts.mantissa & ((std::uint64_t{1} << -shift) - 1)) == 0) {
    units = static_cast<Int128>(parts.mantissa >> -shift);
    return true;
  }
  units = 0;
  return parts.mantissa == 0;
}

}  // namespace freshet::detail
