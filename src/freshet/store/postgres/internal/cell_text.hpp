// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/store/cell.hpp"

/// Cells as PostgreSQL writes them in text form, which is the one form that queries and replication share. Sessions are
/// set to ISO dates in UTC and to shortest-exact reals, so the form does not depend on how the server is configured.
namespace freshet::store::postgres {

/// Appends the text of a cell. Requires: it is not null. Errors: invalid_argument for text with NUL.
Result<void> append_text(const Cell& cell, std::string& out);

/// A value of a column from its text. An `infinity` that somebody else stored, or a time that 64 bits of microseconds
/// cannot hold, becomes the last microsecond of the year 9999, `-infinity` the first of the year 0. Errors:
/// invalid_argument, with the beginning of the text.
Result<Cell> parse_cell(ColumnKind kind, std::string_view text);

/// `2024-06-01 09:30:00.123456+00`, also of years before 1 and after 9999. Errors: as parse_cell().
Result<Timestamp> parse_timestamptz(std::string_view text);

}  // namespace freshet::store::postgres
