// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
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
  std::size_t claimed() const;

 private:
  /// What became of one call.
  enum class Outcome : std::uint8_t {
    done,
    lost,       ///< Somebody else has it, or it is not to be done any more.
    postponed,  ///< The document is not what the task says; an event about that is on its way.
  };

  void claim_tasks();
  /// Takes some that are due; how many.
  Result<std::size_t> claim();
  Result<std::vector<Task>> find_due();
  /// Claims one within a transaction; whether it is this worker's now.
  Result<bool> claim_one(store::BackendTransaction& transaction, Task& task) const;
  void do_tasks();
  void do_task(const Task& task);
  /// Within a transaction: the handler, its effects, and the mark.
  Result<Outcome> run(store::BackendTransaction& transaction, const Task& task) const;
  Result<std::optional<RowEvent>> event_for(store::BackendTransaction& transaction, const Task& task) const;
  Result<void> finish(store::BackendTransaction& transaction, Task task, const RowEvent& event) const;
  void failed(const Task& task, const Error& error);
  Result<void> give_up(store::BackendTransaction& transaction, Task task, const Error& error) const;
  Result<void> release(const Task& task, std::chrono::milliseconds delay, bool counts, const std::string& error);
  /// Whether the task is still as this worker claimed it; reads it again.
  Result<bool> is_mine(store::BackendTransaction& transaction, const Task& task) const;

  const Definition& definition_;
  const RunnerContext& context_;
  Counters& counters_;
  RetryDelays delays_;
  const std::string owner_;

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
