// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/base/result.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/link.hpp"

namespace freshet::store::postgres {

/// PostgreSQL 15. JSON is kept as json, not jsonb, so that a document comes back as the text that was written.
extern const sql::Dialect kDialect;

/// One row of sql::row_columns(). Errors: invalid_argument for a value that is not what the table says.
Result<Row> read_row(const Table& table, const Rows& rows, std::size_t at);
/// All rows, as a part of a snapshot.
Result<Batch> snapshot_batch(const Table& table, const Rows& rows);

}  // namespace freshet::store::postgres
