// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "freshet/base/result.hpp"
#include "freshet/model/type.hpp"
#include "freshet/store/cell.hpp"

namespace freshet::store::internal {

/// The kind of column that keeps values of a type; of an optional's element where it is an optional.
ColumnKind kind_of(const Type& type);

/// The kind of a cell. Requires: it is not null.
ColumnKind kind_of(const Cell& cell);

/// The name of a kind for messages: "an integer".
std::string_view describe(ColumnKind kind);

/// Whether a text is UTF-8 without NUL. The error has no path.
Result<void> check_text(std::string_view text);

/// A value as a cell: an empty optional is null. Errors: as to_cells(), with a path that begins after the value's own
/// place, such as `[2].low`.
Result<Cell> cell_of(const Type& type, const void* object);

/// The reverse.
Result<void> fill_from(const Cell& cell, const Type& type, void* object);

}  // namespace freshet::store::internal
