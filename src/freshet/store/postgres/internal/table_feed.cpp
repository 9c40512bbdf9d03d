// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/table_feed.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/cell_text.hpp"
#include "freshet/store/postgres/internal/changes.hpp"
#include "freshet/store/postgres/internal/dialect.hpp"
#include "freshet/store/postgres/internal/row_json.hpp"
#include "freshet/store/postgres/internal/session.hpp"

namespace freshet::store::postgres {
namespace {

using std::chrono::milliseconds;

// NOTIFY says when there is something; this is for what was ordered by nobody because its writer went away.
constexpr milliseconds kIdle = std::chrono::seconds(1);
constexpr std::size_t kPageRows = 1000;

// What is forgotten is asked for with each page: it may go while we read.
constexpr const char* kPage =
    "SELECT c.position, c.xid::text, c.at, c.table_name, c.before, c.after, f.forgotten FROM freshet_feed f "
    "LEFT JOIN LATERAL (SELECT * FROM freshet_changes WHERE position > $1 AND position <= $2 "
    "ORDER BY position LIMIT $3) c ON true ORDER BY c.position";

std::uint64_t read_number(std::string_view text) {
  std::uint64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

Result<void> only(Result<Rows> rows) { return rows ? Result<void>() : fail(std::move(rows.error())); }

// One connection's worth of a feed.
class TableStream {
 public:
  TableStream(Session session, const Target& target, const TableFeedOptions& options, FeedSink& sink,
              const StopSignal& stop)
      : session_(std::move(session)), target_(target), options_(options), sink_(sink), stop_(stop) {}

  Result<void> run() {
    if (auto listening = only(session_.run("LISTEN " + sql::quoted("freshet_" + target_.schema()))); !listening) {
      return listening;
    }
    auto begun = begin();
    if (!begun) return fail(std::move(begun.error()));
    if (!*begun) return sink_.reset();
    sink_.note_success();
    while (true) {
      auto has_all = poll();
      if (!has_all) return fail(std::move(has_all.error()));
      if (!*has_all) return sink_.reset();
      if (auto waited = wait(); !waited) return waited;
    }
  }

 private:
  struct End {
    std::uint64_t position = 0;
    std::string epoch;
    std::uint64_t forgotten = 0;
  };

  Result<End> order();
  /// False where the position is not in the history any more.
  Result<bool> begin();
  Result<void> send_snapshot();
  Result<Session> open_snapshot(std::uint64_t& position);
  Result<void> send_table(Session& reader, const Table& table);

  /// Delivers what there is. False where a part of it has been forgotten.
  Result<bool> poll();
  Result<bool> take_page(std::uint64_t end, bool& is_last);
  Result<void> take_row(const Rows& rows, std::size_t at);
  Result<void> end_transaction();
  Result<void> send_pending();
  Result<void> wait();

  Session session_;
  const Target& target_;
  const TableFeedOptions& options_;
  FeedSink& sink_;
  const StopSignal& stop_;
  std::string epoch_;
  std::uint64_t read_ = 0;  // the last row that was taken

  // The transaction that rows are being taken of, and the whole ones before it.
  std::string xid_;
  std::vector<Change> current_;
  std::uint64_t current_end_ = 0;
  Timestamp current_at_{};
  Batch pending_;
};

Result<TableStream::End> TableStream::order() {
  auto rows = session_.run(kTableEnd);
  if (!rows) return fail(std::move(rows.error()));
  if (rows->empty()) return fail(ErrorCode::refused, "the table freshet_feed is empty", {}, "open the store again");
  return End{read_number(rows->text(0, 0)), std::string(rows->text(0, 1)), read_number(rows->text(0, 2))};
}

Result<bool> TableStream::begin() {
  auto end = order();
  if (!end) return fail(std::move(end.error()));
  epoch_ = end->epoch;
  if (!sink_.after()) {
    if (auto sent = send_snapshot(); !sent) return fail(std::move(sent.error()));
  }
  const Position& after = *sink_.after();
  const auto number = after.number();
  if (!number || after.epoch() != epoch_ || *number < end->forgotten) return false;
  read_ = *number;
  return *number <= std::max(end->position, sink_.number());
}

// --- The snapshot. ---

// Orders all that is visible, and lets a second session see exactly that. A lock without a snapshot comes first, so
// that nobody orders anything between.
Result<Session> TableStream::open_snapshot(std::uint64_t& position) {
  session_.queue("BEGIN ISOLATION LEVEL REPEATABLE READ");
  session_.queue("LOCK TABLE freshet_feed IN EXCLUSIVE MODE");
  session_.queue("SELECT freshet_order_changes()::text, pg_export_snapshot()");
  auto rows = session_.run_queue();
  if (!rows) return fail(std::move(rows.error()));
  position = read_number(rows->back().text(0, 0));
  auto reader = Session::open(target_, {}, stop_, options_.connect_timeout);
  if (!reader) return reader;
  reader->queue("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  reader->queue("SET TRANSACTION SNAPSHOT '" + std::string(rows->back().text(0, 1)) + "'", {}, false);
  reader->queue("SELECT 1");
  if (auto taken = reader->run_queue(); !taken) return fail(std::move(taken.error()));
  if (auto ended = session_.run("COMMIT"); !ended) return fail(std::move(ended.error()));
  return reader;
}

Result<void> TableStream::send_snapshot() {
  if (auto begun = sink_.begin_snapshot(); !begun) return begun;
  std::uint64_t position = 0;
  auto reader = open_snapshot(position);
  if (!reader) return fail(std::move(reader.error()));
  for (const Table* table : sink_.options().tables) {
    if (auto sent = send_table(*reader, *table); !sent) return sent;
  }
  return sink_.end_snapshot(Position::make(epoch_, position));
}

Result<void> TableStream::send_table(Session& reader, const Table& table) {
  auto opened = only(reader.run(
      "DECLARE snapshot NO SCROLL CURSOR FOR SELECT " + sql::row_columns(table) + " FROM " + sql::quoted(table.name),
      {}, false));
  if (!opened) return opened;
  const std::string fetch =
      "FETCH " + std::to_string(std::max<std::size_t>(1, sink_.options().snapshot_rows)) + " FROM snapshot";
  while (true) {
    auto rows = reader.run(fetch, {}, false);
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) return only(reader.run("CLOSE snapshot", {}, false));
    auto batch = snapshot_batch(table, *rows);
    if (!batch) return fail(std::move(batch.error()));
    if (auto sent = sink_.deliver(*std::move(batch)); !sent) return sent;
  }
}

// --- What follows. ---

Result<bool> TableStream::poll() {
  auto end = order();
  if (!end) return fail(std::move(end.error()));
  if (end->epoch != epoch_) return false;
  for (bool is_last = false; !is_last;) {
    auto has_all = take_page(end->position, is_last);
    if (!has_all || !*has_all) return has_all;
  }
  if (auto done = end_transaction(); !done) return fail(std::move(done.error()));
  if (auto sent = send_pending(); !sent) return fail(std::move(sent.error()));
  if (read_ > sink_.number()) {  // by changes of tables that nobody asked for
    auto told = sink_.tell_progress(Position::make(epoch_, read_), SystemClock().now());
    if (!told) return fail(std::move(told.error()));
  }
  return true;
}

Result<bool> TableStream::take_page(std::uint64_t end, bool& is_last) {
  Parameters parameters;
  for (const std::uint64_t number : {read_, end, std::uint64_t{kPageRows}}) {
    parameters.add_text(std::to_string(number));
  }
  auto rows = session_.run(kPage, parameters);
  if (!rows) return fail(std::move(rows.error()));
  if (rows->empty() || read_number(rows->text(0, 6)) > read_) return false;
  is_last = rows->size() < kPageRows;
  if (!rows->at(0, 0)) {  // nothing but what is forgotten
    read_ = std::max(read_, end);
    return true;
  }
  for (std::size_t i = 0; i < rows->size(); ++i) {
    if (auto taken = take_row(*rows, i); !taken) return fail(std::move(taken.error()));
  }
  return true;
}

Result<void> TableStream::take_row(const Rows& rows, std::size_t at) {
  if (rows.text(at, 1) != xid_) {
    if (auto done = end_transaction(); !done) return done;
    xid_ = rows.text(at, 1);
  }
  read_ = read_number(rows.text(at, 0));
  current_end_ = read_;
  const auto time = parse_timestamptz(rows.text(at, 2));
  if (time) current_at_ = *time;
  const auto& tables = sink_.options().tables;
  const auto table = std::ranges::find(tables, rows.text(at, 3), &Table::name);
  if (table == tables.end()) return {};
  const auto row_at = [&](std::size_t column) -> Result<std::optional<Row>> {
    const auto json = rows.at(at, column);
    if (!json) return std::nullopt;
    auto row = parse_row(**table, *json);
    if (!row) return fail(std::move(row.error()));
    return *std::move(row);
  };
  auto before = row_at(4);
  if (!before) return fail(std::move(before.error()));
  auto after = row_at(5);
  if (!after) return fail(std::move(after.error()));
  return append_change(**table, *std::move(before), *std::move(after), options_.transaction_changes_max, current_);
}

Result<void> TableStream::end_transaction() {
  if (current_.empty()) return {};
  if (pending_.changes.size() + current_.size() > sink_.options().commit_changes) {
    if (auto sent = send_pending(); !sent) return sent;
  }
  std::ranges::move(std::exchange(current_, {}), std::back_inserter(pending_.changes));
  pending_.position = Position::make(epoch_, current_end_);
  pending_.committed_at = current_at_;
  return {};
}

Result<void> TableStream::send_pending() {
  if (pending_.changes.empty()) return {};
  return sink_.deliver(std::exchange(pending_, {}));
}

Result<void> TableStream::wait() {
  bool was_told = false;
  const auto take_notices = [&] {
    while (PGnotify* const notice = PQnotifies(session_.link().get())) {
      PQfreemem(notice);
      was_told = true;
    }
  };
  take_notices();
  if (was_told) return {};
  auto waited = session_.link().wait_for_input(kIdle);
  if (!waited) return fail(std::move(waited.error()));
  take_notices();
  return {};
}

class TableSource final : public FeedSource {
 public:
  TableSource(const Target& target, TableFeedOptions options) : target_(target), options_(options) {}

  Result<void> run(FeedSink& sink, const StopSignal& stop) override {
    auto session = Session::open(target_, {}, stop, options_.connect_timeout);
    if (!session) return fail(std::move(session.error()));
    auto done = TableStream(*std::move(session), target_, options_, sink, stop).run();
    if (done || sink.has_ended() || done.error().code != ErrorCode::limit_exceeded) return done;
    sink.tell_trouble(done.error());
    return sink.reset();
  }

 private:
  const Target& target_;
  TableFeedOptions options_;
};

}  // namespace

std::unique_ptr<FeedSource> make_table_source(const Target& target, TableFeedOptions options) {
  return std::make_unique<TableSource>(target, options);
}

}  // namespace freshet::store::postgres
