// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <ranges>
#include <span>
#include <tuple>
#include <type_traits>
#include <typeinfo>
#include <utility>

#include "freshet/base/without_result.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/row_operator.hpp"

/// How the meta face calls functions, and what it refuses at compile time. What its verbs are made of.
namespace freshet {

namespace detail {

/// How the meta face calls: a function, a pointer to member, or a lambda that captures nothing.
template <class Function> class FunctionCall {
 public:
  explicit FunctionCall(Function function) : function_(function) {}

  template <class Key, class Value, class... Args>
  decltype(auto) operator()(const Key& key, const Value& value, const Args&... args) {
    if constexpr (std::is_invocable_v<Function&, const Value&, const Args&...>) {
      return std::invoke(function_, value, args...);
    } else {
      return std::invoke(function_, key, value, args...);
    }
  }

  bool same(const FunctionCall& other) const {
    if constexpr (std::is_empty_v<Function>) {
      return true;  // the type says which lambda it is
    } else {
      return function_ == other.function_;
    }
  }
  std::size_t hash() const {
    if constexpr (std::is_pointer_v<Function>) {
      return hash_of(reinterpret_cast<std::uintptr_t>(function_));
    } else {
      return typeid(Function).hash_code();
    }
  }

 private:
  Function function_;
};

template <class Function>
inline constexpr bool captures_nothing = std::is_empty_v<Function> || std::is_member_pointer_v<Function> ||
                                         (std::is_pointer_v<Function> &&
                                          std::is_function_v<std::remove_pointer_t<Function>>);

template <class Function, class Key, class Value, class... Args>
inline constexpr bool callable_with = std::is_invocable_v<Function&, const Value&, const Args&...> ||
                                      std::is_invocable_v<Function&, const Key&, const Value&, const Args&...>;

/// Refuses wrong uses of a verb in words of ours; whether the rest may be compiled.
template <class Function, class Key, class Value, class... Args> constexpr bool check_mapper() {
  constexpr bool plain = captures_nothing<Function>;
  static_assert(
      plain,
      "Freshet: a mapper may not capture; pass what it needs as arguments behind it, so that reads are tracked and "
      "equal views are one");
  constexpr bool open_arguments = !(points_elsewhere<Args> || ...);
  static_assert(
      open_arguments,
      "Freshet: an argument of a mapper may not be a pointer, a reference or a span; pass a value or a collection");
  constexpr bool fits = callable_with<Function, Key, Value, Args...>;
  static_assert(
      !plain || fits,
      "Freshet: the mapper cannot be called as function(value, args...) or function(key, value, args...) with the "
      "rows of this collection and the arguments given");
  return plain && open_arguments && fits;
}

template <class Function, class Key, class Value, class... Args>
using CallResult = std::decay_t<decltype(std::declval<FunctionCall<Function>&>()(
    std::declval<const Key&>(), std::declval<const Value&>(), std::declval<const Args&>()...))>;

/// What a function gives when it does not fail.
template <class Function, class Key, class Value, class... Args>
using Given = typename WithoutResult<CallResult<Function, Key, Value, Args...>>::type;

template <class Function, class Key, class Value, class... Args> constexpr bool gives_a_value() {
  using Out = typename Returned<CallResult<Function, Key, Value, Args...>>::type;
  constexpr bool something = !std::is_void_v<Out>;
  static_assert(something, "Freshet: a mapper gives a value, an optional or a Result; this one gives nothing");
  constexpr bool lasting = !points_elsewhere<Out>;
  static_assert(lasting,
                "Freshet: a mapper gives a value of its own, not a pointer, a span or a std::string_view; for text, "
                "std::string");
  return something && lasting;
}

template <class T> inline constexpr bool is_pair = false;
template <class A, class B> inline constexpr bool is_pair<std::pair<A, B>> = true;
template <class T> inline constexpr bool emits_pairs = is_pair<T>;
template <class T> inline constexpr bool emits_pairs<std::optional<T>> = is_pair<T>;
template <std::ranges::range T> inline constexpr bool emits_pairs<T> = is_pair<std::ranges::range_value_t<T>>;

}  // namespace detail

}  // namespace freshet
