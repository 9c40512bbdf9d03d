// SPDX-License-Identifier: MIT
#pragma once

#include <type_traits>

#include "freshet/graph/operators/keep_for.hpp"
#include "freshet/graph/operators/on_time.hpp"
#include "freshet/meta/function_call.hpp"

namespace freshet {

namespace detail {

/// Gives what `Function`, a type without data, gives.
template <class Function, class Value> Timestamp event_time_by(const Value& value) { return Function()(value); }

/// Refuses wrong uses in words of ours; whether the rest may be compiled.
template <class Function, class Value> constexpr bool check_event_time() {
  constexpr bool plain = captures_nothing<Function>;
  static_assert(plain, "Freshet: the function that tells a row's event time may not capture");
  constexpr bool fits = std::is_invocable_r_v<Timestamp, Function&, const Value&>;
  static_assert(!plain || fits,
                "Freshet: the function that tells a row's event time is called with the value and gives a "
                "freshet::Timestamp");
  return plain && fits;
}

template <class Value, class Function> EventTimeOf<Value> event_time_of(Function function) {
  if constexpr (std::is_empty_v<Function>) {
    return EventTimeOf<Value>(&event_time_by<Function, Value>);
  } else {
    constexpr bool fits = std::is_convertible_v<Function, Timestamp (*)(const Value&)>;
    static_assert(fits, "Freshet: a plain function that tells a row's event time is a Timestamp(const Value&)");
    if constexpr (fits) return EventTimeOf<Value>(function);
  }
}

}  // namespace detail

template <class Key, class Value> template <class Function>
requires(
    !std::is_member_pointer_v<Function> &&
    !std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::on_time(Function at,
                                                                                      const OnTime& options) const {
  if constexpr (detail::check_event_time<Function, Value>()) {
    return detail::make_on_time(*this, detail::event_time_of<Value>(at), options);
  }
}

template <class Key, class Value> template <class Function>
requires(!std::is_member_pointer_v<Function> &&
         !std::derived_from<Function, ClassicMapper>) auto Collection<Key, Value>::keep_for(TimeSpan span,
                                                                                            Function at) const {
  if constexpr (detail::check_event_time<Function, Value>()) {
    return detail::make_keep_for(*this, span, detail::event_time_of<Value>(at));
  }
}

}  // namespace freshet
