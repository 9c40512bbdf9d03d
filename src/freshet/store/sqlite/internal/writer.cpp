// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/internal/writer.hpp"

#include <algorithm>
#include <future>
#include <utility>

#include "freshet/store/sqlite/internal/errors.hpp"
#include "freshet/store/sqlite/internal/model_tables.hpp"
#include "freshet/store/sqlite/internal/schema.hpp"

namespace freshet::store::sqlite {
namespace {

// History is trimmed in small steps, often enough to keep up: no commit is held up for long.
constexpr std::size_t kTrimEvery = 200;
constexpr std::int64_t kTrimAtOnce = 500;

Error closed() {
  return {.code = ErrorCode::unavailable, .primary = "the store is being closed", .detail = {}, .hint = {}};
}

// A database that is read-only can still be looked at; the first write in it fails.
const char* how_to_begin(const Connection& connection) {
  return connection.is_read_only() ? "BEGIN" : "BEGIN IMMEDIATE";
}

}  // namespace

Writer::~Writer() {
  is_stopped_ = true;
  {
    const std::lock_guard lock(mutex_);  // whoever is about to wait has seen the mark, or gets the call
  }
  arrived_.notify_all();
  if (thread_.joinable()) thread_.join();
  for (Job& job : queue_) job.end(fail(closed()));
}

Result<void> Writer::start() {
  auto opened = core_->connect(Role::make, is_stopped_);
  if (!opened) return fail(std::move(opened.error()));
  auto epoch = open_schema(**opened);
  if (!epoch) return fail(std::move(epoch.error()));
  auto last = last_number(**opened);
  if (!last) return fail(std::move(last.error()));
  epoch_ = *std::move(epoch);
  last_ = *last;
  connection_ = *std::move(opened);
  changes_to_trim_ = kTrimEvery;
  thread_ = std::thread([this] { loop(); });
  return {};
}

Result<void> Writer::prepare(std::span<const Table* const> tables) {
  if (std::this_thread::get_id() == thread_.get_id()) {
    return fail(ErrorCode::internal, "prepare() was called on the store's own thread", {}, "call it from elsewhere");
  }
  std::promise<Result<Position>> done;
  write([this, tables](BackendTransaction&) { return prepare_all(tables); },
        [&done](Result<Position> outcome) { done.set_value(std::move(outcome)); });
  auto outcome = done.get_future().get();
  if (!outcome) return fail(std::move(outcome.error()));
  return {};
}

void Writer::write(TransactionBody body, TransactionEnd end) {
  {
    const std::lock_guard lock(mutex_);
    if (!is_stopped_ && queue_.size() < core_->options.limits.waiting_max) {
      queue_.push_back({std::move(body), std::move(end)});
      arrived_.notify_one();
      return;
    }
  }
  if (is_stopped_) return end(fail(closed()));
  end(fail(ErrorCode::limit_exceeded, "too many transactions wait to be written",
           "at most " + std::to_string(core_->options.limits.waiting_max), "retry later"));
}

void Writer::loop() {
  for (;;) {
    std::vector<Job> jobs = take();
    if (jobs.empty()) return;
    run(jobs);
  }
}

std::vector<Writer::Job> Writer::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return is_stopped_ || !queue_.empty(); });
  if (is_stopped_) return {};
  const auto count = std::min(queue_.size(), std::max<std::size_t>(core_->options.group_max, 1));
  std::vector<Job> jobs;
  jobs.reserve(count);
  std::move(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(jobs));
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(count));
  return jobs;
}

void Writer::run(std::span<Job> jobs) {
  const auto answer = [](std::span<Job> some) {
    for (Job& job : some) job.end(std::move(job.outcome));
  };
  while (!jobs.empty()) {
    const auto together = run_together(jobs);
    if (together) {
      answer(jobs.first(*together));
      jobs = jobs.subspan(*together);
      continue;
    }
    is_at_fault_ = is_about_file(together.error());
    const bool is_tried_alone = has_begun_ && jobs.size() > 1 && !is_at_fault_;
    for (Job& job : jobs) {
      const auto alone = is_tried_alone ? run_together(std::span(&job, 1)) : together;
      if (!alone) job.outcome = fail(alone.error());
      answer(std::span(&job, 1));
    }
    return;
  }
}

Result<std::size_t> Writer::run_together(std::span<Job> jobs) {
  has_begun_ = false;
  if (auto open = be_open(); !open) return fail(std::move(open.error()));
  const std::uint64_t last = last_;
  TransactionScope transaction(*connection_);
  auto done = transaction.begin(how_to_begin(*connection_));
  has_begun_ = done.has_value();
  const bool is_read_only = connection_->is_read_only();
  if (done && !is_read_only) done = close_foreign();
  // Long bodies do not keep those before them waiting for their answer.
  const auto until = std::chrono::steady_clock::now() + core_->options.group_time_max;
  std::size_t count = 0;
  while (done && count < jobs.size() && (count == 0 || std::chrono::steady_clock::now() < until)) {
    done = run_one(jobs[count++], jobs.size() > 1);
  }
  if (done && !is_read_only && changes_to_trim_ >= kTrimEvery) done = trim(core_->now());
  if (done) done = transaction.commit();
  if (!done) {
    last_ = last;
    return fail(std::move(done.error()));
  }
  if (last_ != last) core_->wake.notify();
  return count;
}

Result<void> Writer::run_one(Job& job, bool has_savepoint) {
  if (has_savepoint) {
    if (auto begun = connection_->run("SAVEPOINT one"); !begun) return begun;
  }
  auto done = perform(job);
  if (!connection_->is_in_transaction()) {  // SQLite ends it by itself when the disk fails
    return fail(done ? connection_->error() : std::move(done.error()));
  }
  job.outcome = done ? Result<Position>(position()) : fail(std::move(done.error()));
  if (!has_savepoint) {
    // Alone, all of the transaction goes with it.
    return job.outcome ? Result<void>() : fail(job.outcome.error());
  }
  if (!job.outcome) {
    if (auto undone = connection_->run("ROLLBACK TO one"); !undone) return undone;
  }
  return connection_->run("RELEASE one");
}

