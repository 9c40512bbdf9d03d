// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/counters.hpp"
#include "freshet/service/mediators/internal/follower.hpp"
#include "freshet/service/mediators/internal/following.hpp"
#include "freshet/service/mediators/internal/lanes.hpp"
#include "freshet/service/mediators/internal/progress.hpp"
#include "freshet/service/mediators/internal/retry_delays.hpp"
#include "freshet/service/mediators/internal/runner.hpp"

namespace freshet::mediators {

/// A mediator in mode `query`: calls its handlers at least once for every event, in order for each document.
///
/// The place in the feed is written down only when everything before it was handled or given up; together with it a
/// mark for each document, the version that was handled, so that a snapshot (the first one begun again after a crash,
/// or one after the store's history was lost) fires only for what is new.
///
/// Invariant: what is lost in a crash is knowledge of having done something, never something to be done.
class QueryRunner final : public Runner, private FeedHandler {
 public:
  QueryRunner(Definition definition, RunnerContext context);
  ~QueryRunner() override;

  Result<void> start() override;
  void stop() override;
  void fill(MediatorStatus& status) const override;

 private:
  Result<void> begin(bool anew) override;
  Result<void> reset() override;
  Result<void> take_snapshot(std::vector<store::Change> rows) override;
  Result<void> end_snapshot(store::Position position) override;
  Result<void> take_changes(std::vector<store::Change> changes, store::Position position) override;
  void interrupt() override;
  void end() override;

  Result<void> post(std::vector<RowEvent> events, std::optional<store::Position> position);
  Result<void> post_unseen();
  /// The event of a dead letter that was requeued; empty if the change is something else.
  Result<std::optional<RowEvent>> requeued(const store::Change& letter);
  /// One attempt; what Lanes::Job returns.
  std::optional<std::chrono::milliseconds> attempt(const RowEvent& event, const Progress::BatchPtr& batch,
                                                   std::size_t number);
  Result<void> settle_letter(const RowEvent& event);
  Result<void> bury(const RowEvent& event, std::size_t attempts, const Error& error);
  std::shared_ptr<Lanes> lanes() const;
  Result<void> drain();

  const Definition definition_;
  const RunnerContext context_;
  Counters counters_;
  RetryDelays delays_;
  Following following_;
  Progress progress_;
  bool look_for_unseen_ = false;  // by the feed's thread alone

  mutable std::mutex mutex_;
  // Changed under mutex_. Owners: this, and whoever is using it while another feed begins.
  std::shared_ptr<Lanes> lanes_;

  Follower follower_;  // last: it calls the rest
};

}  // namespace freshet::mediators
