// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstddef>
#include <string_view>
#include <tuple>
#include <type_traits>

// Recognises the shapes of standard containers without including them: compare.hpp is on the engine's hot path and must
// cost next to nothing to include.
namespace freshet::detail {

template <class T>
concept tuple_like = requires {
  std::tuple_size<T>::value;
};

/// Lists, sets and maps in order, and std::array; not strings, and not the containers whose order means nothing.
template <class T>
concept range_like = requires(const T& range) {
  typename T::value_type;
  range.begin();
  range.end();
  range.size();
}
&&!requires { typename T::traits_type; }
&&!requires { typename T::hasher; }
&&(tuple_like<T> || requires { typename T::allocator_type; });

template <class T>
concept optional_like = requires(const T& optional) {
  typename T::value_type;
  { optional.has_value() } -> std::same_as<bool>;
  *optional;
  optional.value();
}
&&!requires { typename T::error_type; };

template <class T>
concept has_equality = std::equality_comparable<T>;

template <class T>
concept has_less = requires(const T& left, const T& right) {
  { left < right } -> std::convertible_to<bool>;
};

template <class T>
concept has_hash = requires(const T& value) {
  { std::hash<T>()(value) } -> std::convertible_to<std::size_t>;
};

template <class T>
concept duration_like = requires(const T& value) {
  typename T::rep;
  typename T::period;
  value.count();
};

}  // namespace freshet::detail
