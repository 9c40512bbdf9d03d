// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/log_assembler.hpp"

#include <algorithm>
#include <utility>
#include <variant>

#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/cell_text.hpp"

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

bool same(const Row& left, const Row& right) {
  return left.obj_type == right.obj_type && left.revision == right.revision && left.updated_at == right.updated_at &&
         left.cells == right.cells;
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

LogAssembler::Taken LogAssembler::add(Change change) {
  if (current_->changes.size() >= changes_max_) {
    return fail(ErrorCode::limit_exceeded, "a transaction has more changes than a feed holds",
                "at most " + std::to_string(changes_max_), "what is there is read anew");
  }
  current_->changes.push_back(std::move(change));
  return std::nullopt;
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Insert& insert) {
  if (!current_) return out_of_order("an insert outside of a transaction");
  const auto table = known(insert.relation);
  if (!table) return fail(table.error());
  if ((*table)->table == nullptr) return std::nullopt;
  auto after = row_of(**table, insert.after, nullptr);
  if (!after) return fail(std::move(after.error()));
  Change change{.kind = ChangeKind::create, .table = (*table)->table, .key = after->key};
  change.after = *std::move(after);
  return add(std::move(change));
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Update& update) {
  if (!current_) return out_of_order("an update outside of a transaction");
  const auto table = known(update.relation);
  if (!table) return fail(table.error());
  if ((*table)->table == nullptr) return std::nullopt;
  if (!update.before) return unknown_before(*(*table)->table);
  auto before = row_of(**table, *update.before, nullptr);
  if (!before) return fail(std::move(before.error()));
  auto after = row_of(**table, update.after, &*update.before);
  if (!after) return fail(std::move(after.error()));
  const bool is_same_document = before->key == after->key;
  if (is_same_document && same(*before, *after)) return std::nullopt;
  Change change{
      .kind = is_same_document ? ChangeKind::update : ChangeKind::remove, .table = (*table)->table, .key = before->key};
  change.before = *std::move(before);
  if (is_same_document) {
    change.after = *std::move(after);
    return add(std::move(change));
  }
  if (auto removed = add(std::move(change)); !removed) return removed;
  Change made{.kind = ChangeKind::create, .table = (*table)->table, .key = after->key};
  made.after = *std::move(after);
  return add(std::move(made));
}

LogAssembler::Taken LogAssembler::on(const pgoutput::Delete& removal) {
  if (!current_) return out_of_order("a delete outside of a transaction");
  const auto table = known(removal.relation);
  if (!table) return fail(table.error());
  if ((*table)->table == nullptr) return std::nullopt;
  if (!removal.before) return unknown_before(*(*table)->table);
  auto before = row_of(**table, *removal.before, nullptr);
  if (!before) return fail(std::move(before.error()));
  Change change{.kind = ChangeKind::remove, .table = (*table)->table, .key = before->key};
  change.before = *std::move(before);
  return add(std::move(change));
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
