// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/dialect.hpp"

#include <array>
#include <cmath>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/codec/json.hpp"
#include "freshet/store/postgres/internal/cell_text.hpp"

namespace freshet::store::postgres {
namespace {

std::string literal(const Cell& cell) {
  std::string text;
  FRESHET_ASSERT(append_text(cell, text).has_value());
  if (std::holds_alternative<std::int64_t>(cell)) return "'" + text + "'::bigint";
  if (std::holds_alternative<double>(cell)) return "'" + text + "'::double precision";
  return sql::text_literal(text);
}

std::string contains(const std::string& column, const Cell& element, const sql::Parameter& parameter) {
  std::string json;
  if (const auto* text = std::get_if<std::string>(&element)) {
    FRESHET_ASSERT(codec::encode_json(type_of<std::string>(), text, json).has_value());
  } else if (const auto* truth = std::get_if<bool>(&element)) {
    json = *truth ? "true" : "false";
  } else if (const auto* real = std::get_if<double>(&element); real != nullptr && !std::isfinite(*real)) {
    return "1 = 0";  // JSON has no such number
  } else {
    FRESHET_ASSERT(append_text(element, json).has_value());
  }
  return column + "::jsonb @> " + parameter(Json{json}) + "::jsonb";
}

/// The type that a cell's text is cast to.
std::string_view type_of_cell(const Cell& cell) {
  constexpr std::array<std::string_view, 7> kTypes{"text", "boolean",     "bigint", "double precision",
                                                   "text", "timestamptz", "text"};
  return kTypes[cell.index()];
}

std::string in_many(const std::string& column, const Cells& operands, const sql::Parameter& parameter) {
  std::vector<std::string> texts;
  texts.reserve(operands.size());
  for (const Cell& operand : operands) {
    FRESHET_ASSERT(append_text(operand, texts.emplace_back()).has_value());
  }
  std::string json;
  FRESHET_ASSERT(codec::encode_json(type_of<std::vector<std::string>>(), &texts, json).has_value());
  std::string condition = column + " IN (SELECT value::";
  condition.append(type_of_cell(operands.front()));
  return condition + " FROM json_array_elements_text(" + parameter(Json{json}) + "::json) AS value)";
}

}  // namespace

constinit const sql::Dialect kDialect = {
    .parameter_sign = '$',
    .types = {"boolean", "bigint", "double precision", "text COLLATE \"C\"", "timestamptz", "json"},
    .table_suffix = "",
    .revision_default = "0",
    .now_default = "clock_timestamp()",
    .has_not_null = false,
    .orders_nulls_first = false,
    .literal = literal,
    .in_parameters_max = 64,
    .in_many = in_many,
    .contains = contains,
};

Result<Row> read_row(const Table& table, const Rows& rows, std::size_t at) {
  Row row;
  row.key = {std::string(rows.text(at, 0)), std::string(rows.text(at, 1))};
  row.obj_type = rows.text(at, 2);
  auto revision = parse_cell(ColumnKind::integer, rows.text(at, 3));
  if (!revision) return fail(std::move(revision.error()));
  row.revision = std::get<std::int64_t>(*revision);
  auto created = parse_timestamptz(rows.text(at, 4));
  if (!created) return fail(std::move(created.error()));
  row.created_at = *created;
  auto updated = parse_timestamptz(rows.text(at, 5));
  if (!updated) return fail(std::move(updated.error()));
  row.updated_at = *updated;
  row.cells.reserve(table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    const auto text = rows.at(at, sql::kSystemColumns.size() + i);
    auto cell = text ? parse_cell(table.columns[i].kind, *text) : Result<Cell>();
    if (!cell) return cell.error().path = "$." + table.columns[i].name, fail(std::move(cell.error()));
    row.cells.push_back(*std::move(cell));
  }
  return row;
}

Result<Batch> snapshot_batch(const Table& table, const Rows& rows) {
  Batch batch;
  batch.kind = Batch::Kind::snapshot;
  batch.changes.reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto row = read_row(table, rows, i);
    if (!row) return fail(std::move(row.error()));
    Change& change = batch.changes.emplace_back();
    change.table = &table;
    change.key = row->key;
    change.after.emplace(*std::move(row));
  }
  return batch;
}

}  // namespace freshet::store::postgres
