// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/operators/iterate.hpp"
#include "freshet/meta/function_call.hpp"

namespace freshet {

namespace detail {

/// Refuses what iterate() cannot do with what a function gives; whether the rest may be compiled.
template <class Given, class Key, class Value> constexpr bool check_derived() {
  constexpr bool fits = gives_rows<Given, Key, Value>;
  static_assert(
      fits,
      "Freshet: the function of iterate gives what follows from a row: a std::pair(key, value) of the key and "
      "value types of this collection, an optional or a container of them");
  constexpr bool ordered = can_compare<Value>;
  static_assert(ordered,
                "Freshet: iterate keeps the best value of each key, so values must be ordered; give this type an "
                "operator<=> or describe it");
  return fits && ordered;
}

}  // namespace detail

template <class Key, class Value> template <class Function, class... Args>
requires detail::NamesFunction<Function, Args...>
auto Collection<Key, Value>::iterate(Function derive, Args&&... args) const {
  return iterate(derive, IterateOptions<>{}, std::forward<Args>(args)...);
}

template <class Key, class Value> template <class Function, class Order, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::iterate(
    Function derive, const IterateOptions<Order>& options, Args&&... args) const {
  if constexpr (detail::check_mapper<Function, Key, Value, detail::Stored<Args>...>()) {
    using Given = detail::Given<Function, Key, Value, detail::Stored<Args>...>;
    if constexpr (detail::check_derived<Given, Key, Value>()) {
      return detail::make_iterate(*this, options, detail::FunctionCall(derive),
                                  std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

}  // namespace freshet
