// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "freshet/graph/reducers/sum.hpp"

namespace freshet {

namespace detail {

template <auto Member> struct AverageReducer {
  template <class Value> struct For {
    struct State {
      SumState<Projected<Member, Value>> sum;
      std::int64_t count = 0;
    };
    static void add(State& state, const Value& value) {
      state.sum.add(project<Member>(value));
      ++state.count;
    }
    static void remove(State& state, const Value& value) {
      state.sum.remove(project<Member>(value));
      --state.count;
    }
    static double result(const State& state) { return state.sum.as_double() / static_cast<double>(state.count); }
  };
};

}  // namespace detail

template <auto Member = nullptr> using AverageOf = detail::AverageReducer<Member>;

/// The mean of a member, or of the values, as double; exact before the division.
template <auto Member = nullptr> constexpr AverageOf<Member> average() { return {}; }

}  // namespace freshet
