// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <functional>
#include <limits>
#include <type_traits>
#include <utility>

#include "freshet/model/compare.hpp"

/// What reducers look at of a value: a member, or the value itself.
namespace freshet::detail {

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

/// The same for reducers that keep what they saw: of numbers that are equal, but not to the bit (both zeros, the NaNs),
/// it is one and the same, so that the answer does not show which came first.
template <auto Member, class Value> Projected<Member, Value> canonical(const Value& value) {
  using Item = Projected<Member, Value>;
  if constexpr (std::floating_point<Item>) {
    const Item item = project<Member>(value);
    return item != item ? std::numeric_limits<Item>::quiet_NaN() : item + Item{0};
  } else {
    return project<Member>(value);
  }
}

/// Orders values by a member, then as a whole: rows that tie are told apart by what they are, never by which came
/// first.
template <auto Member> struct ByMember {
  template <class Value> bool operator()(const Value& a, const Value& b) const {
    if constexpr (!std::is_same_v<decltype(Member), std::nullptr_t>) {
      using Item = Projected<Member, Value>;
      const auto order = compare<Item>(project<Member>(a), project<Member>(b));
      if (order != 0) return order < 0;
    }
    return compare(a, b) < 0;
  }
};

}  // namespace freshet::detail
