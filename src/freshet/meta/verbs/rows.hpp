// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/operators/filter.hpp"
#include "freshet/graph/operators/flat_map.hpp"
#include "freshet/graph/operators/incremental_reduce.hpp"
#include "freshet/graph/operators/map.hpp"
#include "freshet/graph/operators/reduce.hpp"
#include "freshet/meta/function_call.hpp"

/// map, flat_map, filter and reduce over functions.
namespace freshet {

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::map(Function function,
                                                                                       Args&&... args) const {
  if constexpr (detail::check_mapper<Function, Key, Value, detail::Stored<Args>...>()) {
    if constexpr (detail::gives_a_value<Function, Key, Value, detail::Stored<Args>...>()) {
      return detail::make_map(*this, detail::FunctionCall(function),
                              std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::flat_map(Function function,
                                                                                            Args&&... args) const {
  if constexpr (detail::check_mapper<Function, Key, Value, detail::Stored<Args>...>()) {
    constexpr bool fits = detail::emits_pairs<detail::Given<Function, Key, Value, detail::Stored<Args>...>>;
    static_assert(
        fits, "Freshet: the function of flat_map gives a std::pair(key, value), an optional or a container of them");
    if constexpr (fits) {
      return detail::make_flat_map(*this, detail::FunctionCall(function),
                                   std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::filter(Function function,
                                                                                          Args&&... args) const {
  if constexpr (detail::check_mapper<Function, Key, Value, detail::Stored<Args>...>()) {
    constexpr bool fits = std::is_same_v<detail::Given<Function, Key, Value, detail::Stored<Args>...>, bool>;
    static_assert(fits, "Freshet: the function of filter gives a bool or a Result of one");
    if constexpr (fits) {
      return detail::make_filter(*this, detail::FunctionCall(function),
                                 std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::reduce(Function function,
                                                                                          Args&&... args) const {
  if constexpr (IncrementalReducer<Function, Value>) {
    constexpr bool alone = sizeof...(Args) == 0;
    static_assert(alone, "Freshet: an incremental reducer takes no arguments");
    constexpr bool stateless = std::is_empty_v<Function>;
    static_assert(stateless,
                  "Freshet: a reducer has no data of its own; what it needs is in its State, one for each key");
    if constexpr (alone && stateless) return detail::make_incremental_reduce(*this, function);
  } else if constexpr (detail::check_mapper<Function, Key, std::span<const Value>, detail::Stored<Args>...>()) {
    if constexpr (detail::gives_a_value<Function, Key, std::span<const Value>, detail::Stored<Args>...>()) {
      return detail::make_reduce(*this, detail::FunctionCall(function),
                                 std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

}  // namespace freshet
