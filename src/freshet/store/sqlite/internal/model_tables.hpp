// SPDX-License-Identifier: MIT
#pragma once

#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store::sqlite {

/// Makes the table, or adds what it lacks: columns, indexes, triggers, room in the change log.
///
/// Requires: within a transaction; one that may write, unless the database is read-only.
/// Errors: refused, naming table and column, where something else is there already.
Result<void> prepare_table(Connection& connection, const Table& table);

/// For each column of the table, its place in the change log. Errors: invalid_argument, if the table is not prepared.
Result<std::vector<int>> places_of(Connection& connection, const Table& table);

}  // namespace freshet::store::sqlite
