// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/schema.hpp"

#include <array>
#include <utility>

#include "freshet/base/ids.hpp"

namespace freshet::store::sqlite {
namespace {

constexpr std::array kOwnTables = {
    // The name of this history.
    "CREATE TABLE _freshet_store (epoch TEXT NOT NULL) STRICT",
    // `ends` is when a transaction ended with this change; what another program wrote has none.
    "CREATE TABLE _freshet_log (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, ends INTEGER, tbl TEXT NOT NULL, "
    "kind INTEGER NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL)",
    // `seq` is that of the removal, as long as the log holds it.
    "CREATE TABLE _freshet_removed (tbl TEXT NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL, "
    "revision INTEGER NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (tbl, parent, id)) STRICT, WITHOUT ROWID",
    "CREATE INDEX _freshet_removed_by_seq ON _freshet_removed (seq)",
    // The greatest revision of removed documents that were forgotten.
    "CREATE TABLE _freshet_forgotten (tbl TEXT NOT NULL PRIMARY KEY, revision INTEGER NOT NULL) STRICT, WITHOUT ROWID",
    // Which columns are models', of what kind (SQLite itself does not tell a boolean from a time), and their places in
    // the log, which stay when others add and drop columns of their own.
    "CREATE TABLE _freshet_columns (tbl TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, place INTEGER NOT NULL, "
    "PRIMARY KEY (tbl, name)) STRICT, WITHOUT ROWID",
};

Result<void> check_file(Connection& connection) {
  const auto application = connection.integer("PRAGMA application_id");
  if (!application) return fail(application.error());
  const auto version = connection.integer("PRAGMA user_version");
  if (!version) return fail(version.error());
  if (*application != kApplicationId) {
    return fail(ErrorCode::refused, "the database belongs to another program", connection.path(),
                "name a file that does not exist yet, or one that Freshet made");
  }
  if (*version == kLayoutVersion) return {};
  return fail(ErrorCode::refused, "the database was made by another version of Freshet",
              connection.path() + " has layout " + std::to_string(*version) + ", this program knows " +
                  std::to_string(kLayoutVersion),
              "use the version of Freshet that made it, or a newer one");
}

Result<bool> is_empty(Connection& connection) {
  const auto application = connection.integer("PRAGMA application_id");
  if (!application) return fail(application.error());
  const auto count = connection.integer("SELECT count(*) FROM sqlite_schema");
  if (!count) return fail(count.error());
  return *application == 0 && *count == 0;
}

Result<void> make_store(Connection& connection) {
  for (const char* const table : kOwnTables) {
    if (auto made = connection.run_once(table); !made) return made;
  }
  const std::string epoch = random_token().substr(0, 16);
  {
    auto insert = connection.prepare("INSERT INTO _freshet_store (epoch) VALUES (?1)");
    if (!insert) return fail(insert.error());
    insert->bind(1, std::string_view(epoch));
    if (auto done = insert->run(); !done) return done;
  }
  if (auto set = connection.run_once("PRAGMA user_version = " + std::to_string(kLayoutVersion)); !set) return set;
  return connection.run_once("PRAGMA application_id = " + std::to_string(kApplicationId));
}

Result<void> use_wal(Connection& connection) {
  auto statement = connection.prepare("PRAGMA journal_mode = WAL");
  if (!statement) return fail(statement.error());
  const auto has_row = statement->step();
  if (!has_row) return fail(has_row.error());
  if (*has_row && statement->text(0) == "wal") return {};
  return fail(ErrorCode::unavailable, "the database cannot keep a write-ahead log", connection.path(),
              "put the file on a local disk: network file systems do not do");
}

}  // namespace

Result<std::string> read_epoch(Connection& connection) {
  if (auto checked = check_file(connection); !checked) return fail(std::move(checked.error()));
  auto row = connection.prepare("SELECT epoch FROM _freshet_store");
  if (!row) return fail(row.error());
  const auto has_row = row->step();
  if (!has_row) return fail(has_row.error());
  if (*has_row) return std::string(row->text(0));
  return fail(ErrorCode::refused, "the database has lost its name", connection.path(), "restore a backup");
}

Result<std::string> open_schema(Connection& connection) {
  auto empty = is_empty(connection);
  if (!empty) return fail(std::move(empty.error()));
  if (!*empty) {
    if (auto checked = check_file(connection); !checked) return fail(std::move(checked.error()));
  }
  if (!connection.is_read_only()) {
    if (auto wal = use_wal(connection); !wal) return fail(std::move(wal.error()));
  }
  if (*empty) {
    TransactionScope transaction(connection);
    if (auto begun = transaction.begin("BEGIN IMMEDIATE"); !begun) return fail(std::move(begun.error()));
    empty = is_empty(connection);  // another process may have been faster
    if (!empty) return fail(std::move(empty.error()));
    if (*empty) {
      if (auto made = make_store(connection); !made) return fail(std::move(made.error()));
    }
    if (auto done = transaction.commit(); !done) return fail(std::move(done.error()));
  }
  return read_epoch(connection);
}

}  // namespace freshet::store::sqlite
