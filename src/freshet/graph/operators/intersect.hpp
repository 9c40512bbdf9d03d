// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/collection.hpp"
#include "freshet/graph/detail/membership_node.hpp"

namespace freshet {

template <class Key, class Value>
template <class Other>
Collection<Key, Value> Collection<Key, Value>::intersect(const Other& other) const {
  constexpr bool alike = std::is_convertible_v<const Other&, const Collection&>;
  static_assert(alike, "Freshet: intersect() takes a collection with the same key and value types");
  if constexpr (alike) {
    using Members = detail::MembershipNode<Key, Value, true>;
    const Collection& others = other;
    return Collection(detail::make_set_node<Members>({shared_node(), others.shared_node()}, "intersect"));
  }
}

}  // namespace freshet
