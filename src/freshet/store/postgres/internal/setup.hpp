// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/store/postgres/internal/history.hpp"
#include "freshet/store/postgres/internal/session.hpp"
#include "freshet/store/table.hpp"

/// What Freshet makes in a database, all of it additive: nothing is ever dropped or rewritten.
///
/// | object                    | for                                                                                 |
/// |---------------------------|-------------------------------------------------------------------------------------|
/// | a table for each model    | its documents; REPLICA IDENTITY FULL, so that the log has what was there before     |
/// | triggers on each          | revisions and update times of rows that other programs write; TRUNCATE as DELETE    |
/// | freshet_tombstones        | the last revision of documents that were removed not long ago                       |
/// | freshet_forgotten         | for each model the greatest revision of those that were removed before              |
/// | freshet_sessions          | the last commit of each connection that writes, for commits that got no answer      |
/// | publication freshet_NAME  | what the log tells (NAME is the schema)                                             |
/// | slot freshet_OID_NAME     | how much of the log is kept (OID is the database's)                                 |
/// | freshet_changes, _feed    | the table of changes, where the log is not permitted                                |
namespace freshet::store::postgres {

/// Makes the schema and what does not depend on models. Errors: refused where the user may not.
Result<void> set_up_schema(Session& session, const std::string& schema);

/// Makes or extends the tables of models, all in one transaction. Errors: refused, naming table and column.
Result<void> set_up_tables(Session& session, const std::string& schema, std::span<const Table* const> tables,
                           History::Kind kind);

/// Has the tables' changes written to freshet_changes from now on. Once for each table.
Result<void> set_up_change_log(Session& session, const std::string& schema, std::span<const Table* const> tables);

std::string publication_of(const std::string& schema);

}  // namespace freshet::store::postgres
