// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <type_traits>

namespace freshet {

class Describer;

/// Names a type in the parameter list of its description, so that the description is found beside the type:
/// `constexpr auto describe(freshet::of<Reading>) { return freshet::model("readings", ...); }`.
template <class T> struct of {};

/// A struct or enum that has a constexpr describe(of<T>) beside it (describe.hpp).
template <class T>
concept described = requires {
  describe(of<T>{});
};

/// A struct that describes itself with a member function describe(Describer&) (record.hpp).
template <class T>
concept self_described = std::is_class_v<T> && requires(T& object, Describer& describer) {
  object.describe(describer);
};

namespace detail {

/// What describe(of<T>) returns.
template <class T> using DescriptionOf = decltype(describe(of<T>{}));

template <class... T> inline constexpr bool kNever = false;

}  // namespace detail
}  // namespace freshet
