// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/postgres_store.hpp"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "freshet/store/postgres/internal/feed_runner.hpp"
#include "freshet/store/postgres/internal/history_keeper.hpp"
#include "freshet/store/postgres/internal/log_feed.hpp"
#include "freshet/store/postgres/internal/setup.hpp"
#include "freshet/store/postgres/internal/table_feed.hpp"
#include "freshet/store/postgres/internal/worker.hpp"

namespace freshet::store {
namespace postgres {
namespace {

constexpr int kVersionMin = 150000;
// How long transactions under way may still take when the store is closed.
constexpr auto kGrace = std::chrono::seconds(10);

class PostgresBackend final : public Backend {
 public:
  PostgresBackend(Target target, PostgresOptions options)
      : target_(std::move(target)),
        options_(std::move(options)),
        writes_(options_.limits.waiting_max),
        reads_(options_.limits.waiting_max) {}

  ~PostgresBackend() override {
    keeper_.reset();
    closing_.fire();
    writes_.close();
    reads_.close();
    StopSignal all_ended;
    std::thread impatience([&] {
      if (!all_ended.sleep(kGrace)) abort_.fire();
    });
    workers_.clear();
    all_ended.fire();
    impatience.join();
  }

  /// Finds out what the server permits and starts the threads.
  Result<void> start();

  std::string_view kind() const override { return "postgres"; }
  Result<void> prepare(std::span<const Table* const> tables) override;
  void write(TransactionBody body, TransactionEnd end) override { writes_.push(std::move(body), std::move(end)); }
  void read(TransactionBody body, TransactionEnd end) override { reads_.push(std::move(body), std::move(end)); }
  Result<std::unique_ptr<Feed>> follow(FeedOptions options, FeedReceiver receiver) override;

 private:
  Result<Session> open_session() { return Session::open(target_, {}, closing_, options_.connect_timeout); }
  /// Nothing where the log may be followed, else why not.
  Result<std::optional<Error>> why_no_log(Session& session);
  Result<std::optional<Error>> why_no_slot();
  Result<void> settle_feed_kind();
  Result<void> fall_back(const Error& why);
  Result<Position> find_end();

