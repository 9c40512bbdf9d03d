// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <compare>
#include <concepts>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>

#include "freshet/model/describe.hpp"

namespace freshet {

enum class Direction : std::uint8_t { ascending, descending };

/// compare(), or the other way round; a floating-point NaN comes last in both.
template <Direction kDirection, class T> constexpr std::weak_ordering compare_in(const T& left, const T& right) {
  if constexpr (kDirection == Direction::ascending) {
    return compare(left, right);
  } else {
    if constexpr (std::floating_point<T>) {
      if (left != left || right != right) return compare(left, right);
    }
    return compare(right, left);
  }
}

/// A value that is ordered from the least to the greatest, wherever it is sorted by.
template <class T> struct Ascending {
  T value{};

  friend constexpr bool operator==(const Ascending& left, const Ascending& right) {
    return equal(left.value, right.value);
  }
  friend constexpr std::weak_ordering operator<=>(const Ascending& left, const Ascending& right) {
    return compare_in<Direction::ascending>(left.value, right.value);
  }
};
template <class T> Ascending(T) -> Ascending<T>;

/// A value that is ordered from the greatest to the least; a floating-point NaN is last.
///
/// A mapper that gives a sort key or score may return one of the two to say which way; in a described struct that is a
/// sort key they choose the direction of single members.
template <class T> struct Descending {
  T value{};

  friend constexpr bool operator==(const Descending& left, const Descending& right) {
    return equal(left.value, right.value);
  }
  friend constexpr std::weak_ordering operator<=>(const Descending& left, const Descending& right) {
    return compare_in<Direction::descending>(left.value, right.value);
  }
};
template <class T> Descending(T) -> Descending<T>;

template <class T> constexpr auto describe(of<Ascending<T>>) {
  return model("ascending", field<&Ascending<T>::value>());
}
template <class T> constexpr auto describe(of<Descending<T>>) {
  return model("descending", field<&Descending<T>::value>());
}

namespace detail {

/// A function whose result is to be ordered in a direction; the verbs take it apart.
template <Direction kDirection, class Function> struct DirectedFunction { Function function; };

/// A function without its direction, and the direction.
template <class Function, Direction kOtherwise> struct Undirected {
  using Plain = Function;
  static constexpr Direction kDirection = kOtherwise;
  static Plain plain(Function function) { return function; }
};
template <Direction kSaid, class Function, Direction kOtherwise>
struct Undirected<DirectedFunction<kSaid, Function>, kOtherwise> {
  using Plain = Function;
  static constexpr Direction kDirection = kSaid;
  static Plain plain(DirectedFunction<kSaid, Function> directed) { return directed.function; }
};

template <class T> struct DirectionOf {
  using Plain = T;
  static constexpr bool kSaid = false;
};
template <class T> struct DirectionOf<Ascending<T>> {
  using Plain = T;
  static constexpr bool kSaid = true;
  static constexpr Direction kDirection = Direction::ascending;
};
template <class T> struct DirectionOf<Descending<T>> {
  using Plain = T;
  static constexpr bool kSaid = true;
  static constexpr Direction kDirection = Direction::descending;
};

template <class T> constexpr Direction direction_of(Direction otherwise) {
  if constexpr (DirectionOf<T>::kSaid) {
    return DirectionOf<T>::kDirection;
  } else {
    return otherwise;
  }
}
/// The value without its direction.
template <class T> auto undirected(T&& sort) {
  if constexpr (DirectionOf<std::remove_cvref_t<T>>::kSaid) {
    return std::forward<T>(sort).value;
  } else {
    return std::forward<T>(sort);
  }
}

/// What rows are sorted by: the type of the sort key without its direction, and the direction.
template <class PlainType, Direction kIn> struct SortBy {
  using Plain = PlainType;
  using Directed = std::conditional_t<kIn == Direction::ascending, Plain, Descending<Plain>>;
  static constexpr Direction kDirection = kIn;

  static constexpr std::weak_ordering compare(const Plain& left, const Plain& right) {
    return compare_in<kDirection>(left, right);
  }
};
template <class T, Direction kOtherwise>
using SortOf = SortBy<typename DirectionOf<T>::Plain, direction_of<T>(kOtherwise)>;

template <class T>
inline constexpr bool has_sort_code = std::is_enum_v<T> || (std::is_arithmetic_v<T> && sizeof(T) <= 8);

/// Numbers and enums as unsigned integers of the same order, so that sorted rows are compared without looking at what
/// kind of number it was, at NaN or at the direction.
template <class T, Direction kDirection> struct SortCode {
  using Code = std::conditional_t<sizeof(T) <= 4, std::uint32_t, std::uint64_t>;

  static constexpr Code of(T value) {
    if constexpr (std::is_enum_v<T>) {
      return SortCode<std::underlying_type_t<T>, kDirection>::of(static_cast<std::underlying_type_t<T>>(value));
    } else if constexpr (std::floating_point<T>) {
      if (value != value) return std::numeric_limits<Code>::max();          // NaN: last
      const auto bits = std::bit_cast<Code>(static_cast<T>(value + T{0}));  // both zeros are one number
      return directed((bits & kTopBit) != 0 ? static_cast<Code>(~bits) : static_cast<Code>(bits | kTopBit));
    } else if constexpr (std::is_signed_v<T>) {
      return directed(static_cast<Code>(static_cast<Code>(value) ^ kTopBit));
    } else {
      return directed(static_cast<Code>(value));
    }
  }

 private:
  static constexpr Code kTopBit = Code{1} << (sizeof(Code) * 8 - 1);
  static constexpr Code directed(Code code) {
    return kDirection == Direction::ascending ? code : static_cast<Code>(~code);
  }
};

/// What rows are ranked by: a SortCode where there is one, else the value itself, ordered in its direction.
template <class T, Direction kDirection> struct DirectedValue {
  T value;
  friend bool operator<(const DirectedValue& left, const DirectedValue& right) {
    return compare_in<kDirection>(left.value, right.value) < 0;
  }
};
template <class T, Direction kDirection> struct RankCode {
  using Code = DirectedValue<T, kDirection>;
  static Code of(T value) { return {std::move(value)}; }
};
template <class T, Direction kDirection>
requires has_sort_code<T>
struct RankCode<T, kDirection> : SortCode<T, kDirection> {
};

}  // namespace detail

/// For the verbs that sort: by what the function gives, the least first.
template <class Function> constexpr detail::DirectedFunction<Direction::ascending, Function> ascending(Function by) {
  return {by};
}
/// For the verbs that sort: by what the function gives, the greatest first.
template <class Function> constexpr detail::DirectedFunction<Direction::descending, Function> descending(Function by) {
  return {by};
}

}  // namespace freshet
