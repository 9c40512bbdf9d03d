// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/schema.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/sqlite/internal/triggers.hpp"

namespace freshet::store::sqlite {
namespace {

using sql::quoted;

// SQLite takes 2000 columns; the log has two for each of a table's, and some of its own.
constexpr int kPlacesMax = 900;

constexpr std::array kOwnTables = {
    // The name of this history.
    "CREATE TABLE _freshet_store (epoch TEXT NOT NULL) STRICT",
    // `ends` is when a transaction ended with this change; what another program wrote has none.
    "CREATE TABLE _freshet_log (seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, ends INTEGER, tbl TEXT NOT NULL, "
    "kind INTEGER NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL)",
    "CREATE TABLE _freshet_removed (tbl TEXT NOT NULL, parent TEXT NOT NULL, id TEXT NOT NULL, "
    "revision INTEGER NOT NULL, PRIMARY KEY (tbl, parent, id)) STRICT, WITHOUT ROWID",
    // Which columns are models', of what kind (SQLite itself does not tell a boolean from a time), and their places in
    // the log, which stay when others add and drop columns of their own.
    "CREATE TABLE _freshet_columns (tbl TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL, place INTEGER NOT NULL, "
    "PRIMARY KEY (tbl, name)) STRICT, WITHOUT ROWID",
};

constexpr std::array<std::string_view, 6> kKindNames = {"boolean", "integer", "real", "text", "timestamp", "json"};

std::string_view name_of(ColumnKind kind) { return kKindNames.at(static_cast<std::size_t>(kind)); }

std::optional<ColumnKind> kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i) {
    if (kKindNames.at(i) == name) return static_cast<ColumnKind>(i);
  }
  return std::nullopt;
}

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

// --- Tables of models. ---

/// Prepares one table.
class Preparing {
 public:
  Preparing(Connection& connection, const Table& table) : connection_(connection), table_(table) {}

  Result<void> run() {
    const auto is_there = find_table();
    if (!is_there) return fail(is_there.error());
    auto done = *is_there ? add_columns() : make();
    if (done) done = read_columns();
    if (done) done = widen_log();
    for (const Index& index : table_.indexes) {
      if (done) done = make_index(index);
    }
    return done ? make_triggers() : done;
  }

 private:
  tl::unexpected<Error> refuse(const std::string& what, const std::string& detail, const std::string& hint) {
    return fail(ErrorCode::refused, what, detail + " in " + connection_.path(), hint);
  }

