// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

namespace detail {

template <auto Member, std::uint32_t kPart, std::uint32_t kWhole> struct QuantileReducer {
  static_assert(kWhole > 0 && kPart <= kWhole, "Freshet: a quantile is a part of the whole: 95 of 100, 999 of 1000");

  template <class Value> struct For {
    using Item = Projected<Member, Value>;
    using State = SortedBlocks<Item>;
    static void add(State& state, const Value& value) { state.insert(canonical<Member>(value), Less()); }
    static void remove(State& state, const Value& value) { state.erase(canonical<Member>(value), Less()); }
    static Item result(const State& state) {
      // Nearest rank: the least value that is not below the part asked for. Counting from one, rank 0 is the first too.
      const std::size_t rank = (state.size() * kPart + kWhole - 1) / kWhole;
      return state.at(std::max<std::size_t>(rank, 1) - 1);
    }
  };
};

}  // namespace detail

template <auto Member, std::uint32_t kPart, std::uint32_t kWhole = 100>
using QuantileOf = detail::QuantileReducer<Member, kPart, kWhole>;
template <auto Member = nullptr> using MedianOf = QuantileOf<Member, 50>;

/// The value of a member that so many percent of the rows do not exceed: `quantile<&T::x, 95>()`; for finer parts
/// `quantile<&T::x, 999, 1000>()`, and for values without members `quantile<nullptr, 95>()`.
///
/// By nearest rank, so it is one of the values, never something between two. 0 is the least, 100 the greatest.
/// Cost: O(log values of the key) per change.
template <auto Member, std::uint32_t kPart, std::uint32_t kWhole = 100>
constexpr QuantileOf<Member, kPart, kWhole> quantile() {
  return {};
}
/// The value in the middle; of an even number the lower one of the two.
template <auto Member = nullptr> constexpr MedianOf<Member> median() { return {}; }

}  // namespace freshet
