// SPDX-License-Identifier: MIT
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/graph/by.hpp"
#include "freshet/graph/operators/as_of_join.hpp"
#include "freshet/meta/verbs/join.hpp"

/// as_of_join over functions.
namespace freshet {

namespace detail {

/// Refuses wrong time functions in words of ours; whether the rest may be compiled.
template <class TimeOfLeft, class TimeOfRight, class Key, class Left, class Right>
constexpr bool check_time_functions() {
  constexpr bool plain = captures_nothing<TimeOfLeft> && captures_nothing<TimeOfRight>;
  static_assert(plain, "Freshet: the time functions of an as_of_join may not capture");
  constexpr bool fits = By<TimeOfLeft>::template takes<Key, Left> && By<TimeOfRight>::template takes<Key, Right>;
  static_assert(!plain || fits,
                "Freshet: the time functions of an as_of_join are called as function(value) or function(key, value), "
                "the first with rows of the left side, the second with rows of the right one");
  if constexpr (plain && fits) {
    constexpr bool one_type =
        std::is_same_v<std::decay_t<std::invoke_result_t<const By<TimeOfLeft>&, const Key&, const Left&>>,
                       std::decay_t<std::invoke_result_t<const By<TimeOfRight>&, const Key&, const Right&>>>;
    static_assert(one_type, "Freshet: the two times of an as_of_join are of one type");
    return one_type;
  } else {
    return false;
  }
}

}  // namespace detail

template <class Key, class Value>
template <class Right, class TimeOfLeft, class TimeOfRight, class Function, class... Args>
requires(!std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::as_of_join(
    const Collection<Key, Right>& right, TimeOfLeft time_of_left, TimeOfRight time_of_right, Function combine,
    Args&&... args) const {
  using detail::Unmatched;
  if constexpr (detail::check_time_functions<TimeOfLeft, TimeOfRight, Key, Value, Right>()) {
    if constexpr (detail::check_join_function<Function, Key, Value, Right, detail::Stored<Args>...>()) {
      return detail::make_as_of_join(*this, right, By<TimeOfLeft>(time_of_left), By<TimeOfRight>(time_of_right),
                                     detail::JoinCall<Function, Unmatched::left_out>{detail::FunctionCall(combine)},
                                     std::tuple<detail::Stored<Args>...>(std::forward<Args>(args)...));
    }
  }
}

}  // namespace freshet
