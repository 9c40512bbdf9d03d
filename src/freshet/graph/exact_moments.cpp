// SPDX-License-Identifier: MIT
#include "freshet/graph/exact_moments.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <limits>

namespace freshet {

namespace {

using detail::DoubleParts;
using detail::Int128;
using detail::kUnitExponent;
using detail::Uint128;

/// An integer of fixed length, lowest limb first.
template <std::size_t kLimbs> using Limbs = std::array<std::uint64_t, kLimbs>;

Uint128 product(std::uint64_t a, std::uint64_t b) { return static_cast<Uint128>(a) * b; }
Uint128 magnitude(Int128 number) { return number < 0 ? -static_cast<Uint128>(number) : static_cast<Uint128>(number); }
std::uint64_t low(Uint128 number) { return static_cast<std::uint64_t>(number); }
std::uint64_t high(Uint128 number) { return static_cast<std::uint64_t>(number >> 64); }

/// Adds `number` x 2^(64 x limb), or takes it away; what does not fit is cut off, as in two's complement.
template <std::size_t kLimbs> void add_limb(Limbs<kLimbs>& to, std::uint64_t number, std::size_t limb, bool subtract) {
  for (; number != 0 && limb < kLimbs; ++limb) {
    const std::uint64_t before = to[limb];
    to[limb] = subtract ? before - number : before + number;
    number = (subtract ? to[limb] > before : to[limb] < before) ? 1 : 0;
  }
}
/// The same with 128 bits at any bit.
template <std::size_t kLimbs> void add_at(Limbs<kLimbs>& to, Uint128 number, std::size_t bit, bool subtract) {
  const std::size_t limb = bit / 64;
  const unsigned shift = bit % 64;
  add_limb(to, low(number) << shift, limb, subtract);
  const Uint128 rest = shift == 0 ? number >> 64 : number >> (64 - shift);
  add_limb(to, low(rest), limb + 1, subtract);
  add_limb(to, high(rest), limb + 2, subtract);
}

template <std::size_t kLimbs> void negate(Limbs<kLimbs>& number) {
  for (auto& limb : number) limb = ~limb;
  add_limb(number, 1, 0, false);
}
template <std::size_t kLimbs> bool negative(const Limbs<kLimbs>& number) { return number.back() >> 63 != 0; }

template <std::size_t kLimbs> std::size_t length(const Limbs<kLimbs>& number) {
  std::size_t length = kLimbs;
  while (length > 0 && number[length - 1] == 0) --length;
  return length;
}

/// A double of 53 bits times a power of two.
struct Rounded {
  double mantissa;
  int exponent;
};

/// The 64 bits from bit `at` up; bits below 0 are clear.
template <std::size_t kLimbs> std::uint64_t word_at(const Limbs<kLimbs>& number, int at) {
  if (at < 0) return at <= -64 ? 0 : number[0] << -at;
  const auto limb = static_cast<std::size_t>(at / 64);
  const int shift = at % 64;
  const std::uint64_t above = shift != 0 && limb + 1 < kLimbs ? number[limb + 1] << (64 - shift) : 0;
  return number[limb] >> shift | above;
}
template <std::size_t kLimbs> bool any_below(const Limbs<kLimbs>& number, int end) {
  if (end <= 0) return false;
  const auto limb = static_cast<std::size_t>(end / 64);
  if (end % 64 != 0 && (number[limb] << (64 - end % 64)) != 0) return true;
  return std::any_of(number.begin(), number.begin() + static_cast<std::ptrdiff_t>(limb),
                     [](std::uint64_t each) { return each != 0; });
}

/// To nearest, ties to even.
template <std::size_t kLimbs> Rounded round(const Limbs<kLimbs>& number) {
  const std::size_t top = length(number);
  if (top == 0) return {0, 0};
  const auto width = static_cast<int>(top * 64) - std::countl_zero(number[top - 1]);
  if (width <= 53) return {static_cast<double>(number[0]), 0};
  const int cut = width - 53;
  const std::uint64_t kept = word_at(number, cut);
  const std::uint64_t behind = word_at(number, cut - 64);  // what is cut off, from its first bit down
  constexpr std::uint64_t kHalf = std::uint64_t{1} << 63;
  bool up = behind > kHalf;
  if (behind == kHalf) up = (kept & 1) != 0 || any_below(number, cut - 64);
  return {static_cast<double>(up ? kept + 1 : kept), cut};
}

/// count x squares - sum^2, which is count times the sum of (x - mean)^2. Requires: squares >= 0.
template <std::size_t kSum, std::size_t kSquares>
Rounded count_times_deviations(const Limbs<kSum>& sum, const Limbs<kSquares>& squares, std::int64_t count) {
  Limbs<std::max(2 * kSum, kSquares + 1)> total{};
  const std::size_t squares_length = length(squares);
  for (std::size_t i = 0; i < squares_length; ++i) {
    const Uint128 part = product(squares[i], static_cast<std::uint64_t>(count));
    add_limb(total, low(part), i, false);
    add_limb(total, high(part), i + 1, false);
  }
  const std::size_t sum_length = length(sum);
  for (std::size_t i = 0; i < sum_length; ++i) {
    for (std::size_t j = 0; j < sum_length; ++j) {
      const Uint128 part = product(sum[i], sum[j]);
      add_limb(total, low(part), i + j, true);
      add_limb(total, high(part), i + j + 1, true);
    }
  }
  return round(total);
}

Spread divide(Rounded deviations, int exponent, std::int64_t count, std::int64_t divisor) {
  return {deviations.mantissa / (static_cast<double>(count) * static_cast<double>(divisor)),
          deviations.exponent + exponent};
}

}  // namespace

double Spread::variance() const { return std::ldexp(fraction, exponent); }
double Spread::standard_deviation() const {
  const bool odd = exponent % 2 != 0;
  return std::ldexp(std::sqrt(odd ? fraction * 2 : fraction), (odd ? exponent - 1 : exponent) / 2);
}

bool IntegerMoments::accumulate(Int128 number, int sign) {
  Int128 sum = 0;
  if (__builtin_add_overflow(sum_, sign < 0 ? -number : number, &sum)) return false;
  const Uint128 size = magnitude(number);
  const Uint128 middle = product(low(size), high(size));  // twice, below 2^125
  Limbs<4> squares = squares_;
  add_at(squares, product(low(size), low(size)), 0, sign < 0);
  if (high(size) != 0) {
    add_at(squares, middle << 1, 64, sign < 0);
    add_at(squares, product(high(size), high(size)), 128, sign < 0);
  }
  if (negative(squares_) != negative(squares) && negative(squares) != (sign < 0)) return false;
  sum_ = sum;
  squares_ = squares;
  return true;
}

Spread IntegerMoments::spread(std::int64_t count, std::int64_t divisor) const {
  const Uint128 size = magnitude(sum_);
  return divide(count_times_deviations(Limbs<2>{low(size), high(size)}, squares_, count), 0, count, divisor);
}

/// Bit 0 of the sum is 2^-1074 and that of the squares 2^-2148, the least there are; there is room for 2^63 of the
/// greatest.
struct ExactMoments::Wide {
  static constexpr int kLowestExponent = -1074;

