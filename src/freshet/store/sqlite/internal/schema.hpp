// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"
#include "freshet/store/table.hpp"

namespace freshet::store::sqlite {

/// Marks a file as a store of Freshet's (PRAGMA application_id): "Fres".
inline constexpr std::int64_t kApplicationId = 0x46726573;
/// The layout of what is in it (PRAGMA user_version).
inline constexpr std::int64_t kLayoutVersion = 1;

/// Makes a new database a store, or checks that an old one is. Returns its epoch, which names its history.
///
/// Errors: refused for a database of another program and for one of a newer Freshet; nothing is changed then.
Result<std::string> open_schema(Connection& connection);

/// The epoch of a store. Errors: refused if the file is none.
Result<std::string> read_epoch(Connection& connection);

/// Makes the table, or adds what it lacks: columns, indexes, triggers, room in the change log.
///
/// Requires: within a transaction; one that may write, unless the database is read-only.
/// Errors: refused, naming table and column, where something else is there already.
Result<void> prepare_table(Connection& connection, const Table& table);

/// For each column of the table, its place in the change log. Errors: invalid_argument, if the table is not prepared.
Result<std::vector<int>> places_of(Connection& connection, const Table& table);

}  // namespace freshet::store::sqlite
