// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

namespace detail {

template <std::size_t kCount, auto Member> struct TopReducer {
  static_assert(kCount > 0, "Freshet: top<0>() would never give anything");

  template <class Value> struct For {
    using State = SortedBlocks<Value>;
    static void add(State& state, const Value& value) { state.insert(value, ByMember<Member>()); }
    static void remove(State& state, const Value& value) { state.erase(value, ByMember<Member>()); }
    static std::vector<Value> result(const State& state) {
      std::vector<Value> greatest;
      greatest.reserve(std::min(kCount, state.size()));
      state.for_each_backwards_until([&](const Value& value) {
        greatest.push_back(value);
        return greatest.size() < kCount;
      });
      return greatest;
    }
  };
};

}  // namespace detail

template <std::size_t kCount, auto Member = nullptr> using TopOf = detail::TopReducer<kCount, Member>;

/// The values whose member is the greatest, at most `kCount` of them in a std::vector, the greatest first:
/// `top<10, &Player::score>()`. Values that tie are in the order that they have as a whole.
///
/// Requires: the values have an order. Cost: O(log values of the key + kCount) per change; keeps a copy of each value.
template <std::size_t kCount, auto Member = nullptr> constexpr TopOf<kCount, Member> top() { return {}; }

}  // namespace freshet