  Limbs<34> sum{};
  Limbs<67> squares{};
  std::int64_t not_finite = 0;

  void add(const DoubleParts& parts, bool subtract_sum, bool subtract_square) {
    const auto bit = static_cast<std::size_t>(parts.exponent - kLowestExponent);
    add_at(sum, parts.mantissa, bit, subtract_sum);
    add_at(squares, product(parts.mantissa, parts.mantissa), 2 * bit, subtract_square);
  }
  void add(const IntegerMoments& small) {
    constexpr auto kBit = static_cast<std::size_t>(kUnitExponent - kLowestExponent);
    add_at(sum, magnitude(small.sum_), kBit, small.sum_ < 0);
    Limbs<4> size = small.squares_;
    if (negative(size)) negate(size);
    for (std::size_t i = 0; i < size.size(); ++i) {
      add_at(squares, size[i], 2 * kBit + 64 * i, negative(small.squares_));
    }
  }
};

void ExactMoments::WideDelete::operator()(Wide* wide) const { delete wide; }

void ExactMoments::accumulate_rare(double x, int sign) {
  if (!wide_) wide_.reset(new Wide);
  if (!std::isfinite(x)) {
    wide_->not_finite += sign;
  } else {
    wide_->add(detail::parts_of(x), (x < 0) != (sign < 0), sign < 0);
  }
}

Spread ExactMoments::spread(std::int64_t count, std::int64_t divisor) const {
  if (!wide_) {
    Spread spread = small_.spread(count, divisor);
    spread.exponent += 2 * kUnitExponent;
    return spread;
  }
  if (wide_->not_finite > 0) return {std::numeric_limits<double>::quiet_NaN(), 0};
  Wide total = *wide_;
  total.add(small_);
  if (negative(total.sum)) negate(total.sum);
  return divide(count_times_deviations(total.sum, total.squares, count), 2 * Wide::kLowestExponent, count, divisor);
}

}  // namespace freshet
