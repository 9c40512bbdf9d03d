// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/task_worker.hpp"

#include <algorithm>
#include <random>
#include <utility>

#include "freshet/base/ids.hpp"
#include "freshet/service/mediators/internal/transact.hpp"

namespace freshet::mediators {
namespace {

// Claimed ahead by each thread: one claim's transaction is shared by so many tasks.
constexpr std::size_t kClaimsPerThread = 4;
// Among how many times as many a claim chooses, so that competing workers seldom want the same.
constexpr std::size_t kChoice = 4;

}  // namespace

TaskWorker::TaskWorker(const Definition& definition, const RunnerContext& context, Counters& counters)
    : definition_(definition),
      context_(context),
      counters_(counters),
      call_(definition, *context.clock),
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

void TaskWorker::fill(MediatorStatus& status) const {
  status.lag_ms = lag_ms_;
  const std::scoped_lock lock(mutex_);
  status.waiting = static_cast<std::int64_t>(claimed_.size() + under_way_);
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
  const auto lag = due->empty() ? std::chrono::microseconds(0) : context_.clock->now() - due->front().due;
  lag_ms_ = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::milliseconds>(lag).count());
  if (due->empty()) return std::size_t{0};
  std::minstd_rand random(static_cast<std::uint32_t>(delays_.up_to(std::chrono::milliseconds(1'000'000)).count()));
  std::ranges::shuffle(*due, random);
  due->resize(std::min(due->size(), definition_.options.workers * kClaimsPerThread));
  Claims claims;
  auto claimed = write_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    claims = {};
    for (const Task& task : *due) {
      if (auto done = claim_one(transaction, task, claims); !done) return done;
    }
    return {};
  });
  if (!claimed) return fail(std::move(claimed.error()));
  {
    const std::scoped_lock lock(mutex_);
    for (Task& task : claims.mine) claimed_.push_back(std::move(task));
  }
  changed_.notify_all();
  std::size_t seen = due->size();
  for (const Task& task : claims.exhausted) {
    const Error error{
        .code = ErrorCode::unavailable, .primary = "its workers went away without a word", .detail = task.error};
    if (!give_up(task, error)) seen = 0;  // not at once again
  }
  return seen;
}

Result<void> TaskWorker::claim_one(store::BackendTransaction& transaction, Task task, Claims& claims) const {
  auto now = get_record<Task>(transaction, task.id);
  if (!now) return fail(std::move(now.error()));
  if (!*now || (*now)->state != Task::State::waiting || (*now)->due != task.due) return {};
  task = std::move(**now);
  if (task.attempts >= static_cast<std::int64_t>(definition_.options.retry.attempts_max)) {
    claims.exhausted.push_back(std::move(task));
    return {};
  }
  ++task.attempts;
  task.owner = owner_;
  task.due = context_.clock->now() + definition_.options.lease;
  if (auto written = put_record(transaction, task); !written) return written;
  claims.mine.push_back(std::move(task));
  return {};
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
  TaskCall::Outcome outcome = TaskCall::Outcome::lost;
  const auto done = context_.transact([&](store::BackendTransaction& transaction) -> Result<void> {
    auto ran = call_.run(transaction, task);
    if (!ran) return fail(std::move(ran.error()));
    outcome = *ran;
    return {};
  });
  if (!done) return failed(task, done.error());
  if (outcome == TaskCall::Outcome::done) counters_.processed();
  if (outcome != TaskCall::Outcome::postponed) return;
  if (auto released = release(task, definition_.options.poll, false, task.error); !released) {
    counters_.trouble(released.error());
  }
}

void TaskWorker::failed(const Task& task, const Error& error) {
  const auto attempts = static_cast<std::size_t>(task.attempts);
  const bool is_final = definition_.is_final && definition_.is_final(error);
  if (is_final || delays_.exhausted(attempts)) {
    give_up(task, error);
    return;
  }
  counters_.retried(error);
  // If that cannot be written, the task is due again when the lease is over.
  if (auto written = release(task, delays_.after(attempts), true, to_string(error)); !written) {
    counters_.trouble(written.error());
  }
}

bool TaskWorker::give_up(const Task& task, const Error& error) {
  counters_.dead(error);
  const auto write = [&](bool tells) {
    return context_.transact(
        [&](store::BackendTransaction& transaction) { return call_.give_up(transaction, task, error, tells); });
  };
  auto written = write(true);
  if (!written && definition_.on_failed) {
    // Who cannot be told leaves a letter, rather than that the task comes back for ever.
    counters_.trouble(written.error());
    written = write(false);
  }
  if (!written) counters_.trouble(written.error());
  return written.has_value();
}

Result<void> TaskWorker::release(const Task& task, std::chrono::milliseconds delay, bool counts,
                                 const std::string& error) {
  return write_and_wait(*context_.backend, [&](store::BackendTransaction& transaction) -> Result<void> {
    const auto same = TaskCall::is_same(transaction, task);
    if (!same) return fail(same.error());
    if (!*same) return {};
    Task released = task;
    if (!counts) --released.attempts;
    released.owner.clear();
    released.due = context_.clock->now() + delay;
    released.error = error;
    return put_record(transaction, released);
  });
}

}  // namespace freshet::mediators
