// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/log_reader.hpp"

#include <algorithm>
#include <utility>

#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/sqlite/internal/core.hpp"
#include "freshet/store/sqlite/internal/model_tables.hpp"
#include "freshet/store/sqlite/internal/transaction.hpp"
#include "freshet/store/sqlite/internal/triggers.hpp"

namespace freshet::store::sqlite {
namespace {

// The places in a row of the log, as the statement selects it.
enum LogColumn : int { kSeq, kAt, kEnds, kTable, kKind, kKeyParent, kKeyId, kFirstValue };

// The first column of a table that is logged: the parent and the id name the row.
constexpr int kFirstPlace = 2;

// Rows of a batch that there is room for from the start.
constexpr std::size_t kReservedMax = 10'000;

int column_of(int place, bool is_after) { return kFirstValue + 2 * (place - kFirstPlace) + (is_after ? 1 : 0); }

Timestamp time_of(std::int64_t microseconds) { return Timestamp(std::chrono::microseconds(microseconds)); }

}  // namespace

Result<void> LogReader::check() {
  schema_version_ = -1;
  return learn_layout();
}

// Columns are added while feeds run: the layout is that of the schema which the transaction sees.
Result<void> LogReader::learn_layout() {
  const auto version = connection_.integer("PRAGMA schema_version");
  if (!version) return fail(version.error());
  if (*version == schema_version_) return {};
  layouts_.clear();
  int last_place = static_cast<int>(sql::kSystemColumns.size()) - 1;
  for (const Table* const table : tables_) {
    auto places = places_of(connection_, *table);
    if (!places) return fail(std::move(places.error()));
    for (const int place : *places) last_place = std::max(last_place, place);
    layouts_[table->name] = {table, *std::move(places)};
  }
  select_ = "SELECT seq, at, ends, tbl, kind, parent, id";
  for (int place = kFirstPlace; place <= last_place; ++place) {
    for (const char side : {'b', 'a'}) select_ += ", " + log_column(side, place);
  }
  select_ += " FROM " + std::string(kLog) + " WHERE seq > ?1 ORDER BY seq";
  schema_version_ = *version;
  return {};
}

Result<Row> LogReader::row_of(const Statement& row, const Layout& layout, bool is_after) const {
  const Table& table = *layout.table;
  Row out{.key = {std::string(row.text(kKeyParent)), std::string(row.text(kKeyId))},
          .obj_type = std::string(row.text(column_of(2, is_after))),
          .revision = row.integer(column_of(3, is_after)),
          .created_at = time_of(row.integer(column_of(4, is_after))),
          .updated_at = time_of(row.integer(column_of(5, is_after))),
          .cells = {}};
  out.cells.reserve(table.columns.size());
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    out.cells.push_back(read_cell(row, column_of(layout.places[i], is_after), table.columns[i]));
  }
  return out;
}

Result<void> LogReader::append_change(const Statement& row, std::vector<Change>& out) const {
  const auto layout = layouts_.find(row.text(kTable));
  if (layout == layouts_.end()) return {};
  const std::int64_t kind = row.integer(kKind);
  if (kind < 0 || kind > static_cast<int>(ChangeKind::remove)) {
    return fail(ErrorCode::unavailable, "the change log is damaged", connection_.path());
  }
  Change change{.kind = static_cast<ChangeKind>(kind),
                .table = layout->second.table,
                .key = {std::string(row.text(kKeyParent)), std::string(row.text(kKeyId))},
                .before = {},
                .after = {}};
  for (const bool is_after : {false, true}) {
    if (change.kind == (is_after ? ChangeKind::remove : ChangeKind::create)) continue;
    auto read = row_of(row, layout->second, is_after);
    if (!read) return fail(std::move(read.error()));
    (is_after ? change.after : change.before) = *std::move(read);
  }
  out.push_back(std::move(change));
  return {};
}

Result<bool> LogReader::is_lost(std::uint64_t number) {
  const auto last = last_number(connection_);
  if (!last) return fail(last.error());
  const auto first = connection_.integer("SELECT min(seq) FROM _freshet_log");
  if (!first) return fail(first.error());
  return number > *last || (*first > 0 && number + 1 < static_cast<std::uint64_t>(*first));
}

