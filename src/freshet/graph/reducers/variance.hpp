// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <type_traits>

#include "freshet/base/result.hpp"
#include "freshet/graph/exact_moments.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

/// What the squared distances from the mean are divided by: the number of values if they are all there are, one less if
/// they are a sample.
enum class Variance { population, sample };

namespace detail {

template <class Number> struct VarianceState {
  static_assert(std::is_arithmetic_v<Number> && !std::same_as<Number, bool>, "Freshet: variance needs numbers");

  std::conditional_t<std::floating_point<Number>, ExactMoments, IntegerMoments> moments;
  std::int64_t count = 0;

  void add(Number x) {
    if constexpr (std::floating_point<Number>) {
      moments.add(x);
    } else {
      moments.accumulate(x, 1);
    }
    ++count;
  }
  void remove(Number x) {
    if constexpr (std::floating_point<Number>) {
      moments.remove(x);
    } else {
      moments.accumulate(x, -1);
    }
    --count;
  }
  Spread spread(Variance kind) const {
    if (kind == Variance::population) return moments.spread(count, count);
    if (count > 1) return moments.spread(count, count - 1);
    throw Failure(Error{.code = ErrorCode::out_of_range, .primary = "one value is no sample that varies"});
  }
};

template <auto Member, Variance kKind> struct VarianceReducer {
  template <class Value> struct For {
    using State = VarianceState<Projected<Member, Value>>;
    static void add(State& state, const Value& value) { state.add(project<Member>(value)); }
    static void remove(State& state, const Value& value) { state.remove(project<Member>(value)); }
    static double result(const State& state) { return state.spread(kKind).variance(); }
  };
};

template <auto Member, Variance kKind> struct DeviationReducer {
  template <class Value> struct For : VarianceReducer<Member, kKind>::template For<Value> {
    using State = VarianceState<Projected<Member, Value>>;
    static double result(const State& state) { return state.spread(kKind).standard_deviation(); }
  };
};

}  // namespace detail

template <auto Member = nullptr, Variance kKind = Variance::population>
using VarianceOf = detail::VarianceReducer<Member, kKind>;
template <auto Member = nullptr, Variance kKind = Variance::population>
using StandardDeviationOf = detail::DeviationReducer<Member, kKind>;

/// How far a member, or the values, lie from their mean, as double: the mean of the squared distances, or its root.
///
/// Exact before the division, as sum() is: neither the order of rows nor cancellation shows. NaN while an infinity or a
/// NaN is among the values. Errors: a sample of one value.
template <auto Member = nullptr, Variance kKind = Variance::population> constexpr VarianceOf<Member, kKind> variance() {
  return {};
}
template <auto Member = nullptr, Variance kKind = Variance::population>
constexpr StandardDeviationOf<Member, kKind> standard_deviation() {
  return {};
}

}  // namespace freshet
