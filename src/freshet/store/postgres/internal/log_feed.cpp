// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/log_feed.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/store/internal/sql_text.hpp"
#include "freshet/store/postgres/internal/dialect.hpp"
#include "freshet/store/postgres/internal/log_assembler.hpp"
#include "freshet/store/postgres/internal/setup.hpp"

namespace freshet::store::postgres {
namespace {

using pgoutput::Lsn;
using std::chrono::milliseconds;

constexpr milliseconds kIdle = std::chrono::seconds(10);

Lsn read_number(std::string_view text) {
  Lsn number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

// One connection's worth of a feed.
class LogStream {
 public:
  LogStream(Link link, const LogFeedOptions& options, const History& history, FeedSink& sink)
      : link_(std::move(link)),
        history_(history),
        sink_(sink),
        schema_(link_.target().schema()),
        assembler_(schema_, sink.options().tables, options.transaction_changes_max) {}

  Result<void> run() {
    auto started = start();
    if (!started) return fail(std::move(started.error()));
    if (!*started) return sink_.reset();
    sink_.note_success();
    auto streamed = stream();
    if (streamed || sink_.has_ended()) return streamed;
    // The log does not help any more; the stream would break off at the same place again.
    const ErrorCode code = streamed.error().code;
    if (link_.is_lost() || (code != ErrorCode::limit_exceeded && code != ErrorCode::refused)) return streamed;
    sink_.tell_trouble(streamed.error());
    return sink_.reset();
  }

 private:
  /// Begins to stream. False where the position is not in the history any more.
  Result<bool> start();
  Result<bool> resume(Lsn history_begin);
  /// With the snapshot of the transaction that is open.
  Result<Lsn> make_slot();
  Result<void> send_snapshot(Lsn lsn);
  Result<void> send_table(const Table& table);
  Result<void> start_streaming(Lsn lsn);

  Result<void> stream();
  Result<void> take(std::string_view bytes);
  Result<void> add(LoggedTransaction transaction);
  Result<void> send_pending();
  /// What is to be done when nothing more is there to read.
  Result<void> catch_up();
  /// Says how far the log has been read, where no change says so and somebody here wrote.
  Result<void> tell_progress();
  Result<void> confirm();

  Position position_at(Lsn lsn) const { return Position::make(epoch_, lsn); }

  Link link_;
  const History& history_;
  FeedSink& sink_;
  std::string schema_;
  std::string epoch_;
  std::string anchor_;
  std::string slot_ = random_token("freshet_tmp_");
  LogAssembler assembler_;
  Batch pending_;
  Lsn seen_ = 0;       // all before is delivered, pending or of no concern
  Lsn confirmed_ = 0;  // what the server knows of it
  bool must_confirm_ = false;
};

Result<bool> LogStream::start() {
  auto epoch = link_.run(kLogEpoch);
  if (!epoch) return fail(std::move(epoch.error()));
  epoch_ = epoch->text(0, 0);
  auto publication = link_.run("SELECT 1 FROM pg_publication WHERE pubname = '" + publication_of(schema_) + "'");
  if (!publication) return fail(std::move(publication.error()));
  if (publication->empty()) {
    return fail(ErrorCode::refused, "the publication '" + publication_of(schema_) + "' is gone", {},
                "open the store again, which makes it");
  }
  auto oid = link_.run(kDatabaseOid);
  if (!oid) return fail(std::move(oid.error()));
  anchor_ = anchor_of(oid->text(0, 0), schema_);
  auto history_begin = keep_anchor(link_, anchor_);
  if (!history_begin) return fail(std::move(history_begin.error()));
  if (sink_.after()) return resume(*history_begin);
  if (auto begun = link_.run("BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"); !begun) {
    return fail(std::move(begun.error()));
  }
  auto lsn = make_slot();
  if (!lsn) return fail(std::move(lsn.error()));
  if (auto sent = send_snapshot(*lsn); !sent) return fail(std::move(sent.error()));
  if (auto started = start_streaming(*lsn); !started) return fail(std::move(started.error()));
  return true;
}

Result<bool> LogStream::resume(Lsn history_begin) {
  const Position& after = *sink_.after();
  const auto number = after.number();
  if (!number || after.epoch() != epoch_ || *number < history_begin) return false;
  auto copied = link_.run("SELECT pg_copy_logical_replication_slot('" + anchor_ + "', '" + slot_ + "', true)");
  if (!copied) return fail(std::move(copied.error()));
  // In between the anchor may have moved on, and the copy with it.
  auto begin = link_.run(
      "SELECT confirmed_flush_lsn - '0/0'::pg_lsn, pg_current_wal_insert_lsn() - '0/0'::pg_lsn FROM "
      "pg_replication_slots WHERE slot_name = '" +
      slot_ + "'");
  if (!begin) return fail(std::move(begin.error()));
  const bool is_in_history =
      !begin->empty() && *number >= read_number(begin->text(0, 0)) && *number <= read_number(begin->text(0, 1));
  if (!is_in_history) return false;
  if (auto started = start_streaming(*number); !started) return fail(std::move(started.error()));
  return true;
}

Result<Lsn> LogStream::make_slot() {
  auto made = link_.run("CREATE_REPLICATION_SLOT " + slot_ + " TEMPORARY LOGICAL pgoutput (SNAPSHOT 'use')");
  if (!made) return fail(std::move(made.error()));
  const auto lsn = pgoutput::parse_lsn(made->text(0, 1));
  if (!lsn) return fail(ErrorCode::internal, "PostgreSQL names no place in its log");
  return *lsn;
}

Result<void> LogStream::send_snapshot(Lsn lsn) {
  if (auto begun = sink_.begin_snapshot(); !begun) return begun;
  for (const Table* table : sink_.options().tables) {
    if (auto sent = send_table(*table); !sent) return sent;
  }
  if (auto done = link_.run("COMMIT"); !done) return fail(std::move(done.error()));
  return sink_.end_snapshot(position_at(lsn));
}

Result<void> LogStream::send_table(const Table& table) {
  auto opened = link_.run("DECLARE snapshot NO SCROLL CURSOR FOR SELECT " + sql::row_columns(table) + " FROM " +
                          sql::quoted(table.name));
  if (!opened) return fail(std::move(opened.error()));
  const std::string fetch =
      "FETCH " + std::to_string(std::max<std::size_t>(1, sink_.options().snapshot_rows)) + " FROM snapshot";
  while (true) {
    auto rows = link_.run(fetch);
    if (!rows) return fail(std::move(rows.error()));
    if (rows->empty()) break;
    auto batch = snapshot_batch(table, *rows);
    if (!batch) return fail(std::move(batch.error()));
    if (auto sent = sink_.deliver(*std::move(batch)); !sent) return sent;
  }
  auto closed = link_.run("CLOSE snapshot");
  return closed ? Result<void>() : fail(std::move(closed.error()));
}

Result<void> LogStream::start_streaming(Lsn lsn) {
  auto started = link_.run("START_REPLICATION SLOT " + slot_ + " LOGICAL " + pgoutput::to_text(lsn) +
                           " (proto_version '1', publication_names '" + sql::quoted(publication_of(schema_)) + "')");
  if (!started) return fail(std::move(started.error()));
  seen_ = confirmed_ = lsn;
  return {};
}

Result<void> LogStream::stream() {
  while (true) {
    char* buffer = nullptr;
    const int size = PQgetCopyData(link_.get(), &buffer, 1);
    const std::unique_ptr<char, decltype(&PQfreemem)> owner(buffer, PQfreemem);
    if (size > 0) {
      if (auto taken = take({buffer, static_cast<std::size_t>(size)}); !taken) return taken;
      continue;
    }
    if (size < 0) {  // the server ends the stream, perhaps with a reason
      auto result = size == -1 ? link_.next_result() : Result<PGresult*>(nullptr);
      const Rows reason(result ? *result : nullptr);
      if (reason.get() != nullptr && PQresultStatus(reason.get()) == PGRES_FATAL_ERROR) {
        Error error = link_.failure(reason.get());
        // What it cannot make sense of, such as a publication that was not there yet, it will not the next time.
        error.code = error.code == ErrorCode::internal ? ErrorCode::refused : ErrorCode::unavailable;
        return fail(std::move(error));
      }
      return link_.lost();
    }
    if (auto done = catch_up(); !done) return done;
    if (auto waited = link_.wait_for_input(kIdle); !waited) return fail(std::move(waited.error()));
  }
}

Result<void> LogStream::take(std::string_view bytes) {
  auto envelope = pgoutput::open_envelope(bytes);
  if (!envelope) return fail(std::move(envelope.error()));
  if (const auto* alive = std::get_if<pgoutput::KeepAlive>(&*envelope)) {
    if (!assembler_.is_in_transaction()) seen_ = std::max(seen_, alive->end);
    must_confirm_ = must_confirm_ || alive->wants_reply;
    return {};
  }
  auto transaction = assembler_.take(std::get<pgoutput::LogData>(*envelope).message);
  if (!transaction) return fail(std::move(transaction.error()));
  return *transaction ? add(**std::move(transaction)) : Result<void>();
}

Result<void> LogStream::add(LoggedTransaction transaction) {
  if (pending_.changes.size() + transaction.changes.size() > sink_.options().commit_changes) {
    if (auto sent = send_pending(); !sent) return sent;
  }
  seen_ = std::max(seen_, transaction.end);
  if (transaction.changes.empty()) return {};
  std::ranges::move(transaction.changes, std::back_inserter(pending_.changes));
  pending_.position = position_at(transaction.end);
  pending_.committed_at = transaction.committed_at;
  return {};
}

Result<void> LogStream::send_pending() {
  if (pending_.changes.empty()) return {};
  return sink_.deliver(std::exchange(pending_, {}));
}

Result<void> LogStream::catch_up() {
  if (auto sent = send_pending(); !sent) return sent;
  if (auto told = tell_progress(); !told) return told;
  return seen_ > confirmed_ || must_confirm_ ? confirm() : Result<void>();
}

Result<void> LogStream::tell_progress() {
  const std::uint64_t wanted = history_.wanted();
  if (wanted <= sink_.number() || wanted > seen_) return {};
  return sink_.tell_progress(position_at(seen_), SystemClock().now());
}

Result<void> LogStream::confirm() {
  must_confirm_ = false;
  confirmed_ = seen_;
  const std::string status = pgoutput::status_update(seen_, SystemClock().now());
  if (PQputCopyData(link_.get(), status.data(), static_cast<int>(status.size())) != 1) return link_.lost();
  return link_.flush();
}

class LogSource final : public FeedSource {
 public:
  LogSource(const Target& target, LogFeedOptions options, const History& history)
      : target_(target), options_(options), history_(history) {}

  Result<void> run(FeedSink& sink, const StopSignal& stop) override {
    // The receiver may block, and the server is not to take that for the end of the line; a line that is really at its
    // end shows on the socket.
    const Target::Parameters settings = {{"wal_sender_timeout", "0"}, {"tcp_keepalives_idle", "30"}};
    auto link = Link::open(target_, Link::Use::replication, settings, stop, options_.connect_timeout);
    if (!link) return fail(std::move(link.error()));
    return LogStream(*std::move(link), options_, history_, sink).run();
  }

 private:
  const Target& target_;
  LogFeedOptions options_;
  const History& history_;
};

}  // namespace

std::unique_ptr<FeedSource> make_log_source(const Target& target, LogFeedOptions options, const History& history) {
  return std::make_unique<LogSource>(target, options, history);
}

std::string anchor_of(std::string_view database_oid, const std::string& schema) {
  return "freshet_" + std::string(database_oid) + "_" + schema;
}

Result<std::uint64_t> keep_anchor(Link& link, const std::string& anchor) {
  const std::string ask =
      "SELECT confirmed_flush_lsn - '0/0'::pg_lsn, wal_status FROM pg_replication_slots WHERE slot_name = '" + anchor +
      "'";
  auto slot = link.run(ask);
  if (slot && !slot->empty() && slot->text(0, 1) == "lost") {
    auto dropped = link.run("SELECT pg_drop_replication_slot('" + anchor + "')");
    slot = dropped ? link.run(ask) : std::move(dropped);
  }
  if (slot && slot->empty()) {
    auto made = link.run("SELECT pg_create_logical_replication_slot('" + anchor + "', 'pgoutput')");
    // Another process may have been a moment earlier.
    if (!made && made.error().code != ErrorCode::already_exists) return fail(std::move(made.error()));
    slot = link.run(ask);
  }
  if (!slot) return fail(std::move(slot.error()));
  if (slot->empty()) return fail(ErrorCode::unavailable, "the replication slot '" + anchor + "' comes and goes");
  return read_number(slot->text(0, 0));
}

}  // namespace freshet::store::postgres
