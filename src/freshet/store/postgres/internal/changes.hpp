// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/feed.hpp"

namespace freshet::store::postgres {

/// Adds what became of a row to the changes of its transaction: nothing where nothing changed, and a remove and a
/// create where it has got another key. Requires: there is a row before or after.
/// Errors: limit_exceeded beyond `changes_max`.
Result<void> append_change(const Table& table, std::optional<Row> before, std::optional<Row> after,
                           std::size_t changes_max, std::vector<Change>& changes);

}  // namespace freshet::store::postgres
