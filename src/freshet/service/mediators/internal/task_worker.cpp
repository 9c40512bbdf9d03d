// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/task_worker.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/service/mediators/internal/content.hpp"
#include "freshet/service/mediators/internal/letters.hpp"
#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/service/mediators/internal/transact.hpp"

namespace freshet::mediators {
namespace {

// Claimed ahead by each thread: one claim's transaction is shared by so many tasks.
constexpr std::size_t kClaimsPerThread = 4;
// Among how many times as many a claim chooses, so that competing workers seldom want the same.
constexpr std::size_t kChoice = 4;

bool is_there(Trigger trigger) { return trigger == Trigger::create || trigger == Trigger::update; }

}  // namespace

TaskWorker::TaskWorker(const Definition& definition, const RunnerContext& context, Counters& counters)
    : definition_(definition),
      context_(context),
      counters_(counters),
      delays_(definition.options.retry, random_seed()),
      owner_(random_token()) {}

TaskWorker::~TaskWorker() { stop(); }

void TaskWorker::start() {
  threads_.emplace_back([this] { claim_tasks(); });
  for (std::size_t i = 0; i < definition_.options.workers; ++i) threads_.emplace_back([this] { do_tasks(); });
}

void TaskWorker::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  for (const Task& task : std::exchange(claimed_, {})) {
    if (const auto released = release(task, std::chrono::milliseconds(0), false, task.error); !released) {
      counters_.trouble(released.error());
    }
  }
}

void TaskWorker::wake() {
  {
    const std::scoped_lock lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

std::size_t TaskWorker::claimed() const {
  const std::scoped_lock lock(mutex_);
  return claimed_.size() + under_way_;
}

void TaskWorker::claim_tasks() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    changed_.wait(lock, [&] { return stopping_ || claimed_.size() < definition_.options.workers; });
    if (stopping_) return;
    woken_ = false;
    lock.unlock();
    const auto count = claim();
    if (!count) counters_.trouble(count.error());
    lock.lock();
    if (count && *count > 0) continue;
    const auto pause = definition_.options.poll / 2 + delays_.up_to(definition_.options.poll);
    changed_.wait_for(lock, pause, [&] { return stopping_ || woken_; });
  }
}

Result<std::vector<Task>> TaskWorker::find_due() {
  const store::Table& table = store::table_of<Task>();
  store::Query query = records_of<Task>(definition_.name);
  query.conditions.push_back({.column = table.find("state"), .operands = {std::string("waiting")}});
  query.conditions.push_back(
      {.column = table.find("due"), .comparison = store::Comparison::less_equal, .operands = {context_.clock->now()}});
  query.orders.push_back({.column = table.find("due")});
  query.limit = definition_.options.workers * kClaimsPerThread * kChoice;
  std::vector<Task> due;
  // A transaction of its own: what it merely looked at is nothing that others could be in conflict with.
  auto looked = read_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    auto found = find_records<Task>(transaction, query);
    if (!found) return fail(std::move(found.error()));
    due = std::move(*found);
    return {};
  });
  if (!looked) return fail(std::move(looked.error()));
  return due;
}

Result<std::size_t> TaskWorker::claim() {
  auto due = find_due();
  if (!due) return fail(std::move(due.error()));
  if (due->empty()) return std::size_t{0};
  std::minstd_rand random(static_cast<std::uint32_t>(delays_.up_to(std::chrono::milliseconds(1'000'000)).count()));
  std::ranges::shuffle(*due, random);
  due->resize(std::min(due->size(), definition_.options.workers * kClaimsPerThread));
  std::vector<Task> mine;
  auto claimed = write_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    mine.clear();
    for (Task task : *due) {
      const auto is_mine_now = claim_one(transaction, task);
      if (!is_mine_now) return fail(is_mine_now.error());
      if (*is_mine_now) mine.push_back(std::move(task));
    }
    return {};
  });
  if (!claimed) return fail(std::move(claimed.error()));
  {
    const std::scoped_lock lock(mutex_);
    for (Task& task : mine) claimed_.push_back(std::move(task));
  }
  changed_.notify_all();
  return due->size();
}

