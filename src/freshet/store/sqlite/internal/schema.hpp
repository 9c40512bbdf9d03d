// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/store/sqlite/internal/connection.hpp"

namespace freshet::store::sqlite {

/// Marks a file as a store of Freshet's (PRAGMA application_id): "Fres".
inline constexpr std::int64_t kApplicationId = 0x46726573;
/// The layout of what is in it (PRAGMA user_version).
inline constexpr std::int64_t kLayoutVersion = 2;

/// Makes a new database a store, or checks that an old one is. Returns its epoch, which names its history.
///
/// Errors: refused for a database of another program and for one of a newer Freshet; nothing is changed then.
Result<std::string> open_schema(Connection& connection);

/// The epoch of a store. Errors: refused if the file is none.
Result<std::string> read_epoch(Connection& connection);

}  // namespace freshet::store::sqlite
