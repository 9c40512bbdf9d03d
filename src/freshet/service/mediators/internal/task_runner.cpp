// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/task_runner.hpp"

#include <utility>

namespace freshet::mediators {

TaskRunner::TaskRunner(Definition definition, RunnerContext context)
    : definition_(std::move(definition)),
      context_(std::move(context)),
      worker_(definition_, context_, counters_),
      following_(definition_.name, definition_.options.lease, *context_.clock),
      queue_(definition_, context_, following_, [this] { worker_.wake(); }),
      follower_(context_.backend, following_, {definition_.source.table}, definition_.options.lease, queue_,
                counters_) {}

TaskRunner::~TaskRunner() { stop(); }

Result<void> TaskRunner::start() {
  worker_.start();
  follower_.start();
  return {};
}

void TaskRunner::stop() {
  follower_.stop();
  worker_.stop();
}

void TaskRunner::fill(MediatorStatus& status) const {
  counters_.fill(status);
  worker_.fill(status);
}

}  // namespace freshet::mediators
