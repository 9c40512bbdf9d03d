// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "freshet/store/table.hpp"

/// The statements of setup.hpp. Requires: `schema` is a plain name.
namespace freshet::store::postgres {

/// Tables and trigger functions that all models share.
std::string shared_objects(const std::string& schema);
/// freshet_changes, freshet_feed and what fills and orders them.
std::string change_log_objects(const std::string& schema);
/// The triggers of one table.
std::string row_triggers(const std::string& schema, const Table& table);
std::string change_log_triggers(const std::string& schema, const Table& table);

}  // namespace freshet::store::postgres
