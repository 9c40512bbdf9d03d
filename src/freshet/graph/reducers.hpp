// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <limits>
#include <type_traits>

#include "freshet/base/result.hpp"
#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/exact_sum.hpp"
#include "freshet/model/compare.hpp"

/// Incremental reducers: one result from the values of a key, kept up to date by adding and removing single values.
///
/// A reducer is an empty type with a nested `For<Value>` (or, made for one value type, with these members itself):
///   struct State;                                       what is kept per key; begins value-initialised
///   static void add(State&, const Value&);
///   static void remove(State&, const Value&);           undoes add exactly, in any order
///   static Result result(const State&);                 throws Failure where there is none
///
/// Example: src/freshet/graph/operators/reduce.test.cpp
namespace freshet {

namespace detail {

/// The value itself, or the member that `Member` points to.
template <auto Member, class Value> decltype(auto) project(const Value& value) {
  if constexpr (std::is_same_v<decltype(Member), std::nullptr_t>) {
    return (value);
  } else {
    return std::invoke(Member, value);
  }
}
template <auto Member, class Value>
using Projected = std::remove_cvref_t<decltype(project<Member>(std::declval<const Value&>()))>;

template <class Number> struct SumState {
  static_assert(std::integral<Number> && !std::same_as<Number, bool>, "Freshet: sum and average need numbers");
  __extension__ __int128 total = 0;  // no sum of 2^64 values of 64 bits overflows it

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

struct CountReducer {
  template <class Value> struct For {
    using State = std::int64_t;
    static void add(State& state, const Value&) { ++state; }
    static void remove(State& state, const Value&) { --state; }
    static std::int64_t result(const State& state) { return state; }
  };
};

template <auto Member> struct SumReducer {
  template <class Value> struct For {
    using State = SumState<Projected<Member, Value>>;
    static void add(State& state, const Value& value) { state.add(project<Member>(value)); }
    static void remove(State& state, const Value& value) { state.remove(project<Member>(value)); }
    static auto result(const State& state) { return state.value(); }
  };
};

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

enum class Extreme { min, max };

template <auto Member, Extreme kWhich> struct ExtremeReducer {
  template <class Value> struct For {
    using Item = Projected<Member, Value>;
    using State = SortedBlocks<Item>;
    static bool less(const Item& a, const Item& b) { return compare(a, b) < 0; }
    static void add(State& state, const Value& value) { state.insert(project<Member>(value), &less); }
    static void remove(State& state, const Value& value) { state.erase(project<Member>(value), &less); }
    static Item result(const State& state) { return kWhich == Extreme::min ? state.front() : state.back(); }
  };
};

template <class Reducer, class Value> struct BoundReducer { using type = Reducer; };
template <class Reducer, class Value>
requires requires { typename Reducer::template For<Value>; }
struct BoundReducer<Reducer, Value> {
  using type = typename Reducer::template For<Value>;
};

}  // namespace detail

/// Whether `Reducer` can be kept up to date over values of `Value`.
template <class Reducer, class Value>
concept IncrementalReducer = requires(typename detail::BoundReducer<Reducer, Value>::type::State state,
                                      const Value& value) {
  detail::BoundReducer<Reducer, Value>::type::add(state, value);
  detail::BoundReducer<Reducer, Value>::type::remove(state, value);
  detail::BoundReducer<Reducer, Value>::type::result(state);
};

// The reducers by type, as the classic face names them: `orders.reduce<freshet::SumOf<&Order::amount>>()`.
using Count = detail::CountReducer;
template <auto Member = nullptr> using SumOf = detail::SumReducer<Member>;
template <auto Member = nullptr> using AverageOf = detail::AverageReducer<Member>;
template <auto Member = nullptr> using MinOf = detail::ExtremeReducer<Member, detail::Extreme::min>;
template <auto Member = nullptr> using MaxOf = detail::ExtremeReducer<Member, detail::Extreme::max>;

/// How many values a key has, as int64.
constexpr Count count() { return {}; }
/// The sum of a member, or of the values: int64 or uint64 for integers, double for floating point. Exact: neither the
/// order of rows nor their coming and going shows in the last bit (see ExactSum). Errors: an integer sum beyond 64
/// bits.
template <auto Member = nullptr> constexpr SumOf<Member> sum() { return {}; }
/// The mean of a member, or of the values, as double; exact before the division.
template <auto Member = nullptr> constexpr AverageOf<Member> average() { return {}; }
/// The least and the greatest. Cost: O(log values of the key) per change.
template <auto Member = nullptr> constexpr MinOf<Member> min() { return {}; }
template <auto Member = nullptr> constexpr MaxOf<Member> max() { return {}; }

}  // namespace freshet
