// SPDX-License-Identifier: MIT
#include "freshet/store/internal/sql_text.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <utility>

#include "freshet/base/assert.hpp"

namespace freshet::store::sql {
namespace {

void append_list(std::string& out, std::string_view part) {
  if (!out.empty()) out += ", ";
  out += part;
}

std::string hash_of(std::string_view text) {  // FNV-1a: stable, since it stands in the names of indexes
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

// --- The WHERE and ORDER BY of a query. ---

/// What a result is ordered by.
struct SortKey {
  std::string column;
  bool descending = false;
  bool nullable = false;
};

/// A condition, or one that always or never holds.
struct Bound {
  enum class Kind : std::uint8_t { never, always, text };
  Kind kind = Kind::never;
  std::string text{};
};

class QueryText {
 public:
  QueryText(const Dialect& dialect, const Query& query) : dialect_(dialect), query_(query) {}

  Statement make() {
    statement_.text = "SELECT " + row_columns(table()) + " FROM " + quoted(table().name);
    add_place();
    for (const Condition& condition : query_.conditions) add_where(text_of(condition));
    const std::vector<SortKey> keys = sort_keys();
    if (query_.start) add_bound(*query_.start, keys, true);
    if (query_.end) add_bound(*query_.end, keys, false);
    statement_.text += where_;
    add_order(keys);
    add_window();
    return std::move(statement_);
  }

 private:
  const Table& table() const { return *query_.table; }

  std::string put(Cell value) {
    statement_.parameters.push_back(std::move(value));
    return parameter(dialect_, statement_.parameters.size());
  }

  std::string column_name(std::size_t column) const {
    return quoted(column == Table::kId ? kId : std::string_view(table().columns[column].name));
  }

  bool is_nullable(std::size_t column) const { return column != Table::kId && table().columns[column].is_nullable; }

  void add_where(std::string_view condition) {
    where_ += where_.empty() ? " WHERE " : " AND ";
    where_ += condition;
  }

  void add_place() {
    if (query_.parent) add_where(quoted(kParent) + " = " + put(*query_.parent));
    if (query_.obj_types.empty()) return;
    std::string names;
    for (const std::string& name : query_.obj_types) append_list(names, put(name));
    add_where(quoted(kType) + " IN (" + names + ")");
  }

  std::string text_of(const Condition& condition) {
    const std::string column = column_name(condition.column);
    if (condition.comparison == Comparison::in) return in(column, condition.operands);
    const Cell& operand = condition.operands.front();
    switch (condition.comparison) {
      case Comparison::equal:
        return is_null(operand) ? column + " IS NULL" : column + " = " + put(operand);
      case Comparison::not_equal:
        if (is_null(operand)) return column + " IS NOT NULL";
        if (!is_nullable(condition.column)) return column + " <> " + put(operand);
        return "(" + column + " <> " + put(operand) + " OR " + column + " IS NULL)";
      case Comparison::less:
        return column + " < " + put(operand);
      case Comparison::less_equal:
        return column + " <= " + put(operand);
      case Comparison::greater:
        return column + " > " + put(operand);
      case Comparison::greater_equal:
        return column + " >= " + put(operand);
      case Comparison::contains:
        return dialect_.contains(column, operand, [this](Cell value) { return put(std::move(value)); });
      case Comparison::in:
        break;
    }
    FRESHET_ASSERT(false);
    return {};
  }

  std::string in(const std::string& column, const Cells& operands) {
    if (operands.empty()) return "1 = 0";
    if (operands.size() > dialect_.in_parameters_max) {
      return dialect_.in_many(column, operands, [this](Cell value) { return put(std::move(value)); });
    }
    std::string list;
    for (const Cell& operand : operands) append_list(list, put(operand));
    return column + " IN (" + list + ")";
  }

  std::vector<SortKey> sort_keys() const {
    std::vector<SortKey> keys;
    for (const Order& order : query_.orders)
      keys.push_back({column_name(order.column), order.descending, is_nullable(order.column)});
    // Within one collection the parent says nothing, and an index on what is ordered by serves better without it.
    if (!query_.parent) keys.push_back({quoted(kParent)});
    keys.push_back({quoted(kId)});
    return keys;
  }

  /// The rows that come strictly after (or before) those whose `key` is `cell`.
  Bound beyond(const SortKey& key, const Cell& cell, bool after) {
    if (after != key.descending) {  // towards greater values
      if (is_null(cell)) return {Bound::Kind::text, key.column + " IS NOT NULL"};
      return {Bound::Kind::text, key.column + " > " + put(cell)};
    }
    if (is_null(cell)) return {};
    const std::string less = key.column + " < " + put(cell);
    return {Bound::Kind::text, key.nullable ? "(" + less + " OR " + key.column + " IS NULL)" : less};
  }

  /// The rows beyond the cells from `at` on, or like them, for which `rest` has to hold too.
  Bound bound(const Cells& cells, std::size_t at, const std::vector<SortKey>& keys, const Bound& rest, bool after) {
    if (at == cells.size()) return rest;
    const SortKey& key = keys[at];
    const Cell& cell = cells[at];
    Bound further = beyond(key, cell, after);
    const Bound inner = bound(cells, at + 1, keys, rest, after);
    if (inner.kind == Bound::Kind::never) return further;
    const std::string same = is_null(cell) ? key.column + " IS NULL" : key.column + " = " + put(cell);
    const std::string with_inner = inner.kind == Bound::Kind::always ? same : "(" + same + " AND " + inner.text + ")";
    if (further.kind == Bound::Kind::never) return {Bound::Kind::text, with_inner};
    return {Bound::Kind::text, "(" + further.text + " OR " + with_inner + ")"};
  }

  void add_bound(const Cursor& cursor, const std::vector<SortKey>& keys, bool is_start) {
    Cells cells = cursor.cells;
    Bound rest{cursor.inclusive ? Bound::Kind::always : Bound::Kind::never};
    if (cursor.key && query_.parent && *query_.parent != cursor.key->parent) {
      // A key of another collection comes before or after all of this one.
      const bool is_beyond = is_start == (*query_.parent > cursor.key->parent);
      rest.kind = is_beyond ? Bound::Kind::always : Bound::Kind::never;
    } else if (cursor.key) {
      if (!query_.parent) cells.emplace_back(cursor.key->parent);
      cells.emplace_back(cursor.key->id);
    }
    const Bound made = bound(cells, 0, keys, rest, is_start);
    if (made.kind == Bound::Kind::text) add_where(made.text);
    if (made.kind == Bound::Kind::never) add_where("1 = 0");
  }

  void add_order(const std::vector<SortKey>& keys) {
    std::string list;
    for (const SortKey& key : keys) {
      append_list(list, key.column + (key.descending ? " DESC" : ""));
      if (key.nullable && !dialect_.orders_nulls_first) list += key.descending ? " NULLS LAST" : " NULLS FIRST";
    }
    statement_.text += " ORDER BY " + list;
  }

  void add_window() {
    const auto most = [](std::size_t count) {
      return static_cast<std::int64_t>(std::min<std::size_t>(count, static_cast<std::size_t>(INT64_MAX)));
    };
    if (query_.limit == Query::kNoLimit && query_.offset == 0) return;
    statement_.text += " LIMIT " + put(most(query_.limit));
    if (query_.offset > 0) statement_.text += " OFFSET " + put(most(query_.offset));
  }

  const Dialect& dialect_;
  const Query& query_;
  Statement statement_;
  std::string where_;
};

// --- SQLite. ---

struct SqliteLiteral {
  std::string operator()(std::monostate) const { return "NULL"; }
  std::string operator()(bool value) const { return value ? "1" : "0"; }
  std::string operator()(std::int64_t value) const {
    // The smallest integer would be read as a negated number that is too large.
    if (value == INT64_MIN) return "(-9223372036854775807 - 1)";
    return std::to_string(value);
  }
  std::string operator()(double value) const {
    std::array<char, 32> digits{};
    std::snprintf(digits.data(), digits.size(), "%.17g", value);
    const std::string text = digits.data();
    if (text.find("inf") != std::string::npos) return value > 0 ? "9e999" : "-9e999";
    return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
  }
  std::string operator()(const std::string& value) const { return text_literal(value); }
  std::string operator()(Timestamp value) const { return (*this)(std::int64_t{value.time_since_epoch().count()}); }
  std::string operator()(const Json& value) const { return text_literal(value.text); }
};

std::string sqlite_literal(const Cell& cell) { return std::visit(SqliteLiteral(), cell); }

/// A cell as JSON that json_each() reads back as the value that SQLite keeps for it.
struct SqliteJson {
  void operator()(const std::string& value) const {
    out += '"';
    for (const char c : value) {
      std::array<char, 8> escape{};
      if (static_cast<unsigned char>(c) < 0x20U) {
        std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(c));
        out += escape.data();
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    out += '"';
  }
  void operator()(const Json& value) const { (*this)(value.text); }
  void operator()(std::monostate) const { out += "null"; }
  template <class T> void operator()(const T& value) const { out += SqliteLiteral()(value); }

  std::string& out;
};

// SQLite takes some 32 thousand parameters, and the cache of statements few lengths of lists.
std::string sqlite_in_many(const std::string& column, const Cells& operands, const Parameter& parameter) {
  std::string list = "[";
  for (const Cell& operand : operands) {
    if (list.size() > 1) list += ',';
    if (std::get_if<std::int64_t>(&operand) != nullptr) {
      list += std::to_string(std::get<std::int64_t>(operand));
    } else {
      std::visit(SqliteJson{list}, operand);
    }
  }
  return column + " IN (SELECT value FROM json_each(" + parameter(list + "]") + "))";
}

std::string sqlite_contains(const std::string& column, const Cell& element, const Parameter& parameter) {
  std::string condition;
  if (const bool* truth = std::get_if<bool>(&element)) {
    condition = "type = " + parameter(std::string(*truth ? "true" : "false"));
  } else {
    std::string types = "type = 'integer'";
    if (std::holds_alternative<std::string>(element)) types = "type = 'text'";
    // JSON does not tell 21 from 21.0.
    if (std::holds_alternative<double>(element)) types = "type IN ('integer', 'real')";
    condition = types + " AND value = " + parameter(element);
  }
  return "EXISTS (SELECT 1 FROM json_each(" + column + ") WHERE " + condition + ")";
}

}  // namespace

constinit const Dialect kSqlite = {
    .parameter_sign = '?',
    .types = {"INTEGER", "INTEGER", "REAL", "TEXT", "INTEGER", "TEXT"},
    .table_suffix = " STRICT",
    .revision_default = "0",
    .now_default = "(CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000)",
    .has_not_null = false,
    .orders_nulls_first = true,
    .literal = sqlite_literal,
    .in_parameters_max = 100,
    .in_many = sqlite_in_many,
    .contains = sqlite_contains,
};

std::string quoted(std::string_view name) {
  std::string out = "\"";
  for (const char c : name) out.append(c == '"' ? 2 : 1, c);
  return out + '"';
}

std::string text_literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + '\'';
}

std::string parameter(const Dialect& dialect, std::size_t number) {
  return dialect.parameter_sign + std::to_string(number);
}

std::string column_definition(const Dialect& dialect, const Column& column) {
  std::string out(dialect.types.at(static_cast<std::size_t>(column.kind)));
  if (!is_null(column.initial)) out += " DEFAULT " + dialect.literal(column.initial);
  if (dialect.has_not_null && !column.is_nullable) out += " NOT NULL";
  return out;
}

std::string create_table(const Dialect& dialect, const Table& table) {
  const auto type = [&](ColumnKind kind) { return std::string(dialect.types.at(static_cast<std::size_t>(kind))); };
  const auto line = [](std::string_view name, const std::string& definition) {
    return "  " + quoted(name) + " " + definition + ",\n";
  };
  const std::string text = type(ColumnKind::text);
  const std::string now = type(ColumnKind::timestamp) + " NOT NULL DEFAULT " + std::string(dialect.now_default);
  std::string out = "CREATE TABLE " + quoted(table.name) + " (\n";
  out += line(kParent, text + " DEFAULT '' NOT NULL");
  out += line(kId, text + " NOT NULL");
  const std::string first_type = table.variants.empty() ? std::string() : table.variants.front().name;
  out += line(kType, text + " DEFAULT " + text_literal(first_type) + " NOT NULL");
  out += line(kRevision, type(ColumnKind::integer) + " DEFAULT " + std::string(dialect.revision_default) + " NOT NULL");
  out += line(kCreatedAt, now);
  out += line(kUpdatedAt, now);
  for (const Column& column : table.columns) out += line(column.name, column_definition(dialect, column));
  out += "  PRIMARY KEY (" + quoted(kParent) + ", " + quoted(kId) + ")\n)";
  return out + std::string(dialect.table_suffix);
}

std::string add_column(const Dialect& dialect, const Table& table, const Column& column) {
  return "ALTER TABLE " + quoted(table.name) + " ADD COLUMN " + quoted(column.name) + " " +
         column_definition(dialect, column);
}

std::string index_name(const Table& table, const Index& index) {
  std::string name = table.name + (index.is_unique ? "_unique_" : "_by_");
  for (std::size_t i = 0; i < index.columns.size(); ++i) name += (i == 0 ? "" : "_") + index.columns[i];
  if (name.size() <= Table::kNameBytesMax) return name;
  const std::string hash = hash_of(name);
  std::size_t keep = Table::kNameBytesMax - hash.size() - 1;
  while (keep > 0 && (static_cast<unsigned char>(name[keep]) & 0xC0U) == 0x80U) --keep;  // never within a character
  return name.substr(0, keep) + "_" + hash;
}

std::string create_index(const Table& table, const Index& index) {
  std::string columns;
  for (const std::string& column : index.columns) append_list(columns, quoted(column));
  return std::string("CREATE ") + (index.is_unique ? "UNIQUE " : "") + "INDEX IF NOT EXISTS " +
         quoted(index_name(table, index)) + " ON " + quoted(table.name) + " (" + columns + ")";
}

std::string row_columns(const Table& table) {
  std::string out;
  for (const std::string_view column : kSystemColumns) append_list(out, quoted(column));
  for (const Column& column : table.columns) append_list(out, quoted(column.name));
  return out;
}

namespace {

std::string where_key(const Dialect& dialect, std::size_t first) {
  return " WHERE " + quoted(kParent) + " = " + parameter(dialect, first) + " AND " + quoted(kId) + " = " +
         parameter(dialect, first + 1);
}

}  // namespace

std::string select_row(const Dialect& dialect, const Table& table) {
  return "SELECT " + row_columns(table) + " FROM " + quoted(table.name) + where_key(dialect, 1);
}

std::string insert_row(const Dialect& dialect, const Table& table) {
  std::string values;
  for (std::size_t i = 1; i <= kSystemColumns.size() + table.columns.size(); ++i)
    append_list(values, parameter(dialect, i));
  return "INSERT INTO " + quoted(table.name) + " (" + row_columns(table) + ") VALUES (" + values + ")";
}

std::string update_row(const Dialect& dialect, const Table& table, std::span<const std::size_t> columns) {
  std::string changes;
  std::size_t number = 0;
  const auto add = [&](std::string_view column) {
    append_list(changes, quoted(column) + " = " + parameter(dialect, ++number));
  };
  for (const std::string_view column : {kType, kRevision, kUpdatedAt}) add(column);
  for (const std::size_t column : columns) add(table.columns.at(column).name);
  return "UPDATE " + quoted(table.name) + " SET " + changes + where_key(dialect, number + 1);
}

std::string remove_row(const Dialect& dialect, const Table& table) {
  return "DELETE FROM " + quoted(table.name) + where_key(dialect, 1);
}

Statement select(const Dialect& dialect, const Query& query) { return QueryText(dialect, query).make(); }

}  // namespace freshet::store::sql
