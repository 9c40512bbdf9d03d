// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/service/mediators/status.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::mediators {

/// Runs a body in a transaction that writes, waits for its end and retries conflicts, as Store::transact() does: the
/// transactions of typed code that is called within join it.
using Transact = std::function<Result<void>(const store::TransactionBody&)>;

/// What runners work with.
struct RunnerContext {
  std::shared_ptr<store::Backend> backend;  // owners: whoever uses the store
  Transact transact;
  /// That of the machine.
  const Clock* clock = nullptr;
};

/// A mediator at work in this process.
///
/// Thread safety: start() and stop() by one thread, the rest from any.
class Runner {
 public:
  Runner() = default;
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;
  virtual ~Runner() = default;

  /// Errors: what cannot be followed at all; nothing runs then.
  virtual Result<void> start() = 0;
  /// Lets handlers under way come to an end; returns when none runs any more and the place is written down.
  virtual void stop() = 0;
  virtual void fill(MediatorStatus& status) const = 0;
};

}  // namespace freshet::mediators
