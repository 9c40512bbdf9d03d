// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <utility>

#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

namespace detail {

template <auto Member> struct CountDistinctReducer {
  template <class Value> struct For {
    struct Item {
      Projected<Member, Value> value;
      std::int64_t times;
    };
    struct ByValue {
      bool operator()(const Item& a, const Item& b) const { return compare(a.value, b.value) < 0; }
    };
    using State = SortedBlocks<Item>;

    static void add(State& state, const Value& value) {
      Item item{canonical<Member>(value), 1};
      if (Item* there = state.find(item, ByValue())) {
        ++there->times;
      } else {
        state.insert(std::move(item), ByValue());
      }
    }
    static void remove(State& state, const Value& value) {
      const Item item{canonical<Member>(value), 1};
      Item* there = state.find(item, ByValue());
      if (there != nullptr && --there->times == 0) state.erase(item, ByValue());
    }
    static std::int64_t result(const State& state) { return static_cast<std::int64_t>(state.size()); }
  };
};

}  // namespace detail

template <auto Member = nullptr> using CountDistinctOf = detail::CountDistinctReducer<Member>;

/// How many different values a member has, as int64; exact.
///
/// Cost: O(log different values of the key) per change; keeps each once.
template <auto Member = nullptr> constexpr CountDistinctOf<Member> count_distinct() { return {}; }

}  // namespace freshet