  SystemClock system_clock_;
  const Target target_;
  const PostgresOptions options_;
  Tables tables_;
  History history_;
  StopSignal closing_;
  StopSignal abort_;
  Requests writes_;
  Requests reads_;
  std::mutex mutex_;
  bool is_feed_settled_ = false;  // protected by mutex_
  std::unique_ptr<HistoryKeeper> keeper_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

Error not_permitted(std::string why, std::string hint) {
  return {.code = ErrorCode::refused,
          .primary = "PostgreSQL does not permit to follow its log",
          .detail = std::move(why),
          .hint = std::move(hint)};
}

Result<std::optional<Error>> PostgresBackend::why_no_log(Session& session) {
  auto rows = session.run(
      "SELECT current_setting('wal_level'), rolreplication OR rolsuper, rolname, "
      "has_database_privilege(current_database(), 'CREATE') FROM pg_roles WHERE rolname = current_user");
  if (!rows) return fail(std::move(rows.error()));
  const std::string_view level = rows->text(0, 0);
  if (level != "logical") {
    return not_permitted("wal_level is " + std::string(level),
                         "set wal_level = logical in postgresql.conf and restart it");
  }
  const std::string role(rows->text(0, 2));
  if (rows->text(0, 1) != "t") {
    return not_permitted("user '" + role + "' may not replicate", "ALTER ROLE " + role + " REPLICATION");
  }
  if (rows->text(0, 3) != "t") {
    return not_permitted("user '" + role + "' may not make publications", "GRANT CREATE ON DATABASE ... TO " + role);
  }
  return std::nullopt;
}

// What only shows when it is tried.
Result<std::optional<Error>> PostgresBackend::why_no_slot() {
  auto link = Link::open(target_, Link::Use::replication, {}, closing_, options_.connect_timeout);
  if (!link && link.error().code == ErrorCode::unavailable && !closing_.fired()) {
    auto session = open_session();
    if (!session) return fail(std::move(session.error()));  // nothing goes, so that this says nothing
  }
  if (!link)
    return not_permitted(link.error().detail, "allow replication connections in pg_hba.conf and max_wal_senders");
  auto oid = link->run(kDatabaseOid);
  if (!oid) return fail(std::move(oid.error()));
  auto anchor = keep_anchor(*link, anchor_of(oid->text(0, 0), target_.schema()));
  if (anchor) return std::nullopt;
  if (link->is_lost()) return fail(std::move(anchor.error()));
  return not_permitted(anchor.error().primary, anchor.error().hint);
}

Result<void> PostgresBackend::fall_back(const Error& why) {
  if (options_.feed == PostgresFeed::logical) return fail(why);
  auto session = open_session();
  if (!session) return fail(std::move(session.error()));
  const auto tables = tables_.all();
  if (auto made = set_up_change_log(*session, target_.schema(), tables); !made) return made;
  history_.set_kind(History::Kind::table);
  Error notice = why;
  notice.primary += "; changes are written to a table by triggers instead, which costs a second write of each";
  if (options_.on_notice && options_.feed == PostgresFeed::automatic) options_.on_notice(notice);
  return {};
}

Result<void> PostgresBackend::start() {
  auto session = open_session();
  if (!session) return fail(std::move(session.error()));
  if (const int version = PQserverVersion(session->link().get()); version < kVersionMin) {
    return fail(ErrorCode::refused, "the PostgreSQL server is too old", "version " + std::to_string(version / 10000),
                "version 15 or newer is needed");
  }
  if (auto made = set_up_schema(*session, target_.schema()); !made) return made;
  auto why = options_.feed == PostgresFeed::change_log ? Result<std::optional<Error>>(Error()) : why_no_log(*session);
  if (!why) return fail(std::move(why.error()));
  if (*why) {
    if (auto done = fall_back(**why); !done) return done;
    is_feed_settled_ = true;
  }
  const Clock* const clock = options_.clock == nullptr ? &system_clock_ : options_.clock;
  const auto add = [&](bool may_write) {
    workers_.push_back(std::make_unique<Worker>(
        target_, tables_,
        Worker::Rules{.may_write = may_write,
                      .group_max = may_write ? std::max<std::size_t>(1, options_.writes_per_commit_max) : 1,
                      .limits = options_.limits,
                      .connect_timeout = options_.connect_timeout,
                      .patience = options_.patience,
                      .clock = clock},
        may_write ? writes_ : reads_, history_, Worker::Signals{closing_, abort_}));
  };
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.writers); ++i) add(true);
  for (std::size_t i = 0; i < std::max<std::size_t>(1, options_.readers); ++i) add(false);
  keeper_ = std::make_unique<HistoryKeeper>(target_,
                                            HistoryKeeper::Rules{options_.history_bytes, options_.history_age,
                                                                 options_.removed_max, options_.connect_timeout},
                                            history_);
  return {};
}

Result<void> PostgresBackend::prepare(std::span<const Table* const> tables) {
  auto session = open_session();
  if (!session) return fail(std::move(session.error()));
  auto done = set_up_tables(*session, target_.schema(), tables, history_.kind());
  if (done) tables_.add(tables);
  return done;
}

// The anchor is made by the first who follows: a store that nobody follows keeps no log.
Result<void> PostgresBackend::settle_feed_kind() {
  const std::lock_guard lock(mutex_);
  if (is_feed_settled_) return {};
  auto why = why_no_slot();
  if (!why) return fail(std::move(why.error()));
  if (*why) {
    if (auto done = fall_back(**why); !done) return done;
  } else {
    keeper_->keep_log();
  }
  is_feed_settled_ = true;
  return {};
}

Result<Position> PostgresBackend::find_end() {
  auto session = open_session();
  if (!session) return fail(std::move(session.error()));
  const bool is_log = history_.kind() == History::Kind::log;
  if (is_log) session->queue(kLogEpoch);
  session->queue(is_log ? kLogEnd : kTableEnd);
  auto rows = session->run_queue();
  if (!rows) return fail(std::move(rows.error()));
  return Position::make(is_log ? rows->front().text(0, 0) : rows->back().text(0, 1),
                        std::stoull(std::string(rows->back().text(0, 0))));
}

Result<std::unique_ptr<Feed>> PostgresBackend::follow(FeedOptions options, FeedReceiver receiver) {
  for (const Table* table : options.tables) {
    if (auto ok = tables_.check(table); !ok) return fail(std::move(ok.error()));
  }
  if (auto settled = settle_feed_kind(); !settled) return fail(std::move(settled.error()));
  if (options.after == Position::now()) {
    auto end = find_end();
    if (!end) return fail(std::move(end.error()));
    options.after = *std::move(end);
  }
  std::unique_ptr<FeedSource> source;
  if (history_.kind() == History::Kind::log) {
    source = make_log_source(target_, {options_.connect_timeout, options_.transaction_changes_max}, history_);
  } else {
    source = make_table_source(target_, {options_.connect_timeout, options_.transaction_changes_max});
  }
  return std::make_unique<FeedRunner>(std::move(source), std::move(options), std::move(receiver), history_);
}

}  // namespace
}  // namespace postgres

Result<std::unique_ptr<Backend>> open_postgres(const std::string& url, PostgresOptions options) {
  auto target = postgres::Target::parse(url, options.schema);
  if (!target) return fail(std::move(target.error()));
  auto backend = std::make_unique<postgres::PostgresBackend>(*std::move(target), std::move(options));
  if (auto started = backend->start(); !started) return fail(std::move(started.error()));
  return backend;
}

}  // namespace freshet::store