Result<bool> TaskWorker::claim_one(store::BackendTransaction& transaction, Task& task) const {
  auto now = get_record<Task>(transaction, task.id);
  if (!now) return fail(std::move(now.error()));
  if (!*now || (*now)->state != Task::State::waiting || (*now)->due != task.due) return false;
  task = std::move(**now);
  const auto attempts_max = static_cast<std::int64_t>(definition_.options.retry.attempts_max);
  if (task.attempts >= attempts_max) {
    // Each attempt was counted when it began, and none came to an end.
    const Error error{
        .code = ErrorCode::unavailable, .primary = "its workers went away without a word", .detail = task.error};
    if (auto given_up = give_up(transaction, task, error); !given_up) return fail(std::move(given_up.error()));
    return false;
  }
  ++task.attempts;
  task.owner = owner_;
  task.due = context_.clock->now() + definition_.options.lease;
  if (auto written = put_record(transaction, task); !written) return fail(std::move(written.error()));
  return true;
}

void TaskWorker::do_tasks() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [&] { return stopping_ || !claimed_.empty(); });
    if (stopping_) return;
    const Task task = std::move(claimed_.front());
    claimed_.pop_front();
    ++under_way_;
    if (claimed_.size() < definition_.options.workers) changed_.notify_all();
    lock.unlock();
    do_task(task);
    lock.lock();
    --under_way_;
  }
}

void TaskWorker::do_task(const Task& task) {
  Outcome outcome = Outcome::lost;
  const auto done = context_.transact([&](store::BackendTransaction& transaction) -> Result<void> {
    auto ran = run(transaction, task);
    if (!ran) return fail(std::move(ran.error()));
    outcome = *ran;
    return {};
  });
  if (!done) return failed(task, done.error());
  if (outcome == Outcome::done) counters_.processed();
  if (outcome != Outcome::postponed) return;
  if (auto released = release(task, definition_.options.poll, false, task.error); !released) {
    counters_.trouble(released.error());
  }
}

Result<bool> TaskWorker::is_mine(store::BackendTransaction& transaction, const Task& task) const {
  const auto now = get_record<Task>(transaction, task.id);
  if (!now) return fail(now.error());
  return *now && (*now)->state == Task::State::waiting && (*now)->owner == task.owner &&
         (*now)->attempts == task.attempts && (*now)->revision == task.revision;
}

Result<TaskWorker::Outcome> TaskWorker::run(store::BackendTransaction& transaction, const Task& task) const {
  const auto mine = is_mine(transaction, task);
  if (!mine) return fail(mine.error());
  if (!*mine) return Outcome::lost;
  const auto event = event_for(transaction, task);
  if (!event) return fail(event.error());
  if (!*event) return Outcome::postponed;
  const Call call{.event = **event, .transaction = &transaction, .attempt = static_cast<std::size_t>(task.attempts)};
  if (auto called = mediators::call(definition_, call); !called) return fail(std::move(called.error()));
  if (auto finished = finish(transaction, task, **event); !finished) return fail(std::move(finished.error()));
  return Outcome::done;
}

Result<std::optional<RowEvent>> TaskWorker::event_for(store::BackendTransaction& transaction, const Task& task) const {
  auto key = key_of(task.document);
  if (!key) return fail(std::move(key.error()));
  auto documents = transaction.get_many(*definition_.source.table, std::span(&*key, 1));
  if (!documents) return fail(std::move(documents.error()));
  std::optional<store::Row>& document = documents->front();
  const bool fulfils = document && store::matches(definition_.source, *document);
  if (fulfils != is_there(task.trigger)) return std::optional<RowEvent>();
  RowEvent event{.trigger = task.trigger, .key = std::move(*key), .after = std::move(document)};
  if (!task.before.empty()) {
    // What a model of today cannot hold any more counts as not known.
    if (auto before = row_of(*definition_.source.table, event.key, task.before_type, task.before)) {
      event.before = std::move(*before);
    }
  }
  return std::optional(std::move(event));
}

