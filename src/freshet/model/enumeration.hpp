// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <type_traits>
#include <utility>

#include "freshet/model/detail/spelled_name.hpp"
#include "freshet/model/of.hpp"
#include "freshet/model/type.hpp"

namespace freshet {

namespace detail {

template <std::size_t N> struct EnumDescription {
  std::string_view name;
  std::array<EnumName, N> values;
};

template <auto Value_> struct EnumeratorDescription {
  static constexpr auto kValue = Value_;
  std::string_view name;
};

template <auto First, auto... Others> constexpr std::int64_t smallest() {
  std::int64_t result = static_cast<std::int64_t>(First);
  ((result = static_cast<std::int64_t>(Others) < result ? static_cast<std::int64_t>(Others) : result), ...);
  return result;
}

template <auto First, auto... Others> constexpr std::int64_t largest() {
  std::int64_t result = static_cast<std::int64_t>(First);
  ((result = static_cast<std::int64_t>(Others) > result ? static_cast<std::int64_t>(Others) : result), ...);
  return result;
}

template <auto... Values> constexpr bool is_listed(std::int64_t value) {
  return ((static_cast<std::int64_t>(Values) == value) || ...);
}

template <class Enum, std::int64_t Value_, auto... Values> constexpr bool is_listed_or_nothing() {
  if constexpr (is_listed<Values...>(Value_) || !std::in_range<std::underlying_type_t<Enum>>(Value_)) {
    return true;
  } else {
    return !kIsEnumerator<static_cast<Enum>(Value_)>;
  }
}

// Looks for enumerators beside and between the listed ones; the compiler cannot list them, but it can name each value.
template <class Enum, auto... Values> constexpr bool lists_neighbours() {
  constexpr std::int64_t kFrom = smallest<Values...>();
  constexpr std::int64_t kTo = largest<Values...>();
  // Only an enum with a fixed underlying type may take values that have no enumerator.
  if constexpr (kTo - kFrom > 128 || !requires { Enum{0}; }) {
    return true;
  } else {
    return []<std::int64_t... Offset>(std::integer_sequence<std::int64_t, Offset...>) {
      return (is_listed_or_nothing<Enum, kFrom - 1 + Offset, Values...>() && ...);
    }
    (std::make_integer_sequence<std::int64_t, kTo - kFrom + 3>());
  }
}

template <auto First, auto... Others> constexpr bool check_enumerators() {
  using Enum = decltype(First);
  static_assert(
      std::is_enum_v<Enum> && (std::is_same_v<Enum, decltype(Others)> && ...),
      "Freshet: enumeration() lists the enumerators of one enum: enumeration<Level::low, Level::high>(\"level\")");
  if constexpr (std::is_enum_v<Enum>) {
    static_assert(kIsEnumerator<First> && (kIsEnumerator<Others> && ...),
                  "Freshet: enumeration() lists a value that is no enumerator");
    static_assert(lists_neighbours<Enum, First, Others...>(),
                  "Freshet: describe(of<Enum>) forgets an enumerator; list every one");
  }
  return true;
}

}  // namespace detail

/// One enumerator with a name of its own: `enumerator<Level::low>("LOW")`; without, it is called as in its declaration.
template <auto Enumerator>
constexpr detail::EnumeratorDescription<Enumerator> enumerator(
    std::string_view name = detail::kSpelledName<Enumerator>) {
  return {name};
}

/// Names the values of an enum, once, beside it; codecs and documentation use those names.
///
/// ```
/// enum class Level { normal, low, high };
/// constexpr auto describe(freshet::of<Level>) {
///   return freshet::enumeration<Level::normal, Level::low, Level::high>("level");
/// }
/// ```
/// A forgotten enumerator does not compile if it lies beside or between the listed ones.
///
/// Example: src/freshet/model/enumeration.test.cpp [enumeration]
template <auto... Enumerators>
requires(sizeof...(Enumerators) > 0) constexpr auto enumeration(std::string_view name) {
  static_assert(detail::check_enumerators<Enumerators...>());
  return detail::EnumDescription<sizeof...(Enumerators)>{
      name, {EnumName{static_cast<std::int64_t>(Enumerators), detail::kSpelledName<Enumerators>}...}};
}

/// The same where names differ from those in the program: `enumeration("level", enumerator<Level::low>("LOW"), ...)`.
template <auto... Enumerators>
requires(sizeof...(Enumerators) >
         0) constexpr auto enumeration(std::string_view name,
                                       detail::EnumeratorDescription<Enumerators>... enumerators) {
  static_assert(detail::check_enumerators<Enumerators...>());
  return detail::EnumDescription<sizeof...(Enumerators)>{
      name, {EnumName{static_cast<std::int64_t>(Enumerators), enumerators.name}...}};
}

}  // namespace freshet
