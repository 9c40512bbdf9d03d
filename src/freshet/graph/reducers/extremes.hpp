// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

namespace detail {

enum class Extreme { min, max };

template <auto Member, Extreme kWhich> struct ExtremeReducer {
  template <class Value> struct For {
    using Item = Projected<Member, Value>;
    using State = SortedBlocks<Item>;
    static void add(State& state, const Value& value) { state.insert(canonical<Member>(value), Less()); }
    static void remove(State& state, const Value& value) { state.erase(canonical<Member>(value), Less()); }
    static Item result(const State& state) { return kWhich == Extreme::min ? state.front() : state.back(); }
  };
};

}  // namespace detail

template <auto Member = nullptr> using MinOf = detail::ExtremeReducer<Member, detail::Extreme::min>;
template <auto Member = nullptr> using MaxOf = detail::ExtremeReducer<Member, detail::Extreme::max>;

/// The least and the greatest. Cost: O(log values of the key) per change.
template <auto Member = nullptr> constexpr MinOf<Member> min() { return {}; }
template <auto Member = nullptr> constexpr MaxOf<Member> max() { return {}; }

}  // namespace freshet