  Result<bool> find_table() {
    if (table_.name.starts_with("sqlite_")) {
      return fail(ErrorCode::invalid_argument, "'" + table_.name + "' is no name for a table",
                  "names that begin with 'sqlite_' are SQLite's own", "give the model another name");
    }
    auto found = connection_.prepare("SELECT name, type FROM sqlite_schema WHERE name = ?1 COLLATE NOCASE");
    if (!found) return fail(found.error());
    found->bind(1, std::string_view(table_.name));
    const auto has_row = found->step();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) return false;
    const std::string name(found->text(0));
    const std::string type(found->text(1));
    if (type == "table" && name == table_.name) return true;
    return refuse("'" + table_.name + "' cannot be a table", "there is a " + type + " '" + name + "'",
                  "give the model another name");
  }

  Result<void> note(const Column& column) {
    auto insert = connection_.prepare(
        "INSERT INTO _freshet_columns (tbl, name, kind, place) VALUES (?1, ?2, ?3, "
        "(SELECT coalesce(max(place) + 1, ?4) FROM _freshet_columns WHERE tbl = ?1))");
    if (!insert) return fail(insert.error());
    insert->bind(1, std::string_view(table_.name));
    insert->bind(2, std::string_view(column.name));
    insert->bind(3, name_of(column.kind));
    insert->bind(4, static_cast<std::int64_t>(sql::kSystemColumns.size()));
    return insert->run();
  }

  Result<void> make() {
    auto done = connection_.run_once(sql::create_table(sql::kSqlite, table_));
    for (const Column& column : table_.columns) {
      if (done) done = note(column);
    }
    return done;
  }

  // The columns of models that are there, with their kinds, and how many there are that are none.
  Result<void> read_columns() {
    columns_.clear();
    others_.clear();
    auto rows = connection_.prepare(
        "SELECT info.name, own.kind, own.place FROM pragma_table_info(?1) AS info "
        "LEFT JOIN _freshet_columns AS own ON own.tbl = ?1 AND own.name = info.name ORDER BY info.cid");
    if (!rows) return fail(rows.error());
    rows->bind(1, std::string_view(table_.name));
    for (;;) {
      const auto has_row = rows->step();
      if (!has_row) return fail(has_row.error());
      if (!*has_row) return {};
      note_stored(std::string(rows->text(0)), kind_named(rows->text(1)), static_cast<int>(rows->integer(2)));
    }
  }

  void note_stored(const std::string& name, std::optional<ColumnKind> kind, int place) {
    const auto system = std::find(sql::kSystemColumns.begin(), sql::kSystemColumns.end(), name);
    if (system != sql::kSystemColumns.end()) {
      const bool is_text = system - sql::kSystemColumns.begin() < 3;
      columns_.push_back({name, static_cast<int>(system - sql::kSystemColumns.begin()),
                          is_text ? ColumnKind::text : ColumnKind::integer, true});
    } else if (kind) {
      const std::size_t at = table_.find(name);
      columns_.push_back({name, place, *kind, at == Table::kNone || table_.columns[at].is_nullable});
    } else {
      others_.push_back(name);
    }
  }

  Result<void> add_columns() {
    if (auto read = read_columns(); !read) return read;
    const auto is_system = [](const StoredColumn& column) { return column.name.front() == '_'; };
    if (std::count_if(columns_.begin(), columns_.end(), is_system) != std::ssize(sql::kSystemColumns)) {
      return refuse("the table '" + table_.name + "' was not made by Freshet", "it has other columns",
                    "give the model another name, or rename the table");
    }
    for (const Column& column : table_.columns) {
      const auto same = [&](const StoredColumn& stored) { return stored.name == column.name; };
      const auto stored = std::find_if(columns_.begin(), columns_.end(), same);
      if (stored == columns_.end()) {
        if (auto added = add(column); !added) return added;
      } else if (stored->kind != column.kind) {
        return refuse(
            "the column '" + table_.name + "." + column.name + "' is of another kind",
            "it keeps " + std::string(name_of(stored->kind)) + ", the model has " + std::string(name_of(column.kind)),
            "give the field another name and copy what is needed");
      }
    }
    return {};
  }

  Result<void> add(const Column& column) {
    if (std::find(others_.begin(), others_.end(), column.name) != others_.end()) {
      return refuse("the column '" + table_.name + "." + column.name + "' was not made by Freshet",
                    "it is there already", "rename or drop it, or give the field another name");
    }
    auto done = connection_.run_once(sql::add_column(sql::kSqlite, table_, column));
    return done ? note(column) : done;
  }

  Result<void> widen_log() {
    int places = 0;
    for (const StoredColumn& column : columns_) places = std::max(places, column.place + 1);
    if (places > kPlacesMax) {
      return refuse("the table '" + table_.name + "' has too many columns", std::to_string(places),
                    "at most " + std::to_string(kPlacesMax));
    }
    auto has = connection_.integer("SELECT count(*) FROM pragma_table_info('_freshet_log') WHERE name GLOB 'b[0-9]*'");
    if (!has) return fail(has.error());
    for (int place = static_cast<int>(*has); place < places; ++place) {
      for (const char side : {'b', 'a'}) {
        auto added =
            connection_.run_once("ALTER TABLE " + std::string(kLog) + " ADD COLUMN " + log_column(side, place));
        if (!added) return added;
      }
    }
    return {};
  }

  Result<std::optional<std::string>> sql_of(std::string_view type, const std::string& name) {
    auto found = connection_.prepare("SELECT sql FROM sqlite_schema WHERE type = ?1 AND name = ?2");
    if (!found) return fail(found.error());
    found->bind(1, type);
    found->bind(2, std::string_view(name));
    const auto has_row = found->step();
    if (!has_row) return fail(has_row.error());
    return *has_row ? std::optional(std::string(found->text(0))) : std::nullopt;
  }

  Result<void> make_index(const Index& index) {
    const auto present = sql_of("index", sql::index_name(table_, index));
    if (!present) return fail(present.error());
    if (*present) return {};
    auto made = connection_.run_once(sql::create_index(table_, index));
    if (made || made.error().code != ErrorCode::already_exists) return made;
    return refuse("documents of '" + table_.name + "' share a value that is to be unique",
                  sql::index_name(table_, index), "change one of them first");
  }

  Result<void> make_triggers() {
    for (const Trigger& trigger : triggers_of(table_.name, columns_)) {
      const auto present = sql_of("trigger", trigger.name);
      if (!present) return fail(present.error());
      if (*present == trigger.sql) continue;
      if (*present) {
        if (auto gone = connection_.run_once("DROP TRIGGER " + quoted(trigger.name)); !gone) return gone;
      }
      if (auto made = connection_.run_once(trigger.sql); !made) return made;
    }
    return {};
  }

  Connection& connection_;
  const Table& table_;
  std::vector<StoredColumn> columns_;
  std::vector<std::string> others_;
};

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

Result<void> prepare_table(Connection& connection, const Table& table) { return Preparing(connection, table).run(); }

Result<std::vector<int>> places_of(Connection& connection, const Table& table) {
  auto rows = connection.prepare("SELECT name, place FROM _freshet_columns WHERE tbl = ?1");
  if (!rows) return fail(rows.error());
  rows->bind(1, std::string_view(table.name));
  std::vector<int> places(table.columns.size(), -1);
  for (;;) {
    const auto has_row = rows->step();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) break;
    const std::size_t at = table.find(rows->text(0));
    if (at != Table::kNone) places[at] = static_cast<int>(rows->integer(1));
  }
  const bool is_whole = std::find(places.begin(), places.end(), -1) == places.end();
  // A table without columns of its own has none here either.
  if (is_whole && !places.empty()) return places;
  auto found = connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1");
  if (!found) return fail(found.error());
  found->bind(1, std::string_view(table.name));
  const auto is_there = found->step();
  if (!is_there) return fail(is_there.error());
  if (*is_there && is_whole) return places;
  return fail(ErrorCode::invalid_argument, "the table '" + table.name + "' is not prepared", connection.path(),
              "prepare() it first");
}

}  // namespace freshet::store::sqlite
