// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

#include "freshet/classic/mapper_call.hpp"
#include "freshet/graph/direction.hpp"

namespace freshet {

/// What to sort rows by. Verbs: top, order_by.
///
/// `SortType` may say the direction: Ascending<double>, Descending<double>.
template <class KeyType, class InType, class SortType> class SortMapper : public detail::KeyedMapper<KeyType> {
 public:
  using Key = KeyType;
  using In = InType;
  using Sort = SortType;

  /// Called once per changed row. Nothing: the row is left out.
  virtual std::optional<Sort> map_value(const In& value) = 0;
};

}  // namespace freshet
