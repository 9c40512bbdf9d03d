// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <utility>

#include "freshet/graph/operators/group_by.hpp"
#include "freshet/graph/operators/key_by.hpp"
#include "freshet/meta/function_call.hpp"

namespace freshet {

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::key_by(Function function,
                                                                                          Args&&... args) const {
  if constexpr (detail::check_mapper<Function, Key, Value, detail::Stored<Args>...>()) {
    if constexpr (detail::gives_a_value<Function, Key, Value, detail::Stored<Args>...>()) {
      return detail::make_key_by(*this, detail::FunctionCall(function),
                                 std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

template <class Key, class Value> template <class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::group_by(Function function,
                                                                                            Args&&... args) const {
  if constexpr (detail::check_mapper<Function, Key, Value, detail::Stored<Args>...>()) {
    if constexpr (detail::gives_a_value<Function, Key, Value, detail::Stored<Args>...>()) {
      return detail::make_group_by(*this, detail::FunctionCall(function),
                                   std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

}  // namespace freshet
