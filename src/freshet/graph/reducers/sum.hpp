// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "freshet/base/result.hpp"
#include "freshet/graph/exact_sum.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

namespace detail {

template <class Number> struct SumState {
  static_assert(std::integral<Number> && !std::same_as<Number, bool>, "Freshet: sum and average need numbers");
  Int128 total = 0;  // no sum of 2^64 values of 64 bits overflows it

  void add(Number x) { total += x; }
  void remove(Number x) { total -= x; }
  auto value() const {
    using Wide = std::conditional_t<std::unsigned_integral<Number>, std::uint64_t, std::int64_t>;
    if (total < std::numeric_limits<Wide>::min() || total > std::numeric_limits<Wide>::max()) {
      throw Failure(Error{.code = ErrorCode::out_of_range, .primary = "the sum does not fit in 64 bits"});
    }
    return static_cast<Wide>(total);
  }
  double as_double() const { return static_cast<double>(total); }
};
template <std::floating_point Number> struct SumState<Number> {
  ExactSum total;

  void add(Number x) { total.add(x); }
  void remove(Number x) { total.remove(x); }
  double value() const { return total.value(); }
  double as_double() const { return total.value(); }
};

template <auto Member> struct SumReducer {
  template <class Value> struct For {
    using State = SumState<Projected<Member, Value>>;
    static void add(State& state, const Value& value) { state.add(project<Member>(value)); }
    static void remove(State& state, const Value& value) { state.remove(project<Member>(value)); }
    static auto result(const State& state) { return state.value(); }
  };
};

}  // namespace detail

template <auto Member = nullptr> using SumOf = detail::SumReducer<Member>;

/// The sum of a member, or of the values: int64 or uint64 for integers, double for floating point. Exact: neither the
/// order of rows nor their coming and going shows in the last bit (see ExactSum). Errors: an integer sum beyond 64
/// bits.
template <auto Member = nullptr> constexpr SumOf<Member> sum() { return {}; }

}  // namespace freshet
