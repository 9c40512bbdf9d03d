// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "freshet/store/feed.hpp"
#include "freshet/store/query.hpp"

namespace freshet::store {

/// What a change means to the answer of a query.
enum class QueryChange : std::uint8_t {
  none,     ///< Nothing: it did not belong to the answer, and does not.
  entered,  ///< It belongs now: it was created (Change::kind tells), or changed so that it fulfils the conditions.
  updated,  ///< It belonged and belongs.
  left,     ///< It is still there and fulfils the conditions no more.
  removed,  ///< It belonged and was deleted.
};

/// By the conditions alone: order, cursors, offset and limit are left aside.
QueryChange classify(const Matcher& matcher, const Change& change);

}  // namespace freshet::store
