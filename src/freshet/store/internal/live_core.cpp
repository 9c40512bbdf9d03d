// SPDX-License-Identifier: MIT
#include "freshet/store/internal/live_core.hpp"

#include <algorithm>
#include <thread>

namespace freshet::store {

LiveCore::LiveCore(Graph& graph, LiveOptions options)
    : graph_(graph), options_(std::move(options)), errors_(graph.input<std::string, RowError>("store_errors")) {}

// The feed's thread.

Result<void> LiveCore::receive(const Batch& batch) {
  switch (batch.kind) {
    case Batch::Kind::snapshot:
      return receive_snapshot(batch);
    case Batch::Kind::snapshot_end: {
      Step step{.position = batch.position, .committed_at = batch.committed_at, .completes = true};
      step.replacement = std::exchange(replacement_, nullptr);
      return post({}, std::move(step));
    }
    case Batch::Kind::commit:
      return receive_commit(batch);
    case Batch::Kind::reset:
      begin_replacement();
      return {};
  }
  return fail(ErrorCode::internal, "a feed gave a batch of an unknown kind");
}

Result<void> LiveCore::receive_snapshot(const Batch& batch) {
  if (replacement_ == nullptr) return post(batch.changes, {.rows_loaded = batch.changes.size()});
  for (const Change& change : batch.changes) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      if (inputs[i]->takes(*change.table, change.key)) replacement_->names[i].insert(inputs[i]->name_of(change.key));
    }
    write(change, replacement_->transaction);
  }
  replacement_->rows += batch.changes.size();
  return {};
}

Result<void> LiveCore::receive_commit(const Batch& batch) {
  return post(batch.changes,
              {.position = batch.position, .committed_at = batch.committed_at, .changes = batch.changes.size()});
}

void LiveCore::begin_replacement() {
  // All of it arrives in one commit: until then the graph shows the old state, never a part of each.
  replacement_ = std::make_shared<Replacement>();
  replacement_->names.resize(inputs.size());
  for (const std::string& path : std::exchange(faulty_, {})) replacement_->transaction.erase(errors_, path);
}

void LiveCore::write(const Change& change, Transaction& transaction) {
  for (const auto& input : inputs) {
    if (!input->takes(*change.table, change.key)) continue;
    if (change.after) {
      write_row(*input, *change.after, transaction);
    } else {
      input->erase(change.key, transaction);
      forget_fault(path_of(*change.table, change.key), transaction);
    }
  }
}

void LiveCore::write_row(const ModelInput& input, const Row& row, Transaction& transaction) {
  const std::string path = path_of(input.table(), row.key);
  const auto written = input.set(row, transaction);
  if (!written || !*written) input.erase(row.key, transaction);
  if (written) return forget_fault(path, transaction);
  faulty_.insert(path);
  transaction.set(errors_, path, {.node = input.table().name, .message = to_string(written.error()), .rows = 1});
}

void LiveCore::forget_fault(const std::string& path, Transaction& transaction) {
  if (!faulty_.empty() && faulty_.erase(path) != 0) transaction.erase(errors_, path);
}

Result<void> LiveCore::post(std::span<const Change> changes, Step step) {
  constexpr auto kMoment = std::chrono::milliseconds(5);
  const auto shared_step = std::make_shared<const Step>(std::move(step));
  const std::unordered_set<std::string> faulty = faulty_;
  while (wait_for_room()) {
    Transaction transaction;
    for (const Change& change : changes) write(change, transaction);
    auto posted =
        graph_.post(std::move(transaction), [self = shared_from_this(), shared_step](Result<Version> committed) {
          self->applied(*shared_step, std::move(committed));
        });
    if (posted) {
      const std::lock_guard lock(mutex_);
      changed_.notify_all();
      return {};
    }
    {
      const std::lock_guard lock(mutex_);
      --posted_;
    }
    // Others have filled the graph's queue. What was posted is gone, the changes are not.
    faulty_ = faulty;
    std::this_thread::sleep_for(kMoment);
  }
  return fail(ErrorCode::unavailable, "nobody follows the store any more");
}

bool LiveCore::wait_for_room() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopped_ || posted_ < options_.commits_waiting_max; });
  ++posted_;
  return !stopped_;
}

void LiveCore::tell(const Error& trouble) {
  {
    const std::lock_guard lock(mutex_);
    ++progress_.troubles;
    progress_.last_trouble = trouble;
  }
  if (options_.on_trouble) options_.on_trouble(trouble);
}

// The graph's thread.

void LiveCore::applied(const Step& step, Result<Version> committed) {
  if (committed && step.replacement != nullptr) committed = replace(*step.replacement);
  bool became_ready = false;
  {
    const std::lock_guard lock(mutex_);
    --posted_;
    progress_.rows_loaded += step.rows_loaded + (step.replacement != nullptr ? step.replacement->rows : 0);
    progress_.resets += step.replacement != nullptr ? 1 : 0;
    progress_.changes += step.changes;
    progress_.commits += step.changes != 0 ? 1 : 0;
    progress_.refused_commits += committed ? 0 : 1;
    if (!step.position.text.empty()) progress_.position = step.position;
    if (step.committed_at != Timestamp{}) progress_.committed_at = step.committed_at;
    became_ready = step.completes && !std::exchange(progress_.ready, progress_.ready || step.completes);
    changed_.notify_all();
  }
  if (!committed) tell(committed.error());
  if (became_ready) {
    for (const auto& done : std::exchange(ready_waiting_, {})) done();
  }
  if (step.replacement != nullptr) forget_history(step.position);
  if (!waiting_.empty()) call_waiting(graph_.version());
}

void LiveCore::forget_history(const Position& position) {
  // What was waited for in another history has either been read anew or is lost with that history.
  for (Waiting& waiting : waiting_) {
    if (waiting.position.epoch() != position.epoch()) waiting.position = {};
  }
}

Result<Version> LiveCore::replace(Replacement& replacement) {
  for (std::size_t i = 0; i < inputs.size(); ++i)
    inputs[i]->erase_all_but(replacement.names[i], replacement.transaction);
  return graph_.commit(replacement.transaction);
}

bool LiveCore::ready() const {
  const std::lock_guard lock(mutex_);
  return progress_.ready;
}

LiveProgress LiveCore::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

void LiveCore::when_ready(std::function<void()> done) {
  if (ready()) return done();
  ready_waiting_.push_back(std::move(done));
}

void LiveCore::when_at(const Position& position, std::function<void(Version)> done) {
  waiting_.push_back({position, std::move(done)});
  call_waiting(graph_.version());
}

void LiveCore::call_waiting(Version version) {
  const LiveProgress now = progress();
  if (!now.ready) return;
  std::vector<Waiting> over;
  std::erase_if(waiting_, [&](Waiting& waiting) {
    if (!reached(now.position, waiting.position)) return false;
    over.push_back(std::move(waiting));
    return true;
  });
  for (const Waiting& waiting : over) waiting.done(version);
}

void LiveCore::wait_for_work() {
  constexpr auto kMoment = std::chrono::milliseconds(20);
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, kMoment, [this] { return posted_ != 0; });
}

void LiveCore::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace freshet::store
