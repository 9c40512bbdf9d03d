// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/store/row.hpp"

namespace freshet::store::postgres {

/// A row from what row_to_json() made of it; JSON columns byte by byte. Columns that it lacks, because it is older than
/// them, have their initial value. Errors: invalid_argument.
Result<Row> parse_row(const Table& table, std::string_view json);

}  // namespace freshet::store::postgres
