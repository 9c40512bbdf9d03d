// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "freshet/model/compare.hpp"

namespace freshet {

/// Which of two values of a key iterate() keeps: `order(a, b)` says whether `a` is better than `b`. What an order does
/// not tell apart is told apart by compare(), so that the order of arrival never shows.
using Least = Less;
struct Greatest {
  template <class T> bool operator()(const T& left, const T& right) const { return compare(left, right) > 0; }
};
/// By a member, or what a function gives of the value: `LeastBy<&Route::cost>`.
template <auto projection> struct LeastBy {
  template <class T> bool operator()(const T& left, const T& right) const {
    return compare(std::invoke(projection, left), std::invoke(projection, right)) < 0;
  }
};
template <auto projection> struct GreatestBy {
  template <class T> bool operator()(const T& left, const T& right) const {
    return compare(std::invoke(projection, left), std::invoke(projection, right)) > 0;
  }
};

/// The bounds of a recursion, and which value of a key is the best.
///
/// A row beyond a bound gets no derivations, and an error that names it.
template <class Order = Least> struct IterateOptions {
  /// How often one commit may derive from the same row. Where nothing that follows is better than what it follows from,
  /// once is always enough.
  std::uint32_t rounds_max = 1000;
  /// How many rows there may be. Seeds are always taken.
  std::size_t rows_max = 100'000'000;

  bool operator==(const IterateOptions&) const = default;
};

}  // namespace freshet
