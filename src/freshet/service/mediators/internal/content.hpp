// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/store/row.hpp"
#include "freshet/store/table.hpp"

namespace freshet::mediators {

/// A document as JSON, for people and for later. Errors: the row is none of the table's models.
Result<std::string> content_of(const store::Table& table, const store::Row& row);

/// The reverse; without revision and times, which nobody needs of a document that is gone. Errors: it is no such JSON.
Result<store::Row> row_of(const store::Table& table, store::Key key, const std::string& obj_type,
                          const std::string& content);

}  // namespace freshet::mediators
