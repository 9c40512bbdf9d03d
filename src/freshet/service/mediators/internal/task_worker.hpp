// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/counters.hpp"
#include "freshet/service/mediators/internal/records.hpp"
#include "freshet/service/mediators/internal/retry_delays.hpp"
#include "freshet/service/mediators/internal/runner.hpp"
#include "freshet/service/mediators/internal/task_call.hpp"

namespace freshet::mediators {

/// Does the tasks of a mediator, beside the workers of other processes.
///
/// A task is claimed by moving the time when it is due to the end of a lease, so that the task of a worker that died
/// is due again by itself. Claims only spare work: that a task is done once is kept by the last transaction, which
/// calls the handler, and fails if the claim is somebody else's by then or the document is changed meanwhile.
///
/// Thread safety: start() and stop() by one thread, the rest from any.
class TaskWorker {
 public:
  /// Requires: all that is referred to outlives the worker.
  TaskWorker(const Definition& definition, const RunnerContext& context, Counters& counters);
  TaskWorker(const TaskWorker&) = delete;
  TaskWorker& operator=(const TaskWorker&) = delete;
  ~TaskWorker();

  void start();
  /// Lets handlers under way come to an end and gives back what was claimed and not begun.
  void stop();
  /// There may be something to do.
  void wake();
  void fill(MediatorStatus& status) const;

 private:
  /// What one look at the tasks that are due came to.
  struct Claims {
    std::vector<Task> mine;
    /// Each attempt was counted when it began, and none came to an end.
    std::vector<Task> exhausted;
  };

  void claim_tasks();
  /// Takes some that are due; how many it saw.
  Result<std::size_t> claim();
  Result<std::vector<Task>> find_due();
  /// Claims one within a transaction, or finds that it was tried often enough.
  Result<void> claim_one(store::BackendTransaction& transaction, Task task, Claims& claims) const;
  void do_tasks();
  void do_task(const Task& task);
  void failed(const Task& task, const Error& error);
  /// Whether it is written down.
  bool give_up(const Task& task, const Error& error);
  Result<void> release(const Task& task, std::chrono::milliseconds delay, bool counts, const std::string& error);

  const Definition& definition_;
  const RunnerContext& context_;
  Counters& counters_;
  const TaskCall call_;
  RetryDelays delays_;
  const std::string owner_;
  std::atomic<std::int64_t> lag_ms_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Changed under mutex_.
  std::deque<Task> claimed_;
  std::size_t under_way_ = 0;
  bool woken_ = true;
  bool stopping_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace freshet::mediators
