// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/row_json.hpp"

#include <algorithm>
#include <string>
#include <utility>

#include "freshet/codec/json_reader.hpp"
#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/cell_text.hpp"

namespace freshet::store::postgres {
namespace {

using codec::JsonReader;
using codec::JsonToken;

// Rows are as large as documents may be, and a text can take six bytes for one.
constexpr codec::JsonLimits kLimits = {.bytes_max = mib(256), .depth_max = kNestingDepthMax + 1};

// The reader's current token, a scalar, as the text that a column of that kind has.
Result<Cell> scalar(ColumnKind kind, const JsonReader& reader) {
  switch (reader.token()) {
    case JsonToken::boolean:
      return parse_cell(kind, reader.boolean().value() ? "t" : "f");
    case JsonToken::number:
    case JsonToken::string:
      return parse_cell(kind, reader.text());
    default:
      return reader.wrong("a value of a column");
  }
}

Result<void> take_system_column(Row& row, std::size_t column, const JsonReader& reader) {
  const ColumnKind kind = column < 3 ? ColumnKind::text : column == 3 ? ColumnKind::integer : ColumnKind::timestamp;
  auto cell = scalar(kind, reader);
  if (!cell) return fail(std::move(cell.error()));
  if (column == 0) row.key.parent = std::get<std::string>(*cell);
  if (column == 1) row.key.id = std::get<std::string>(*cell);
  if (column == 2) row.obj_type = std::get<std::string>(*cell);
  if (column == 3) row.revision = std::get<std::int64_t>(*cell);
  if (column == 4) row.created_at = std::get<Timestamp>(*cell);
  if (column == 5) row.updated_at = std::get<Timestamp>(*cell);
  return {};
}

Result<void> take_member(const Table& table, Row& row, JsonReader& reader) {
  const std::string name(reader.text());
  reader.next();
  const auto system = std::ranges::find(sql::kSystemColumns, name);
  if (system != sql::kSystemColumns.end()) {
    return take_system_column(row, static_cast<std::size_t>(system - sql::kSystemColumns.begin()), reader);
  }
  const std::size_t column = table.find(name);
  if (column == Table::kNone) return reader.skip_value();
  if (reader.token() == JsonToken::null) {
    row.cells[column] = Cell();
    return {};
  }
  auto cell = scalar(table.columns[column].kind, reader);
  if (!cell) return fail(std::move(cell.error()));
  row.cells[column] = *std::move(cell);
  return {};
}

}  // namespace

Result<Row> parse_row(const Table& table, std::string_view json) {
  JsonReader reader(json, kLimits);
  Row row;
  for (const Column& column : table.columns) row.cells.push_back(column.initial);
  if (auto begun = reader.expect(JsonToken::begin_object); !begun) return fail(std::move(begun.error()));
  while (reader.next() == JsonToken::name) {
    if (auto taken = take_member(table, row, reader); !taken) return fail(std::move(taken.error()));
  }
  if (reader.token() != JsonToken::end_object) return reader.wrong("the end of a row");
  if (row.key.id.empty()) return fail(ErrorCode::invalid_argument, "a logged row has no id");
  return row;
}

}  // namespace freshet::store::postgres