Result<LogReader::Page> LogReader::read_after(std::uint64_t number, std::size_t changes_max) {
  TransactionScope transaction(connection_);
  if (auto begun = transaction.begin("BEGIN"); !begun) return fail(std::move(begun.error()));
  if (auto learnt = learn_layout(); !learnt) return fail(std::move(learnt.error()));
  const auto lost = is_lost(number);
  if (!lost) return fail(lost.error());
  Page page{.changes = {}, .last = number, .committed_at = {}, .is_end = true, .is_lost = *lost};
  if (*lost) return page;
  if (auto filled = fill(number, changes_max, page); !filled) return fail(std::move(filled.error()));
  return page;
}

// A transaction ends where its last change says so, or where the log ends: what another program wrote since the last
// mark is taken for one.
Result<void> LogReader::fill(std::uint64_t number, std::size_t changes_max, Page& page) {
  auto rows = connection_.prepare(select_);
  if (!rows) return fail(std::move(rows.error()));
  rows->bind(1, static_cast<std::int64_t>(number));
  std::vector<Change> open;
  std::uint64_t last = number;
  Timestamp at{};
  // Takes what was read since the last end; false if it does not fit any more.
  const auto close = [&] {
    if (!page.changes.empty() && page.changes.size() + open.size() > changes_max) return false;
    std::move(open.begin(), open.end(), std::back_inserter(page.changes));
    open.clear();
    page.is_end = false;
    page.last = last;
    page.committed_at = at;
    return true;
  };
  for (;;) {
    const auto has_row = rows->step();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) break;
    last = static_cast<std::uint64_t>(rows->integer(kSeq));
    const bool is_last = !rows->is_null(kEnds);
    at = time_of(rows->integer(is_last ? kEnds : kAt));
    if (auto appended = append_change(*rows, open); !appended) return appended;
    if (is_last && (!close() || page.changes.size() >= changes_max)) return {};
  }
  if (last > page.last) close();
  return {};
}

Result<std::uint64_t> LogReader::snapshot(std::size_t rows_max, const Take& take) {
  is_taken_badly_ = false;
  TransactionScope transaction(connection_);
  if (auto begun = transaction.begin("BEGIN"); !begun) return fail(std::move(begun.error()));
  const auto number = last_number(connection_);  // the first read: from here on it is one state
  if (!number) return number;
  if (auto learnt = learn_layout(); !learnt) return fail(std::move(learnt.error()));
  Batch batch{.kind = Batch::Kind::snapshot, .changes = {}, .position = {}, .committed_at = {}};
  for (const Table* const table : tables_) {
    auto done = snapshot_table(*table, std::max<std::size_t>(rows_max, 1), take, batch);
    if (!done) return fail(std::move(done.error()));
  }
  if (!batch.changes.empty()) {
    if (auto taken = hand_out(take, batch); !taken) return fail(std::move(taken.error()));
  }
  return number;
}

Result<void> LogReader::snapshot_table(const Table& table, std::size_t rows_max, const Take& take, Batch& batch) {
  auto rows = connection_.prepare("SELECT " + sql::row_columns(table) + " FROM " + sql::quoted(table.name));
  if (!rows) return fail(std::move(rows.error()));
  for (;;) {
    const auto has_row = rows->step();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) return {};
    if (batch.changes.empty()) batch.changes.reserve(std::min(rows_max, kReservedMax));
    // In its place at once: rows are many, and large to move.
    Change& change = batch.changes.emplace_back();
    change.table = &table;
    change.after.emplace(read_row(*rows, table));
    change.key = change.after->key;
    if (batch.changes.size() < rows_max) continue;
    if (auto taken = hand_out(take, batch); !taken) return taken;
  }
}

Result<void> LogReader::hand_out(const Take& take, Batch& batch) {
  auto taken = take(
      {.kind = Batch::Kind::snapshot, .changes = std::exchange(batch.changes, {}), .position = {}, .committed_at = {}});
  is_taken_badly_ = !taken;
  return taken;
}

}  // namespace freshet::store::sqlite
