// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/transaction.hpp"

#include <utility>

#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/outcome.hpp"
#include "freshet/store/sqlite/internal/triggers.hpp"

namespace freshet::store::sqlite {
namespace {

constexpr int kFirstCell = static_cast<int>(sql::kSystemColumns.size());

Timestamp time_of(std::int64_t microseconds) { return Timestamp(std::chrono::microseconds(microseconds)); }

std::int64_t number_of(Timestamp time) { return time.time_since_epoch().count(); }

tl::unexpected<Error> too_many_rows(const Table& table, std::size_t most) {
  return fail(ErrorCode::limit_exceeded, "an answer from '" + table.name + "' has too many documents",
              "at most " + std::to_string(most), "ask for a part, with limit and a cursor");
}

}  // namespace

const TableTexts::Texts& TableTexts::of(const Table& table) {
  const auto found = texts_.find(&table);
  if (found != texts_.end()) return found->second;
  return texts_
      .emplace(&table, Texts{sql::select_row(sql::kSqlite, table), sql::insert_row(sql::kSqlite, table),
                             sql::remove_row(sql::kSqlite, table)})
      .first->second;
}

Cell read_cell(const Statement& statement, int at, const Column& column) {
  Cell cell = statement.cell(at, column.kind);
  return is_null(cell) && !column.is_nullable ? column.initial : cell;
}

Row read_row(const Statement& statement, const Table& table) {
  Row row{.key = {std::string(statement.text(0)), std::string(statement.text(1))},
          .obj_type = std::string(statement.text(2)),
          .revision = statement.integer(3),
          .created_at = time_of(statement.integer(4)),
          .updated_at = time_of(statement.integer(5)),
          .cells = {}};
  row.cells.reserve(table.columns.size());
  int at = kFirstCell;
  for (const Column& column : table.columns) row.cells.push_back(read_cell(statement, at++, column));
  return row;
}

Result<std::optional<Row>> SqliteTransaction::find(const Table& table, const Key& key) {
  auto select = connection_.prepare(texts_.of(table).select);
  if (!select) return fail(std::move(select.error()));
  select->bind(1, std::string_view(key.parent));
  select->bind(2, std::string_view(key.id));
  const auto has_row = select->step();
  if (!has_row) return fail(has_row.error());
  if (!*has_row) return std::nullopt;
  return read_row(*select, table);
}

Result<std::vector<std::optional<Row>>> SqliteTransaction::get_many(const Table& table, std::span<const Key> keys) {
  if (broken_) return fail(*broken_);
  if (keys.size() > limits_.answer_rows_max) return too_many_rows(table, limits_.answer_rows_max);
  std::vector<std::optional<Row>> rows;
  rows.reserve(keys.size());
  for (const Key& key : keys) {
    auto row = find(table, key);
    if (!row) return fail(std::move(row.error()));
    rows.push_back(*std::move(row));
  }
  return rows;
}

Result<std::vector<Row>> SqliteTransaction::query(const Query& query) {
  if (broken_) return fail(*broken_);
  if (auto checked = check(query); !checked) return fail(std::move(checked.error()));
  const sql::Statement text = sql::select(sql::kSqlite, query);
  auto select = connection_.prepare(text.text);
  if (!select) return fail(std::move(select.error()));
  for (std::size_t i = 0; i < text.parameters.size(); ++i) select->bind(static_cast<int>(i + 1), text.parameters[i]);
  std::vector<Row> rows;
  for (;;) {
    const auto has_row = select->step();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) return rows;
    if (rows.size() == limits_.answer_rows_max) return too_many_rows(*query.table, limits_.answer_rows_max);
    rows.push_back(read_row(*select, *query.table));
  }
}

Result<std::optional<Row>> SqliteTransaction::write(const Write& write) {
  if (broken_) return fail(*broken_);
  auto row = try_write(write);
  if (!row) broken_ = row.error();
  return row;
}

