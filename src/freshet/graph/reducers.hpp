// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/reducers/average.hpp"
#include "freshet/graph/reducers/collect.hpp"
#include "freshet/graph/reducers/count.hpp"
#include "freshet/graph/reducers/count_distinct.hpp"
#include "freshet/graph/reducers/extremes.hpp"
#include "freshet/graph/reducers/first_last.hpp"
#include "freshet/graph/reducers/quantile.hpp"
#include "freshet/graph/reducers/sum.hpp"
#include "freshet/graph/reducers/top.hpp"
#include "freshet/graph/reducers/variance.hpp"

/// Incremental reducers: one result from the values of a key, kept up to date by adding and removing single values.
///
/// A reducer is an empty type with a nested `For<Value>` (or, made for one value type, with these members itself):
///   struct State;                                       what is kept per key; begins value-initialised, never moves
///   static void add(State&, const Value&);
///   static void remove(State&, const Value&);           undoes add exactly, in any order
///   static Result result(const State&);                 throws Failure where there is none
///
/// Those that come along are made by functions, `orders.reduce(sum<&Order::amount>())`, and have names for the classic
/// face, `orders.reduce<SumOf<&Order::amount>>()`. Each takes the member to look at, or none for the values themselves,
/// and each gives the same bits for the same rows, however they came about. Your own derive from Reducer in the classic
/// face.
///
/// Example: src/freshet/meta/verbs/reducers.test.cpp [own_reducer], src/freshet/classic/verbs/reducers.test.cpp
namespace freshet {

namespace detail {

template <class Reducer, class Value> struct BoundReducer { using type = Reducer; };
template <class Reducer, class Value>
requires requires { typename Reducer::template For<Value>; }
struct BoundReducer<Reducer, Value> {
  using type = typename Reducer::template For<Value>;
};

}  // namespace detail

/// Whether `Reducer` can be kept up to date over values of `Value`.
template <class Reducer, class Value>
concept IncrementalReducer = requires(typename detail::BoundReducer<Reducer, Value>::type::State& state,
                                      const Value& value) {
  detail::BoundReducer<Reducer, Value>::type::add(state, value);
  detail::BoundReducer<Reducer, Value>::type::remove(state, value);
  detail::BoundReducer<Reducer, Value>::type::result(state);
};

}  // namespace freshet
