// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/reducers/member.hpp"

namespace freshet {

namespace detail {

template <auto Member, std::size_t kMax> struct CollectReducer {
  template <class Value> struct For {
    using Item = Projected<Member, Value>;
    using State = SortedBlocks<Item>;
    static void add(State& state, const Value& value) { state.insert(canonical<Member>(value), Less()); }
    static void remove(State& state, const Value& value) { state.erase(canonical<Member>(value), Less()); }
    static std::vector<Item> result(const State& state) {
      if (state.size() > kMax) {
        throw Failure(Error{.code = ErrorCode::limit_exceeded,
                            .primary = std::to_string(state.size()) + " values are more than the " +
                                       std::to_string(kMax) + " that collect() may gather",
                            .hint = "a limit of your own is its second argument: collect<&T::x, 5000>()"});
      }
      std::vector<Item> items;
      items.reserve(state.size());
      state.for_each([&](const Item& item) { items.push_back(item); });
      return items;
    }
  };
};

}  // namespace detail

template <auto Member = nullptr, std::size_t kMax = 1000> using CollectOf = detail::CollectReducer<Member, kMax>;

/// All values of a member, or all values, in a std::vector from the least to the greatest; equal ones as often as they
/// occur.
///
/// Cost: O(values of the key) per change, because the list is made anew. Errors: more than `kMax` values.
template <auto Member = nullptr, std::size_t kMax = 1000> constexpr CollectOf<Member, kMax> collect() { return {}; }

}  // namespace freshet
