// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <compare>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#include "freshet/model/detail/comparable.hpp"
#include "freshet/model/of.hpp"

namespace freshet {

/// Whether two values are the same, for every type that rows and keys are made of.
///
/// Numbers, optionals, containers, pairs and tuples are compared element by element; other types with their own `==` by
/// that; described structs member by member. NaN equals itself, and -0.0 equals 0.0: a row that holds NaN is not a
/// change for ever. A struct whose own defaulted `==` compares a NaN keeps the language's answer.
///
/// Requires: a type's own `==`, `<=>` and std::hash agree with each other. A derived struct does not rely on the `==`
/// of its base. Cost: that of the plain comparison; it inlines to it, except for a Record without its own `==`, which
/// walks its Schema.
template <class T> constexpr bool equal(const T& left, const T& right);

/// Orders two values: a weak order over every type that equal() takes, in agreement with equal().
///
/// NaN comes after every other number, an empty optional before every value, a shorter list before a longer one that
/// begins like it. A described struct is ordered by its members as listed, unless it has its own weak `<=>`.
template <class T> constexpr std::weak_ordering compare(const T& left, const T& right);

/// A well-mixed hash that agrees with equal(): own std::hash first, else elements or members combined.
///
/// Stable within one run of the program only.
template <class T> constexpr std::size_t hash_of(const T& value);

/// equal() as a function object, for containers.
struct Equal {
  template <class T> constexpr bool operator()(const T& left, const T& right) const { return equal(left, right); }
};

/// compare() < 0 as a function object, for containers.
struct Less {
  template <class T> constexpr bool operator()(const T& left, const T& right) const { return compare(left, right) < 0; }
};

/// hash_of() as a function object, for containers.
struct Hash {
  // Tells Boost's hash maps that the bits are mixed already.
  using is_avalanching = void;
  template <class T> constexpr std::size_t operator()(const T& value) const { return hash_of(value); }
};

struct Schema;
template <class T> const Schema& schema_of();

namespace detail {

bool equal_by_schema(const Schema& schema, const void* left, const void* right);
std::weak_ordering compare_by_schema(const Schema& schema, const void* left, const void* right);
std::size_t hash_by_schema(const Schema& schema, const void* object);

/// Mixes 64 bits so that each input bit reaches every output bit (the two multiplications of MurmurHash3's finaliser).
constexpr std::uint64_t mix(std::uint64_t bits) {
  bits = (bits ^ (bits >> 33U)) * 0xff51afd7ed558ccdULL;
  bits = (bits ^ (bits >> 33U)) * 0xc4ceb9fe1a85ec53ULL;
  return bits ^ (bits >> 33U);
}

constexpr std::size_t combine(std::size_t seed, std::size_t hash) {
  return static_cast<std::size_t>(mix(seed * 0x9e3779b97f4a7c15ULL + hash));
}

template <class T, std::size_t... I>
constexpr bool equal_tuples(const T& left, const T& right, std::index_sequence<I...>) {
  using std::get;
  return (freshet::equal(get<I>(left), get<I>(right)) && ...);
}

template <class T, std::size_t... I>
constexpr std::weak_ordering compare_tuples(const T& left, const T& right, std::index_sequence<I...>) {
  using std::get;
  std::weak_ordering order = std::weak_ordering::equivalent;
  (void)(((order = freshet::compare(get<I>(left), get<I>(right))) == 0) && ...);
  return order;
}

template <class T, std::size_t... I> constexpr std::size_t hash_tuple(const T& value, std::index_sequence<I...>) {
  using std::get;
  std::size_t seed = sizeof...(I);
  ((seed = combine(seed, freshet::hash_of(get<I>(value)))), ...);
  return seed;
}

template <class T> constexpr bool equal_ranges(const T& left, const T& right) {
  if (left.size() != right.size()) return false;
  auto other = right.begin();
  for (const auto& element : left) {
    if (!freshet::equal<typename T::value_type>(element, *other)) return false;
    ++other;
  }
  return true;
}

template <class T> constexpr std::weak_ordering compare_ranges(const T& left, const T& right) {
  auto other = right.begin();
  for (const auto& element : left) {
    if (other == right.end()) return std::weak_ordering::greater;
    const auto order = freshet::compare<typename T::value_type>(element, *other);
    if (order != 0) return order;
    ++other;
  }
  return other == right.end() ? std::weak_ordering::equivalent : std::weak_ordering::less;
}

template <class T> constexpr std::size_t hash_range(const T& range) {
  std::size_t seed = range.size();
  for (const auto& element : range) seed = combine(seed, freshet::hash_of<typename T::value_type>(element));
  return seed;
}

template <std::floating_point T> constexpr std::weak_ordering compare_numbers(T left, T right) {
  if (left < right) return std::weak_ordering::less;
  if (left > right) return std::weak_ordering::greater;
  if (left == right) return std::weak_ordering::equivalent;
  return (left != left) <=> (right != right);
}

}  // namespace detail

template <class T> constexpr bool equal(const T& left, const T& right) {
  if constexpr (std::floating_point<T>) {
    return left == right || (left != left && right != right);
  } else if constexpr (std::is_scalar_v<T>) {
    return left == right;
  } else if constexpr (detail::optional_like<T>) {
    if (left.has_value() != right.has_value()) return false;
    return !left.has_value() || freshet::equal(*left, *right);
  } else if constexpr (detail::range_like<T>) {
    return detail::equal_ranges(left, right);
  } else if constexpr (detail::tuple_like<T>) {
    return detail::equal_tuples(left, right, std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (detail::has_equality<T>) {
    return static_cast<bool>(left == right);
  } else if constexpr (described<T>) {
    return detail::DescriptionOf<T>::equal(left, right);
  } else if constexpr (self_described<T>) {
    return detail::equal_by_schema(schema_of<T>(), &left, &right);
  } else {
    static_assert(detail::kNever<T>,
                  "Freshet: rows and keys must be comparable; give this type an operator== or describe it");
  }
}

template <class T> constexpr std::weak_ordering compare(const T& left, const T& right) {
  if constexpr (std::floating_point<T>) {
    return detail::compare_numbers(left, right);
  } else if constexpr (std::is_scalar_v<T>) {
    return std::compare_three_way()(left, right);
  } else if constexpr (detail::optional_like<T>) {
    if (!left.has_value() || !right.has_value()) return left.has_value() <=> right.has_value();
    return freshet::compare(*left, *right);
  } else if constexpr (detail::range_like<T>) {
    return detail::compare_ranges(left, right);
  } else if constexpr (detail::tuple_like<T>) {
    return detail::compare_tuples(left, right, std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (std::three_way_comparable<T, std::weak_ordering>) {
    return left <=> right;
  } else if constexpr (described<T>) {
    return detail::DescriptionOf<T>::compare(left, right);
  } else if constexpr (detail::has_less<T>) {
    if (left < right) return std::weak_ordering::less;
    return right < left ? std::weak_ordering::greater : std::weak_ordering::equivalent;
  } else if constexpr (self_described<T>) {
    return detail::compare_by_schema(schema_of<T>(), &left, &right);
  } else {
    static_assert(detail::kNever<T>, "Freshet: keys must be ordered; give this type an operator<=> or describe it");
  }
}

template <class T> constexpr std::size_t hash_of(const T& value) {
  if constexpr (std::floating_point<T>) {
    // Equal numbers hash alike: both zeros, and every NaN.
    if (value != value) return detail::mix(0x7ff8ULL);
    return detail::mix(std::bit_cast<std::uint64_t>(static_cast<double>(value) + 0.0));
  } else if constexpr (std::is_enum_v<T> || std::is_integral_v<T>) {
    return detail::mix(static_cast<std::uint64_t>(value));
  } else if constexpr (detail::optional_like<T>) {
    return value.has_value() ? detail::combine(1, freshet::hash_of(*value)) : detail::mix(1);
  } else if constexpr (detail::range_like<T>) {
    return detail::hash_range(value);
  } else if constexpr (detail::tuple_like<T>) {
    return detail::hash_tuple(value, std::make_index_sequence<std::tuple_size_v<T>>());
  } else if constexpr (detail::has_hash<T>) {
    return detail::mix(std::hash<T>()(value));
  } else if constexpr (requires { value.time_since_epoch().count(); }) {
    return freshet::hash_of(value.time_since_epoch().count());
  } else if constexpr (detail::duration_like<T>) {
    return freshet::hash_of(value.count());
  } else if constexpr (described<T>) {
    return detail::DescriptionOf<T>::hash(value);
  } else if constexpr (self_described<T>) {
    return detail::hash_by_schema(schema_of<T>(), &value);
  } else {
    static_assert(detail::kNever<T>,
                  "Freshet: rows and keys must be hashable; give this type a std::hash or describe it");
  }
}

}  // namespace freshet
