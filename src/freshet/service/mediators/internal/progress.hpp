// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/counters.hpp"
#include "freshet/service/mediators/internal/following.hpp"
#include "freshet/service/mediators/internal/records.hpp"
#include "freshet/service/mediators/internal/runner.hpp"

namespace freshet::mediators {

/// What a mediator that follows has handled, and the writing of that into the store: the place before which everything
/// is done, and the mark of each document.
///
/// Invariant: the place that is written down is behind no event that is still to be handled, and goes with the last of
/// the marks that belong to it.
/// Thread safety: begin() and end() by one thread, the rest from any between them.
class Progress {
 public:
  /// Events that came together, and the place behind them.
  struct Batch {
    std::size_t left = 0;
    std::optional<store::Position> position;
    SteadyTime taken_at;
  };
  using BatchPtr = std::shared_ptr<Batch>;  // owners: batches_, and the jobs of its events

  /// Requires: all that is referred to outlives this.
  Progress(const Definition& definition, const RunnerContext& context, const Following& following, Counters& counters);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  /// Writes down from now on, each MediatorOptions::checkpoint.
  void begin();
  /// Writes down what was handled, and forgets what was not: that comes again from the place that was written.
  void end();

  BatchPtr add(std::size_t events, std::optional<store::Position> position);
  /// One event of the batch was handled or given up.
  void done(const RowEvent& event, const BatchPtr& batch);
  /// Writes down now. Errors: refused if somebody else follows by now; those of the store.
  Result<void> checkpoint();

  void fill(MediatorStatus& status) const;

 private:
  using Marks = std::map<std::string, std::optional<Task>>;  // by mark id; empty: to be removed

  void pop_done();
  void keep_writing();
  Result<void> write(const Marks& marks, const std::optional<store::Position>& position);

  const Definition& definition_;
  const RunnerContext& context_;
  const Following& following_;
  Counters& counters_;

  std::mutex writing_;  // held by who writes down
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Changed under mutex_.
  std::deque<BatchPtr> batches_;
  Marks marks_;
  std::optional<store::Position> reached_;
  bool writing_ends_ = false;

  std::thread writer_;
};

}  // namespace freshet::mediators
