// SPDX-License-Identifier: MIT
#include "freshet/graph/exact_sum.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace freshet {

using detail::DoubleParts;
using detail::kUnitExponent;
using detail::parts_of;
using detail::Uint128;

struct ExactSum::Wide {
  // Bit 0 of limb 0 is 2^-1088, below the smallest subnormal (2^-1074); 70 limbs reach beyond 2^1024 with carries to
  // spare.
  static constexpr int kLowestExponent = -1088;
  static constexpr std::size_t kLimbs = 70;
  static constexpr std::uint32_t kAddsMax = 1u << 29;  // each add changes a limb by less than 2^33

  std::array<std::int64_t, kLimbs> limbs{};
  std::uint32_t adds = 0;  // since carries were last propagated
  std::int64_t nan = 0, plus_infinity = 0, minus_infinity = 0;

  /// Adds sign x magnitude x 2^exponent. Requires: exponent >= kLowestExponent.
  void add(std::uint64_t magnitude, int exponent, int sign) {
    const auto position = static_cast<std::size_t>(exponent - kLowestExponent);
    std::size_t limb = position / 32;
    const unsigned shift = position % 32;
    Uint128 shifted = static_cast<Uint128>(magnitude) << shift;
    for (; shifted != 0; ++limb, shifted >>= 32) limbs[limb] += sign * static_cast<std::int64_t>(shifted & 0xffffffffu);
    if (++adds == kAddsMax) propagate();
  }

  /// Brings every limb but the last to 0 .. 2^32 - 1; the last then carries the sign.
  void propagate() {
    for (std::size_t i = 0; i + 1 < kLimbs; ++i) {
      const std::int64_t carry = limbs[i] >> 32;
      limbs[i] -= carry * (std::int64_t{1} << 32);
      limbs[i + 1] += carry;
    }
    adds = 0;
  }

  /// Rounds to nearest, ties to even: the leading 64 bits, the last of them sticky, decide.
  double rounded() {
    propagate();
    const bool negative = limbs.back() < 0;
    if (negative) {
      for (auto& limb : limbs) limb = -limb;
      propagate();
    }
    std::size_t top = kLimbs;
    while (top > 0 && limbs[top - 1] == 0) --top;
    if (top == 0) return 0.0;
    Uint128 head = 0;
    bool sticky = false;
    const std::size_t low = top >= 4 ? top - 4 : 0;
    for (std::size_t i = top; i > low; --i) head = (head << 32) | static_cast<std::uint32_t>(limbs[i - 1]);
    for (std::size_t i = 0; i < low; ++i) sticky = sticky || limbs[i] != 0;
    const int exponent = kLowestExponent + static_cast<int>(low) * 32;
    return (negative ? -1 : 1) * scale(head, exponent, sticky);
  }

  /// head x 2^exponent as a double, rounded once, subnormals included.
  static double scale(Uint128 head, int exponent, bool sticky) {
    int width = 0;
    for (Uint128 rest = head; rest != 0; rest >>= 1) ++width;
    // The lowest bit that the result can hold: 53 bits of precision, and nothing below 2^-1074.
    const int lowest = std::max(width - 53, -1074 - exponent);
    if (lowest <= 0) return std::ldexp(static_cast<double>(head), exponent);
    if (lowest > width) return 0.0;
    const Uint128 one = 1;
    Uint128 kept = head >> lowest;
    const Uint128 rest = head & ((one << lowest) - 1);
    const Uint128 half = one << (lowest - 1);
    if (rest > half || (rest == half && (sticky || (kept & 1) != 0))) ++kept;
    return std::ldexp(static_cast<double>(static_cast<std::uint64_t>(kept)), exponent + lowest);
  }
};

void ExactSum::WideDelete::operator()(Wide* wide) const { delete wide; }

void ExactSum::accumulate_rare(double x, int sign) {
  if (!wide_) wide_.reset(new Wide);
  if (std::isnan(x)) {
    wide_->nan += sign;
  } else if (std::isinf(x)) {
    (x > 0 ? wide_->plus_infinity : wide_->minus_infinity) += sign;
  } else {
    const DoubleParts parts = parts_of(x);
    wide_->add(parts.mantissa, parts.exponent, x < 0 ? -sign : sign);
  }
}

double ExactSum::value() const {
  if (!wide_) return std::ldexp(static_cast<double>(small_), kUnitExponent);
  Wide sum = *wide_;
  if (sum.nan > 0 || (sum.plus_infinity > 0 && sum.minus_infinity > 0)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (sum.plus_infinity > 0) return std::numeric_limits<double>::infinity();
  if (sum.minus_infinity > 0) return -std::numeric_limits<double>::infinity();
  const int sign = small_ < 0 ? -1 : 1;
  const auto magnitude = static_cast<Uint128>(small_ < 0 ? -small_ : small_);
  sum.add(static_cast<std::uint64_t>(magnitude & 0xffffffffu), kUnitExponent, sign);
  sum.add(static_cast<std::uint64_t>((magnitude >> 32) & 0xffffffffu), kUnitExponent + 32, sign);
  sum.add(static_cast<std::uint64_t>(magnitude >> 64), kUnitExponent + 64, sign);
  return sum.rounded();
}

}  // namespace freshet
