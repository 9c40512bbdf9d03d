// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/setup.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/store/internal/cell_of.hpp"
#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/dialect.hpp"
#include "freshet/store/postgres/internal/setup_text.hpp"

namespace freshet::store::postgres {
namespace {

// Two programs that start at once make things one after the other. An arbitrary number, the same in all of them.
constexpr const char* kLock = "SELECT pg_advisory_xact_lock(7219204127011)";
// Which statements of setup_text.cpp the schema has; to be raised when they change.
constexpr std::string_view kVersion = "freshet 2";

using ColumnTypes = std::map<std::string, std::string, std::less<>>;

// Names have no quotes inside after quoted(), so a text with several statements can go by the simple protocol; the
// others go one by one.
class Script {
 public:
  explicit Script(Session& session) : session_(session) {}

  Result<Rows> ask(const std::string& sql, std::initializer_list<std::string_view> texts = {}) {
    Parameters parameters;
    for (const std::string_view text : texts) parameters.add_text(text);
    return session_.run(sql, parameters, false);
  }
  Result<void> run(const std::string& sql) {
    auto rows = session_.run(sql, {}, false);
    return rows ? Result<void>() : fail(std::move(rows.error()));
  }
  /// Statements that end in ";\n" at the end of a line that is not within a function's body.
  Result<void> run_all(std::string_view script) {
    bool is_in_body = false;
    std::string statement;
    while (!script.empty()) {
      const std::string_view line = script.substr(0, script.find('\n'));
      script.remove_prefix(std::min(script.size(), line.size() + 1));
      if (line.find("$body$") != std::string_view::npos) is_in_body = !is_in_body;
      statement += line;
      statement += '\n';
      if (is_in_body || !line.ends_with(';')) continue;
      if (auto done = run(statement); !done) return done;
      statement.clear();
    }
    return {};
  }
  /// Runs `steps` in a transaction, one at a time in all the database.
  template <class Steps> Result<void> transact(Steps&& steps) {
    session_.queue("BEGIN", {}, false);
    session_.queue(kLock, {}, false);
    auto begun = session_.run_queue();
    auto done = begun ? steps() : Result<void>(fail(std::move(begun.error())));
    if (done) done = run("COMMIT");
    if (!done && !session_.is_lost()) [[maybe_unused]]
      const auto ended = session_.roll_back();
    return done;
  }

