// SPDX-License-Identifier: MIT
#pragma once

#include <compare>

#include "freshet/graph/direction.hpp"

namespace freshet {

/// The key of a row in a sorted view: what it is sorted by, then the key that it has in the collection.
///
/// `SortType` may be an Ascending or Descending; `sort` is the value without that. Described, so that sorted views can
/// be served: `{"sort": 12, "key": "ann"}`.
///
/// Invariant: keys compare as the view is sorted.
template <class SortType, class KeyType> struct Ordered {
  using Sort = typename detail::DirectionOf<SortType>::Plain;

  Sort sort{};
  KeyType key{};

  friend constexpr bool operator==(const Ordered& left, const Ordered& right) {
    return equal(left.sort, right.sort) && equal(left.key, right.key);
  }
  friend constexpr std::weak_ordering operator<=>(const Ordered& left, const Ordered& right) {
    const auto order = detail::SortOf<SortType, Direction::ascending>::compare(left.sort, right.sort);
    return order != 0 ? order : compare(left.key, right.key);
  }
};

template <class SortType, class KeyType> constexpr auto describe(of<Ordered<SortType, KeyType>>) {
  using Self = Ordered<SortType, KeyType>;
  return model("ordered", freshet::key<&Self::sort>(), freshet::key<&Self::key>());
}

}  // namespace freshet