Result<void> TaskWorker::finish(store::BackendTransaction& transaction, Task task, const RowEvent& event) const {
  if (!is_there(event.trigger)) return remove_record<Task>(transaction, task.id);
  if (definition_.finish == Finish::remove) {
    // What the handler did to its own document is part of this transaction; anybody else would be in conflict with it.
    store::Write removal{.kind = store::WriteKind::remove, .table = definition_.source.table, .key = event.key};
    if (auto removed = transaction.write(removal); !removed) return fail(std::move(removed.error()));
    task.revision = event.after->revision;
  } else {
    // The handler may have written to the document itself: that version is handled too.
    auto now = transaction.get_many(*definition_.source.table, std::span(&event.key, 1));
    if (!now) return fail(std::move(now.error()));
    task.revision = now->front() ? now->front()->revision : event.after->revision;
  }
  task.state = Task::State::done;
  task.owner.clear();
  task.error.clear();
  return put_record(transaction, task);
}

void TaskWorker::failed(const Task& task, const Error& error) {
  const auto attempts = static_cast<std::size_t>(task.attempts);
  Result<void> written;
  if (delays_.exhausted(attempts)) {
    counters_.dead(error);
    written = context_.transact([&](store::BackendTransaction& transaction) -> Result<void> {
      const auto mine = is_mine(transaction, task);
      if (!mine) return fail(mine.error());
      return *mine ? give_up(transaction, task, error) : Result<void>();
    });
  } else {
    counters_.retried(error);
    written = release(task, delays_.after(attempts), true, to_string(error));
  }
  // If that cannot be written either, the task is due again when the lease is over.
  if (!written) counters_.trouble(written.error());
}

Result<void> TaskWorker::give_up(store::BackendTransaction& transaction, Task task, const Error& error) const {
  RowEvent event{.trigger = task.trigger};
  if (auto key = key_of(task.document)) event.key = std::move(*key);
  auto documents = transaction.get_many(*definition_.source.table, std::span(&event.key, 1));
  if (!documents) return fail(std::move(documents.error()));
  event.after = std::move(documents->front());
  if (!task.before.empty()) {
    if (auto before = row_of(*definition_.source.table, event.key, task.before_type, task.before)) {
      event.before = std::move(*before);
    }
  }
  const auto attempts = static_cast<std::size_t>(task.attempts);
  task.state = Task::State::dead;
  task.owner.clear();
  task.error = to_string(error);
  if (definition_.on_failed) {
    const Call call{.event = event, .transaction = &transaction, .attempt = attempts};
    if (auto told = definition_.on_failed(call, error); !told) return told;
    auto now = transaction.get_many(*definition_.source.table, std::span(&event.key, 1));
    if (!now) return fail(std::move(now.error()));
    if (now->front()) task.revision = now->front()->revision;  // what was just written to it is no new request
  } else {
    const DeadLetter letter =
        letter_of(definition_.name, *definition_.source.table, event, attempts, error, context_.clock->now());
    if (auto written = put_record(transaction, letter); !written) return written;
  }
  return put_record(transaction, task);
}

Result<void> TaskWorker::release(const Task& task, std::chrono::milliseconds delay, bool counts,
                                 const std::string& error) {
  return write_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    const auto mine = is_mine(transaction, task);
    if (!mine) return fail(mine.error());
    if (!*mine) return {};
    Task released = task;
    if (!counts) --released.attempts;
    released.owner.clear();
    released.due = context_.clock->now() + delay;
    released.error = error;
    return put_record(transaction, released);
  });
}

}  // namespace freshet::mediators
