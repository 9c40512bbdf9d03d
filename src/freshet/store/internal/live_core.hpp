// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/graph/row_error.hpp"
#include "freshet/store/detail/model_input.hpp"
#include "freshet/store/feed.hpp"
#include "freshet/store/live.hpp"

namespace freshet::store {

/// What a LiveStore is made of: turns batches of a feed into transactions of a graph.
///
/// Three places: `receive` and what it calls run on the feed's thread and own the members below it; what is applied
/// runs on the graph's; what both need is behind the mutex.
class LiveCore : public std::enable_shared_from_this<LiveCore> {
 public:
  LiveCore(Graph& graph, LiveOptions options);

  const LiveOptions& options() const { return options_; }
  Collection<std::string, RowError> errors() const { return errors_; }

  // The feed's thread.
  Result<void> receive(const Batch& batch);
  void tell(const Error& trouble);

  // The graph's thread.
  LiveProgress progress() const;
  bool ready() const;
  void when_ready(std::function<void()> done);
  void when_at(const Position& position, std::function<void(Version)> done);
  /// Waits until something was posted, or for a moment.
  void wait_for_work();
  /// Lets the feed's thread go, whatever it waits for.
  void stop();

  /// Set before the feed starts, constant after.
  std::vector<std::shared_ptr<ModelInput>> inputs;

 private:
  /// What is read anew after a reset, until it is complete.
  struct Replacement {
    Transaction transaction;
    std::vector<std::unordered_set<std::string>> names;  // as `inputs`
    std::size_t rows = 0;
  };
  struct Waiting {
    Position position = {};
    std::function<void(Version)> done;
  };
  /// What a commit brings the graph to.
  struct Step {
    Position position = {};
    Timestamp committed_at{};
    std::size_t rows_loaded = 0;
    std::size_t changes = 0;
    bool completes = false;
    std::shared_ptr<Replacement> replacement = nullptr;
  };

  // The feed's thread.
  Result<void> receive_snapshot(const Batch& batch);
  Result<void> receive_commit(const Batch& batch);
  void begin_replacement();
  void write(const Change& change, Transaction& transaction);
  void write_row(const ModelInput& input, const Row& row, Transaction& transaction);
  void forget_fault(const std::string& path, Transaction& transaction);
  /// Waits for room, then has the graph apply the changes, if any, and the step.
  Result<void> post(std::span<const Change> changes, Step step);
  /// Counts one more commit as posted; false if nobody wants any.
  bool wait_for_room();

  // The graph's thread.
  void applied(const Step& step, Result<Version> committed);
  Result<Version> replace(Replacement& replacement);
  void call_waiting(Version version);
  void forget_history(const Position& position);

  Graph& graph_;
  const LiveOptions options_;
  const Input<std::string, RowError> errors_;

  // The feed's thread only.
  std::shared_ptr<Replacement> replacement_;
  std::unordered_set<std::string> faulty_;  // paths that stand in errors_

  // The graph's thread only.
  std::vector<std::function<void()>> ready_waiting_;
  std::vector<Waiting> waiting_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  // Protected by mutex_.
  LiveProgress progress_;
  std::size_t posted_ = 0;  // commits that wait for the graph
  bool stopped_ = false;
};

}  // namespace freshet::store
