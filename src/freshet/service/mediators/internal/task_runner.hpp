// SPDX-License-Identifier: MIT
#pragma once

#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/counters.hpp"
#include "freshet/service/mediators/internal/follower.hpp"
#include "freshet/service/mediators/internal/following.hpp"
#include "freshet/service/mediators/internal/runner.hpp"
#include "freshet/service/mediators/internal/task_queue.hpp"
#include "freshet/service/mediators/internal/task_worker.hpp"

namespace freshet::mediators {

/// A mediator in mode `query_task`: one of the processes that run it queues tasks, all of them do tasks.
class TaskRunner final : public Runner {
 public:
  TaskRunner(Definition definition, RunnerContext context);
  ~TaskRunner() override;

  Result<void> start() override;
  void stop() override;
  void fill(MediatorStatus& status) const override;

 private:
  const Definition definition_;
  const RunnerContext context_;
  Counters counters_;
  TaskWorker worker_;
  Following following_;
  TaskQueue queue_;
  Follower follower_;
};

}  // namespace freshet::mediators
