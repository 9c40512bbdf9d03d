// SPDX-License-Identifier: MIT
#include "freshet/store/memory/memory_store.hpp"

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "freshet/store/memory/internal/memory_feed.hpp"
#include "freshet/store/memory/internal/memory_state.hpp"

namespace freshet::store {
namespace {

class MemoryBackend final : public Backend {
 public:
  explicit MemoryBackend(const MemoryOptions& options)
      : clock_(options.clock == nullptr ? system_clock_ : *options.clock),
        state_(std::make_shared<MemoryState>(options)),
        thread_([this] { run(); }) {}

  ~MemoryBackend() override {
    std::deque<Job> dropped;
    {
      const std::lock_guard lock(mutex_);
      is_closed_ = true;
      dropped.swap(jobs_);
    }
    wakeup_.notify_one();
    thread_.join();
    for (const Job& job : dropped) job.end(closed());
  }

  std::string_view kind() const override { return "memory"; }
  Result<void> prepare(std::span<const Table* const> tables) override;
  void write(TransactionBody body, TransactionEnd end) override { add({std::move(body), std::move(end), true}); }
  void read(TransactionBody body, TransactionEnd end) override { add({std::move(body), std::move(end), false}); }
  Result<std::unique_ptr<Feed>> follow(FeedOptions options, FeedReceiver receiver) override;

 private:
  struct Job {
    TransactionBody body;
    TransactionEnd end;
    bool may_write = false;
  };

  static tl::unexpected<Error> closed() { return fail(ErrorCode::unavailable, "the store is being closed"); }

  void add(Job job);
  void run();
  Result<Position> transact(const Job& job);

  SystemClock system_clock_;
  const Clock& clock_;
  std::shared_ptr<MemoryState> state_;  // owners: this and the feeds

  std::mutex mutex_;
  // These are guarded by the mutex.
  std::condition_variable wakeup_;
  std::deque<Job> jobs_;
  bool is_closed_ = false;

  std::thread thread_;
};

void MemoryBackend::add(Job job) {
  std::optional<tl::unexpected<Error>> refusal;
  {
    const std::lock_guard lock(mutex_);
    const std::size_t waiting_max = state_->options.limits.waiting_max;
    if (is_closed_) {
      refusal = closed();
    } else if (jobs_.size() >= waiting_max) {
      refusal = fail(ErrorCode::limit_exceeded, "too many transactions wait for the store", std::to_string(waiting_max),
                     "try again later");
    } else {
      jobs_.push_back(std::move(job));
    }
  }
  if (refusal) return job.end(*std::move(refusal));
  wakeup_.notify_one();
}

void MemoryBackend::run() {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      wakeup_.wait(lock, [&] { return is_closed_ || !jobs_.empty(); });
      if (is_closed_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job.end(transact(job));
  }
}

Result<Position> MemoryBackend::transact(const Job& job) {
  const std::lock_guard lock(state_->mutex);
  MemoryTransaction transaction(*state_, clock_.now(), job.may_write);
  if (auto done = run_body(job.body, transaction); !done) return fail(std::move(done.error()));
  return transaction.commit();
}

Result<void> MemoryBackend::prepare(std::span<const Table* const> tables) {
  const std::lock_guard lock(state_->mutex);
  for (const Table* table : tables) {
    auto& stored = state_->tables[table->name];
    if (stored == nullptr) stored = std::make_unique<MemoryTable>(table->name, state_->options.removed_max);
    if (auto ok = stored->extend(*table); !ok) return ok;
    auto& view = state_->views[table];
    if (view == nullptr) view = std::make_unique<MemoryView>(*table, *stored);
  }
  return {};
}

Result<std::unique_ptr<Feed>> MemoryBackend::follow(FeedOptions options, FeedReceiver receiver) {
  {
    const std::lock_guard lock(state_->mutex);
    for (const Table* table : options.tables) {
      if (auto view = state_->view(table); !view) return fail(view.error());
    }
  }
  return std::make_unique<MemoryFeed>(state_, std::move(options), std::move(receiver));
}

}  // namespace

std::unique_ptr<Backend> open_memory(MemoryOptions options) { return std::make_unique<MemoryBackend>(options); }

}  // namespace freshet::store