Result<std::optional<Row>> SqliteTransaction::try_write(const Write& write) {
  if (!now_) {
    return fail(ErrorCode::invalid_argument, "a transaction that reads cannot write", {}, "use a writing one");
  }
  if (++writes_ > limits_.transaction_writes_max) {
    return fail(ErrorCode::limit_exceeded, "a transaction has too many writes",
                "at most " + std::to_string(limits_.transaction_writes_max), "split it");
  }
  if (auto checked = check(write, limits_.document_bytes_max); !checked) return fail(std::move(checked.error()));
  auto before = find(*write.table, write.key);
  if (!before) return fail(std::move(before.error()));
  const bool may_create = !*before && (write.kind == WriteKind::create || write.kind == WriteKind::set);
  const auto revision = may_create ? last_revision(write) : Result<Revision>(0);
  if (!revision) return fail(revision.error());
  auto outcome = outcome_of(write, *before, *revision, *now_);
  if (!outcome) return fail(std::move(outcome.error()));
  if (!outcome->change) return std::move(outcome->after);
  Result<void> done;
  switch (*outcome->change) {
    case ChangeKind::create:
      done = insert(*write.table, *outcome->after);
      break;
    case ChangeKind::update:
      done = update(*write.table, **before, *outcome->after);
      break;
    case ChangeKind::remove:
      done = remove(*write.table, write.key);
      break;
  }
  if (!done) return fail(std::move(done.error()));
  ++changes_;
  return std::move(outcome->after);
}

Result<Revision> SqliteTransaction::last_revision(const Write& write) {
  static const std::string kText = "SELECT " + last_revision_of("?1", "?2", "?3");
  auto select = connection_.prepare(kText);
  if (!select) return fail(std::move(select.error()));
  select->bind(1, std::string_view(write.table->name));
  select->bind(2, std::string_view(write.key.parent));
  select->bind(3, std::string_view(write.key.id));
  const auto has_row = select->step();
  if (!has_row) return fail(has_row.error());
  return *has_row ? select->integer(0) : 0;
}

Result<void> SqliteTransaction::insert(const Table& table, const Row& row) {
  auto insert = connection_.prepare(texts_.of(table).insert);
  if (!insert) return fail(std::move(insert.error()));
  int at = 0;
  insert->bind(++at, std::string_view(row.key.parent));
  insert->bind(++at, std::string_view(row.key.id));
  insert->bind(++at, std::string_view(row.obj_type));
  insert->bind(++at, row.revision);
  insert->bind(++at, number_of(row.created_at));
  insert->bind(++at, number_of(row.updated_at));
  for (const Cell& cell : row.cells) insert->bind(++at, cell);
  return insert->run();
}

Result<void> SqliteTransaction::update(const Table& table, const Row& before, const Row& after) {
  std::vector<std::size_t> changed;
  for (std::size_t i = 0; i < after.cells.size(); ++i) {
    if (before.cells[i] != after.cells[i]) changed.push_back(i);
  }
  auto update = connection_.prepare(sql::update_row(sql::kSqlite, table, changed));
  if (!update) return fail(std::move(update.error()));
  int at = 0;
  update->bind(++at, std::string_view(after.obj_type));
  update->bind(++at, after.revision);
  update->bind(++at, number_of(after.updated_at));
  for (const std::size_t i : changed) update->bind(++at, after.cells[i]);
  update->bind(++at, std::string_view(after.key.parent));
  update->bind(++at, std::string_view(after.key.id));
  return update->run();
}

Result<void> SqliteTransaction::remove(const Table& table, const Key& key) {
  auto remove = connection_.prepare(texts_.of(table).remove);
  if (!remove) return fail(std::move(remove.error()));
  remove->bind(1, std::string_view(key.parent));
  remove->bind(2, std::string_view(key.id));
  return remove->run();
}

}  // namespace freshet::store::sqlite
