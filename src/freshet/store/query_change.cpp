// SPDX-License-Identifier: MIT
#include "freshet/store/query_change.hpp"

namespace freshet::store {

QueryChange classify(const Matcher& matcher, const Change& change) {
  if (change.table != matcher.query().table) return QueryChange::none;
  const bool belonged = change.before && matcher(*change.before);
  const bool belongs = change.after && matcher(*change.after);
  if (belongs) return belonged ? QueryChange::updated : QueryChange::entered;
  if (!belonged) return QueryChange::none;
  return change.after ? QueryChange::left : QueryChange::removed;
}

}  // namespace freshet::store
