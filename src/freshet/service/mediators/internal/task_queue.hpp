// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/follower.hpp"
#include "freshet/service/mediators/internal/following.hpp"
#include "freshet/service/mediators/internal/merge.hpp"
#include "freshet/service/mediators/internal/runner.hpp"

namespace freshet::mediators {

/// Writes tasks into the store for what happens to the documents of a source.
///
/// Tasks and the place in the feed are written in one transaction, so that each event becomes part of a task once, no
/// matter when the process dies.
class TaskQueue final : public FeedHandler {
 public:
  /// `on_queued` is told when there may be something to do. Requires: all that is referred to outlives the queue.
  TaskQueue(const Definition& definition, const RunnerContext& context, const Following& following,
            std::function<void()> on_queued);

  Result<void> begin(bool anew) override;
  Result<void> reset() override;
  Result<void> take_snapshot(std::vector<store::Change> rows) override;
  Result<void> end_snapshot(store::Position position) override;
  Result<void> take_changes(std::vector<store::Change> changes, store::Position position) override;
  void interrupt() override {}
  void end() override {}

 private:
  /// Makes the events part of the tasks, within a transaction.
  Result<void> queue(store::BackendTransaction& transaction, const std::vector<RowEvent>& events) const;
  Result<void> write(const store::TransactionBody& body) const;

  const Definition& definition_;
  const RunnerContext& context_;
  const Following& following_;
  const std::function<void()> on_queued_;
  TriggerSet handled_;
};

}  // namespace freshet::mediators
