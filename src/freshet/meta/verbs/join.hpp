// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/operators/full_join.hpp"
#include "freshet/graph/operators/join.hpp"
#include "freshet/graph/operators/semi_join.hpp"
#include "freshet/meta/function_call.hpp"

/// join, left_join and full_join over functions.
namespace freshet {

namespace detail {

/// How the meta face calls the function of a join; what it gets of the right side is in kUnmatched.
template <class Function, Unmatched kUnmatched> struct JoinCall {
  FunctionCall<Function> call;

  template <class Key, class Left, class Right, class... Args>
  decltype(auto) operator()(const Key& key, const JoinedRow<Left, Right>& row, const Args&... args) {
    if constexpr (kUnmatched == Unmatched::kept) {
      return call(key, row.left, row.right, args...);
    } else {
      return call(key, row.left, *row.right, args...);
    }
  }
  template <class Key, class Left, class Right, class... Args>
  decltype(auto) operator()(const Key& key, const FullyJoinedRow<Left, Right>& row, const Args&... args) {
    return call(key, row.left, row.right, args...);
  }
  bool same(const JoinCall& other) const { return call.same(other.call); }
  std::size_t hash() const { return call.hash(); }
};

/// Refuses wrong functions of a join in words of ours; whether the rest may be compiled. `Left` and `Right` are what
/// the function gets of the two sides.
template <class Function, class Key, class Left, class Right, class... Args> constexpr bool check_join_function() {
  constexpr bool plain = captures_nothing<Function>;
  static_assert(
      plain,
      "Freshet: the function of a join may not capture; pass what it needs as arguments behind it, so that reads are "
      "tracked and equal views are one");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(
      open_arguments,
      "Freshet: an argument of a mapper may not be a pointer, a reference or a span; pass a value or a collection");
  constexpr bool fits = callable_with<Function, Key, Left, Right, Args...>;
  static_assert(
      !plain || fits,
      "Freshet: the function of a join cannot be called as function(left, right, args...) or function(key, left, "
      "right, args...); left_join passes the right row as a pointer, full_join both rows");
  if constexpr (plain && open_arguments && fits) {
    return gives_a_value<Function, Key, Left, Right, Args...>();
  } else {
    return false;
  }
}

template <Unmatched kUnmatched, class Key, class Left, class RightKey, class Right, class KeyOf, class Function,
          class... Args>
auto join_by_function(const Collection<Key, Left>& left, const Collection<RightKey, Right>& right, KeyOf key_of,
                      Function combine, std::tuple<Args...> args) {
  using Seen = std::conditional_t<kUnmatched == Unmatched::kept, const Right*, Right>;
  if constexpr (check_key_function<KeyOf, Key, Left, RightKey>()) {
    if constexpr (check_join_function<Function, Key, Left, Seen, Args...>()) {
      return make_join<kUnmatched>(left, right, std::move(key_of),
                                   JoinCall<Function, kUnmatched>{FunctionCall(combine)}, std::move(args));
    }
  }
}

}  // namespace detail

template <class Key, class Value> template <class RightKey, class Right, class Function, class... Args>
requires(!detail::is_by<Function> && !std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::join(
    const Collection<RightKey, Right>& right, Function combine, Args&&... args) const {
  return detail::join_by_function<detail::Unmatched::left_out>(
      *this, right, detail::SameKey(), combine, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

template <class Key, class Value>
template <class RightKey, class Right, class KeyFunction, class Function, class... Args>
auto Collection<Key, Value>::join(const Collection<RightKey, Right>& right, By<KeyFunction> key_of, Function combine,
                                  Args&&... args) const {
  return detail::join_by_function<detail::Unmatched::left_out>(
      *this, right, key_of, combine, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

template <class Key, class Value> template <class RightKey, class Right, class Function, class... Args>
requires(!detail::is_by<Function> && !std::derived_from<Function, ClassicMapper>) auto Collection<
    Key, Value>::left_join(const Collection<RightKey, Right>& right, Function combine, Args&&... args) const {
  return detail::join_by_function<detail::Unmatched::kept>(
      *this, right, detail::SameKey(), combine, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

template <class Key, class Value>
template <class RightKey, class Right, class KeyFunction, class Function, class... Args>
auto Collection<Key, Value>::left_join(const Collection<RightKey, Right>& right, By<KeyFunction> key_of,
                                       Function combine, Args&&... args) const {
  return detail::join_by_function<detail::Unmatched::kept>(
      *this, right, key_of, combine, std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
}

template <class Key, class Value> template <class RightKey, class Right, class Function, class... Args>
requires(!detail::is_by<Function> && !std::derived_from<Function, ClassicMapper>) auto Collection<
    Key, Value>::full_join(const Collection<RightKey, Right>& right, Function combine, Args&&... args) const {
  constexpr bool same_keys = std::is_same_v<RightKey, Key>;
  static_assert(same_keys, "Freshet: full_join() takes a collection with the same key type");
  if constexpr (same_keys) {
    if constexpr (detail::check_join_function<Function, Key, const Value*, const Right*, detail::Stored<Args>...>()) {
      return detail::make_full_join(*this, right,
                                    detail::JoinCall<Function, detail::Unmatched::kept>{detail::FunctionCall(combine)},
                                    std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

}  // namespace freshet
