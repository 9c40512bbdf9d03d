// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/store/row.hpp"

namespace freshet::store::postgres {

/// A row as the triggers of the table of changes write it: an object of all columns, JSON columns as text, so that they
/// come back byte by byte. Columns that it lacks, because it is older than them, have their initial value.
/// Errors: invalid_argument.
Result<Row> parse_row(const Table& table, std::string_view json);

}  // namespace freshet::store::postgres
