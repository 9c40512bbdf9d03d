// SPDX-License-Identifier: MIT
#include "freshet/store/internal/sql_text.hpp"

#include <cstdint>
#include <cstdio>

namespace freshet::store::sql {
namespace {

std::string hash_of(std::string_view text) {  // FNV-1a: stable, since it stands in the names of indexes
  std::uint64_t hash = 14695981039346656037U;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  std::array<char, 17> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

}  // namespace

void append_list(std::string& out, std::string_view part) {
  if (!out.empty()) out += ", ";
  out += part;
}

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

}  // namespace freshet::store::sql
