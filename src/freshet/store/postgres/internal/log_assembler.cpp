// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/log_assembler.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/cell_text.hpp"
#include "freshet/store/postgres/internal/changes.hpp"

namespace freshet::store::postgres {
namespace {

using pgoutput::Tuple;
using pgoutput::TupleColumn;

tl::unexpected<Error> out_of_order(const char* what) {
  return fail(ErrorCode::invalid_argument, "the server's replication messages are out of order", what);
}

tl::unexpected<Error> unknown_before(const Table& table) {
  return fail(ErrorCode::refused, "the log does not say what a row of '" + table.name + "' was before", {},
              "the table has lost its REPLICA IDENTITY FULL: open the store again");
}

}  // namespace

LogAssembler::Taken LogAssembler::take(std::string_view message) {
  auto decoded = pgoutput::decode(message);
  if (!decoded) return fail(std::move(decoded.error()));
  return std::visit([this](const auto& each) { return on(each); }, *decoded);
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Begin&) {
  if (current_) return out_of_order("a transaction begins within another");
  current_.emplace();
  return std::nullopt;
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Commit& commit) {
  if (!current_) return out_of_order("a commit without a beginning");
  current_->end = commit.end_lsn;
  current_->committed_at = commit.committed_at;
  return std::exchange(current_, std::nullopt);
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Relation& relation) {
  Known known;
  known.column_count = relation.columns.size();
  const auto table = std::ranges::find(tables_, relation.name, &Table::name);
  if (relation.schema == schema_ && table != tables_.end()) {
    known.table = *table;
    const auto place_of = [&](std::string_view name) {
      const auto found = std::ranges::find(relation.columns, name, &pgoutput::RelationColumn::name);
      return found == relation.columns.end() ? kNowhere : static_cast<std::size_t>(found - relation.columns.begin());
    };
    for (const std::string_view column : sql::kSystemColumns) known.places.push_back(place_of(column));
    if (std::ranges::find(known.places, kNowhere) != known.places.end()) {
      return out_of_order("a table without its system columns");
    }
    for (const Column& column : known.table->columns) known.places.push_back(place_of(column.name));
  }
  relations_.insert_or_assign(relation.id, std::move(known));
  return std::nullopt;
}

Result<const LogAssembler::Known*> LogAssembler::known(std::uint32_t relation) const {
  const auto found = relations_.find(relation);
  if (found == relations_.end()) return out_of_order("a row of an unknown table");
  return &found->second;
}

Result<Row> LogAssembler::row_of(const Known& known, const Tuple& tuple, const Tuple* before) const {
  if (tuple.size() != known.column_count || (before != nullptr && before->size() != known.column_count)) {
    return out_of_order("a row that does not fit its table");
  }
  Row row;
  const std::size_t system_columns = sql::kSystemColumns.size();
  for (std::size_t i = 0; i < known.places.size(); ++i) {
    const Column* const column = i < system_columns ? nullptr : &known.table->columns[i - system_columns];
    if (known.places[i] == kNowhere) {  // the row is older than the column
      row.cells.push_back(column->initial);
      continue;
    }
    const TupleColumn* value = &tuple[known.places[i]];
    if (value->kind == TupleColumn::Kind::unchanged) {
      if (before == nullptr) return unknown_before(*known.table);
      value = &(*before)[known.places[i]];
    }
    const bool is_null = value->kind != TupleColumn::Kind::text;
    if (column != nullptr) {
      auto cell = is_null ? Result<Cell>() : parse_cell(column->kind, value->text);
      if (!cell) return fail(std::move(cell.error()));
      row.cells.push_back(*std::move(cell));
      continue;
    }
    if (is_null) return out_of_order("a system column without a value");
    if (i < 3) {
      (i == 0 ? row.key.parent : i == 1 ? row.key.id : row.obj_type) = value->text;
      continue;
    }
    auto cell = parse_cell(i == 3 ? ColumnKind::integer : ColumnKind::timestamp, value->text);
    if (!cell) return fail(std::move(cell.error()));
    if (i == 3) row.revision = std::get<std::int64_t>(*cell);
    if (i == 4) row.created_at = std::get<Timestamp>(*cell);
    if (i == 5) row.updated_at = std::get<Timestamp>(*cell);
  }
  return row;
}

LogAssembler::Taken LogAssembler::add(std::uint32_t relation, const Tuple* before, const Tuple* after) {
  if (!current_) return out_of_order("a row outside of a transaction");
  const auto table = known(relation);
  if (!table) return fail(table.error());
  if ((*table)->table == nullptr) return std::nullopt;
  std::optional<Row> old;
  std::optional<Row> made;
  for (const bool is_after : {false, true}) {
    const Tuple* const tuple = is_after ? after : before;
    if (tuple == nullptr) continue;
    auto row = row_of(**table, *tuple, is_after ? before : nullptr);
    if (!row) return fail(std::move(row.error()));
    (is_after ? made : old) = *std::move(row);
  }
  auto added = append_change(*(*table)->table, std::move(old), std::move(made), changes_max_, current_->changes);
  if (!added) return fail(std::move(added.error()));
  return std::nullopt;
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Insert& insert) {
  return add(insert.relation, nullptr, &insert.after);
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Update& update) {
  if (!update.before) return without_before(update.relation);
  return add(update.relation, &*update.before, &update.after);
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Delete& removal) {
  if (!removal.before) return without_before(removal.relation);
  return add(removal.relation, &*removal.before, nullptr);
}

// Does no harm where nobody follows the table.
LogAssembler::Taken LogAssembler::without_before(std::uint32_t relation) const {
  if (!current_) return out_of_order("a row outside of a transaction");
  const auto table = known(relation);
  if (!table) return fail(table.error());
  if ((*table)->table == nullptr) return std::nullopt;
  return unknown_before(*(*table)->table);
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Truncate& truncate) {
  for (const std::uint32_t relation : truncate.relations) {
    const auto table = known(relation);
    if (!table) return fail(table.error());
    if ((*table)->table == nullptr) continue;
    return fail(ErrorCode::refused, "table '" + (*table)->table->name + "' was truncated without its triggers", {},
                "what is there is read anew");
  }
  return std::nullopt;
}

}  // namespace freshet::store::postgres
