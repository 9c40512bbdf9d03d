// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/model_tables.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/sqlite/internal/triggers.hpp"

namespace freshet::store::sqlite {
namespace {

using sql::quoted;

// SQLite takes 2000 columns; the log has two for each of a table's, and some of its own.
constexpr int kPlacesMax = 900;

constexpr std::array<std::string_view, 6> kKindNames = {"boolean", "integer", "real", "text", "timestamp", "json"};

std::string_view name_of(ColumnKind kind) { return kKindNames.at(static_cast<std::size_t>(kind)); }

std::optional<ColumnKind> kind_named(std::string_view name) {
  for (std::size_t i = 0; i < kKindNames.size(); ++i) {
    if (kKindNames.at(i) == name) return static_cast<ColumnKind>(i);
  }
  return std::nullopt;
}

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