Result<void> Writer::perform(Job& job) {
  const Timestamp now = core_->now();
  SqliteTransaction transaction(*connection_, texts_, core_->options.limits, now);
  if (auto done = run_body(job.body, transaction); !done) return done;
  if (transaction.broken()) return fail(*transaction.broken());
  if (transaction.change_count() == 0) return {};
  changes_to_trim_ += transaction.change_count();
  return close_own(now);
}

Result<void> Writer::close_foreign() {
  auto select = connection_->prepare("SELECT seq, at FROM _freshet_log ORDER BY seq DESC LIMIT 1");
  if (!select) return fail(std::move(select.error()));
  const auto has_row = select->step();
  if (!has_row) return fail(has_row.error());
  const auto last = *has_row ? static_cast<std::uint64_t>(select->integer(0)) : 0;
  if (last == last_) return {};
  last_ = last;
  if (last == 0) return {};
  auto update = connection_->prepare("UPDATE _freshet_log SET ends = at WHERE seq = ?1 AND ends IS NULL");
  if (!update) return fail(std::move(update.error()));
  update->bind(1, static_cast<std::int64_t>(last));
  return update->run();
}

Result<void> Writer::close_own(Timestamp now) {
  auto update = connection_->prepare(
      "UPDATE _freshet_log SET ends = ?1 WHERE seq = (SELECT max(seq) FROM _freshet_log) RETURNING seq");
  if (!update) return fail(std::move(update.error()));
  update->bind(1, std::int64_t{now.time_since_epoch().count()});
  const auto has_row = update->step();
  if (!has_row) return fail(has_row.error());
  if (*has_row) last_ = static_cast<std::uint64_t>(update->integer(0));
  return update->run();
}

Result<void> Writer::trim(Timestamp now) {
  changes_to_trim_ = 0;
  auto done = trim_log(now);
  return done ? trim_removed() : done;
}

// The last change stays, so that numbers go on from it.
Result<void> Writer::trim_log(Timestamp now) {
  const auto most = static_cast<std::int64_t>(std::min<std::size_t>(core_->options.log_changes_max, INT64_MAX));
  auto remove = connection_->prepare(
      "DELETE FROM _freshet_log WHERE seq IN (SELECT seq FROM _freshet_log ORDER BY seq LIMIT ?1) "
      "AND (seq <= ?2 OR at < ?3) AND seq < ?4");
  if (!remove) return fail(std::move(remove.error()));
  const auto last = static_cast<std::int64_t>(last_);
  remove->bind(1, kTrimAtOnce);
  remove->bind(2, last - most);
  remove->bind(3, std::int64_t{(now - core_->options.log_age_max).time_since_epoch().count()});
  remove->bind(4, last);
  return remove->run();
}

// Goes by the log, which has a change for each of them: trimming keeps up here if it does there.
Result<void> Writer::trim_removed() {
  auto find = connection_->prepare(
      "SELECT max(seq) FROM (SELECT seq FROM _freshet_removed WHERE seq < (SELECT min(seq) FROM _freshet_log) "
      "ORDER BY seq LIMIT ?1)");
  if (!find) return fail(std::move(find.error()));
  find->bind(1, kTrimAtOnce);
  const auto has_row = find->step();
  if (!has_row) return fail(has_row.error());
  if (!*has_row || find->is_null(0)) return {};
  const std::int64_t last = find->integer(0);
  for (const char* const text :
       {"INSERT INTO _freshet_forgotten (tbl, revision) SELECT tbl, max(revision) FROM _freshet_removed WHERE seq <= "
        "?1 GROUP BY tbl ON CONFLICT (tbl) DO UPDATE SET revision = max(revision, excluded.revision)",
        "DELETE FROM _freshet_removed WHERE seq <= ?1"}) {
    auto statement = connection_->prepare(text);
    if (!statement) return fail(std::move(statement.error()));
    statement->bind(1, last);
    if (auto done = statement->run(); !done) return done;
  }
  return {};
}

Result<void> Writer::be_open() {
  if (connection_ != nullptr && !is_at_fault_ && !connection_->has_moved()) return {};
  connection_.reset();
  texts_.clear();
  // A file that is gone is not made anew: an empty store would look like one that lost everything.
  auto opened = core_->connect(Role::write, is_stopped_);
  if (!opened) return fail(std::move(opened.error()));
  auto epoch = read_epoch(**opened);
  if (!epoch) return fail(std::move(epoch.error()));
  auto last = last_number(**opened);
  if (!last) return fail(std::move(last.error()));
  epoch_ = *std::move(epoch);
  last_ = *last;
  connection_ = *std::move(opened);
  is_at_fault_ = false;
  if (tables_.empty()) return {};
  TransactionScope transaction(*connection_);
  auto done = transaction.begin(how_to_begin(*connection_));
  const std::vector<const Table*> tables = tables_;
  if (done) done = prepare_all(tables);
  if (done) done = transaction.commit();
  return done;
}

Result<void> Writer::prepare_all(std::span<const Table* const> tables) {
  texts_.clear();
  for (const Table* const table : tables) {
    if (auto done = prepare_table(*connection_, *table); !done) return done;
  }
  for (const Table* const table : tables) {
    if (std::find(tables_.begin(), tables_.end(), table) == tables_.end()) tables_.push_back(table);
  }
  core_->tables_version.fetch_add(1);
  return {};
}

}  // namespace freshet::store::sqlite
