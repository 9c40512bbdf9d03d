// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

namespace detail {

enum class End { first, last };

template <auto Member, End kWhich> struct EndReducer {
  template <class Value> struct For {
    using State = SortedBlocks<Value>;
    static void add(State& state, const Value& value) { state.insert(value, ByMember<Member>()); }
    static void remove(State& state, const Value& value) { state.erase(value, ByMember<Member>()); }
    static Value result(const State& state) { return kWhich == End::first ? state.front() : state.back(); }
  };
};

}  // namespace detail

template <auto Member = nullptr> using FirstOf = detail::EndReducer<Member, detail::End::first>;
template <auto Member = nullptr> using LastOf = detail::EndReducer<Member, detail::End::last>;

/// The whole value whose member is the least or the greatest: `last<&Reading::time>()` is the latest reading. Of values
/// that tie, the one that is less (or greater) as a whole, whichever came first.
///
/// Requires: the values have an order. Cost: O(log values of the key) per change; keeps a copy of each value.
template <auto Member = nullptr> constexpr FirstOf<Member> first() { return {}; }
template <auto Member = nullptr> constexpr LastOf<Member> last() { return {}; }

}  // namespace freshet