 private:
  Session& session_;
};

std::string_view type_name(ColumnKind kind) {
  constexpr std::array<std::string_view, 6> kNames = {
      "boolean", "bigint", "double precision", "text", "timestamp with time zone", "json"};
  return kNames.at(static_cast<std::size_t>(kind));
}

bool is_of_kind(std::string_view type, ColumnKind kind) {
  return type == type_name(kind) || (kind == ColumnKind::json && type == "jsonb");
}

Result<ColumnTypes> columns_of(Script& script, const std::string& schema, const Table& table) {
  auto rows = script.ask(
      "SELECT a.attname, format_type(a.atttypid, NULL) FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
      "JOIN pg_namespace n ON n.oid = c.relnamespace "
      "WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped",
      {schema, table.name});
  if (!rows) return fail(std::move(rows.error()));
  ColumnTypes types;
  for (std::size_t i = 0; i < rows->size(); ++i) types.emplace(rows->text(i, 0), rows->text(i, 1));
  return types;
}

Result<void> check_system_columns(const Table& table, const ColumnTypes& types) {
  constexpr std::array kKinds = {ColumnKind::text,    ColumnKind::text,      ColumnKind::text,
                                 ColumnKind::integer, ColumnKind::timestamp, ColumnKind::timestamp};
  for (std::size_t i = 0; i < sql::kSystemColumns.size(); ++i) {
    const auto found = types.find(sql::kSystemColumns.at(i));
    if (found != types.end() && is_of_kind(found->second, kKinds.at(i))) continue;
    return fail(ErrorCode::refused, "table '" + table.name + "' is there already, and not one of a store",
                "it has no column '" + std::string(sql::kSystemColumns.at(i)) + "' of type " +
                    std::string(type_name(kKinds.at(i))),
                "rename the table, or give the store another schema");
  }
  return {};
}

Result<void> extend_table(Script& script, const std::string& schema, const Table& table, const ColumnTypes& types) {
  if (auto ok = check_system_columns(table, types); !ok) return ok;
  for (const Column& column : table.columns) {
    const auto found = types.find(column.name);
    if (found == types.end()) {
      if (auto added = script.run(sql::add_column(kDialect, table, column)); !added) return added;
    } else if (!is_of_kind(found->second, column.kind)) {
      return fail(ErrorCode::refused, "column '" + table.name + "." + column.name + "' is of another kind",
                  "the model has " + std::string(internal::describe(column.kind)) + ", the database, in schema '" +
                      schema + "', has " + found->second,
                  "give the attribute another name, or change the column by hand");
    }
  }
  return {};
}

// JSON has no order: an index on a list serves `contains`.
Result<void> make_index(Script& script, const Table& table, const Index& index) {
  const auto is_json = [&](const std::string& name) {
    const std::size_t column = table.find(name);
    return column != Table::kNone && table.columns[column].kind == ColumnKind::json;
  };
  if (std::ranges::none_of(index.columns, is_json)) {
    auto made = script.run(sql::create_index(table, index));
    if (made || made.error().code != ErrorCode::already_exists) return made;
    return fail(ErrorCode::refused,
                "documents of '" + table.name + "' break its unique index on '" + index.columns.front() + "'",
                made.error().detail, "change or remove them first");
  }
  if (index.columns.size() > 1 || index.is_unique) {
    return fail(ErrorCode::refused,
                "table '" + table.name + "' cannot have an index on '" + index.columns.front() + "'",
                "it is kept as JSON", "an index on a JSON column has no other column, and is not unique");
  }
  return script.run("CREATE INDEX IF NOT EXISTS " + sql::quoted(sql::index_name(table, index)) + " ON " +
                    sql::quoted(table.name) + " USING gin ((" + sql::quoted(index.columns.front()) +
                    "::jsonb) jsonb_path_ops)");
}

Result<bool> is_there(Script& script, const std::string& question, std::initializer_list<std::string_view> texts) {
  auto rows = script.ask(question, texts);
  if (!rows) return fail(std::move(rows.error()));
  return !rows->empty();
}

Result<void> publish(Script& script, const std::string& schema, const Table& table) {
  const std::string publication = publication_of(schema);
  auto has = is_there(script, "SELECT 1 FROM pg_publication WHERE pubname = $1", {publication});
  if (has && !*has) {
    auto made =
        script.run("CREATE PUBLICATION " + sql::quoted(publication) + " WITH (publish = 'insert, update, delete')");
    if (!made) return made;
  }
  if (has) {
    has = is_there(script,
                   "SELECT 1 FROM pg_publication_tables WHERE pubname = $1 AND schemaname = $2 AND tablename = $3",
                   {publication, schema, table.name});
  }
  if (!has) return fail(std::move(has.error()));
  if (*has) return {};
  return script.run("ALTER PUBLICATION " + sql::quoted(publication) + " ADD TABLE " + sql::quoted(schema) + "." +
                    sql::quoted(table.name));
}

Result<void> set_up_table(Script& script, const std::string& schema, const Table& table, History::Kind kind) {
  auto types = columns_of(script, schema, table);
  if (!types) return fail(std::move(types.error()));
  auto done =
      types->empty() ? script.run(sql::create_table(kDialect, table)) : extend_table(script, schema, table, *types);
  for (const Index& index : table.indexes) {
    if (done) done = make_index(script, table, index);
  }
  if (!done) return done;
  auto has_triggers = is_there(script,
                               "SELECT 1 FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON "
                               "n.oid = c.relnamespace WHERE n.nspname = $1 AND c.relname = $2 AND t.tgname = "
                               "'freshet_truncate' AND c.relreplident = 'f'",
                               {schema, table.name});
  if (!has_triggers) return fail(std::move(has_triggers.error()));
  if (!*has_triggers) done = script.run_all(row_triggers(schema, table));
  if (done && kind == History::Kind::log) done = publish(script, schema, table);
  return done;
}

Result<void> set_up_logging(Script& script, const std::string& schema, std::span<const Table* const> tables) {
  auto has = is_there(script, "SELECT 1 WHERE to_regprocedure($1) IS NOT NULL",
                      {sql::quoted(schema) + ".freshet_tell_change()"});
  if (!has) return fail(std::move(has.error()));
  auto done = *has ? Result<void>() : script.run_all(change_log_objects(schema));
  for (const Table* table : tables) {
    if (!done) return done;
    done = script.run_all(change_log_triggers(schema, *table));
  }
  return done;
}

}  // namespace

std::string publication_of(const std::string& schema) { return "freshet_" + schema; }

Result<void> set_up_schema(Session& session, const std::string& schema) {
  Script script(session);
  const auto is_up_to_date = [&] {
    return is_there(script, "SELECT 1 WHERE obj_description(to_regclass($1), 'pg_class') = $2",
                    {sql::quoted(schema) + ".freshet_sessions", kVersion});
  };
  auto has = is_up_to_date();
  if (!has) return fail(std::move(has.error()));
  if (*has) return {};
  return script.transact([&]() -> Result<void> {
    has = is_up_to_date();
    if (!has) return fail(std::move(has.error()));
    if (*has) return {};
    auto schema_is_there = is_there(script, "SELECT 1 FROM pg_namespace WHERE nspname = $1", {schema});
    if (!schema_is_there) return fail(std::move(schema_is_there.error()));
    auto done = *schema_is_there ? Result<void>() : script.run("CREATE SCHEMA " + sql::quoted(schema));
    if (done) done = script.run_all(shared_objects(schema));
    if (!done) return done;
    return script.run("COMMENT ON TABLE " + sql::quoted(schema) + ".freshet_sessions IS " +
                      sql::text_literal(kVersion));
  });
}

Result<void> set_up_tables(Session& session, const std::string& schema, std::span<const Table* const> tables,
                           History::Kind kind) {
  Script script(session);
  return script.transact([&]() -> Result<void> {
    for (const Table* table : tables) {
      if (auto done = set_up_table(script, schema, *table, kind); !done) return done;
    }
    return kind == History::Kind::table ? set_up_logging(script, schema, tables) : Result<void>();
  });
}

Result<void> set_up_change_log(Session& session, const std::string& schema, std::span<const Table* const> tables) {
  Script script(session);
  return script.transact([&] { return set_up_logging(script, schema, tables); });
}

}  // namespace freshet::store::postgres
