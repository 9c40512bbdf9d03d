// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/counters.hpp"
#include "freshet/service/mediators/internal/runner.hpp"

namespace freshet::mediators {

/// A mediator in mode `stream`: calls its handlers at most once for what happens from now on, as soon as it happens.
///
/// Nothing is kept and nothing is tried again: what fails is counted and gone, as is what happens while nobody runs it.
class EventRunner final : public Runner {
 public:
  EventRunner(Definition definition, RunnerContext context);
  ~EventRunner() override;

  Result<void> start() override;
  void stop() override;
  void fill(MediatorStatus& status) const override;

 private:
  void take(std::vector<store::Change> changes);

  const Definition definition_;
  const RunnerContext context_;
  Counters counters_;
  std::unique_ptr<store::Feed> feed_;
};

}  // namespace freshet::mediators
