// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "freshet/store/cell.hpp"

namespace freshet::store::sqlite {

/// The change log: a row for each change of a document, written by triggers in the transaction of the change, so that
/// it holds what any program does to the database.
///
/// Beside its first columns it has, for a table's column at place n, `bN` and `aN`: the value before and after. They
/// have no type, so a value comes out as it went in, and one log serves all tables.
inline constexpr std::string_view kLog = "_freshet_log";
/// The last revisions of documents that were removed, as long as the log holds the removal. Of those forgotten since,
/// kForgotten has the greatest revision for each table: new documents begin above it, so that no document ever has the
/// same revision twice.
inline constexpr std::string_view kRemoved = "_freshet_removed";
inline constexpr std::string_view kForgotten = "_freshet_forgotten";

/// The name of a column of the log. `side`: 'a' or 'b'.
std::string log_column(char side, int place);

/// A column of a table as it stands in the database.
struct StoredColumn {
  std::string name;
  int place = 0;
  ColumnKind kind = ColumnKind::text;
  bool is_nullable = true;
};

struct Trigger {
  std::string name;
  std::string sql;
};

/// The last revision of a removed document, 0 if there never was one, as an expression over its table, parent and id.
std::string last_revision_of(const std::string& table, const std::string& parent, const std::string& id);

/// The triggers of a table: they write the log, keep the revisions of removed documents, and take care of what other
/// programs leave out.
///
/// A write of the store itself sets the revision. One that does not is another program's: then the triggers check the
/// row, count the revision and set the update time.
std::vector<Trigger> triggers_of(const std::string& table, const std::vector<StoredColumn>& columns);

}  // namespace freshet::store::sqlite
