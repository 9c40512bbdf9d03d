// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "freshet/graph/subscription.hpp"
#include "freshet/stream/rows.hpp"
#include "freshet/stream/snapshot.hpp"
#include "freshet/stream/snapshot_turns.hpp"
#include "freshet/stream/source.hpp"

namespace freshet::stream {

/// Takes a snapshot of a large source over several turns, while commits go on: the state at the version that it ends
/// at.
///
/// Cost for a commit that changes the source meanwhile: encoding what it changes.
class SnapshotJob final : private SnapshotTurns::Job {
 public:
  struct Calls {
    /// Whether nobody waits any more.
    std::function<bool()> cancelled;
    std::function<void(Snapshot)> done;
    /// The last call, after done() or once it was cancelled; destroys the job.
    std::function<void(SnapshotJob&)> ended;
  };

  SnapshotJob(const Graph& graph, SnapshotTurns& turns, std::shared_ptr<const Source> source, Calls calls);
  SnapshotJob(const SnapshotJob&) = delete;
  SnapshotJob& operator=(const SnapshotJob&) = delete;
  ~SnapshotJob();

 private:
  SteppedRows::Step step(std::size_t rows) override;
  void note(const ChangedRows& changes);

  const Graph& graph_;
  SnapshotTurns& turns_;
  const std::shared_ptr<const Source> source_;  // owners: this, and whoever asked
  const Calls calls_;
  RowFaults faults_;
  const std::unique_ptr<SteppedRows> steps_;
  Subscription changes_;
};

}  // namespace freshet::stream
