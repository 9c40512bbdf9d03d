// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/graph/operators/distinct.hpp"
#include "freshet/graph/operators/merge.hpp"

namespace freshet {

template <class Key, class Value>
template <class... More>
Collection<Key, Value> Collection<Key, Value>::unite(const More&... more) const {
  constexpr bool alike = (std::is_convertible_v<const More&, const Collection&> && ...);
  static_assert(alike, "Freshet: unite() takes collections with the same key and value types");
  if constexpr (alike) return merge(more...).distinct();
}

}  // namespace freshet
