// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>

#include "freshet/base/clock.hpp"
#include "freshet/service/mediators/definition.hpp"
#include "freshet/service/mediators/internal/records.hpp"

namespace freshet::mediators {

/// What is done with a task within one transaction: the handler, its effects and the mark; or its end.
///
/// Thread safety: may be used from any thread.
class TaskCall {
 public:
  /// What became of one call.
  enum class Outcome : std::uint8_t {
    done,
    lost,       ///< Somebody else has it, or it is not to be done any more.
    postponed,  ///< The document is not what the task says; an event about that is on its way.
  };

  /// Requires: both outlive this.
  TaskCall(const Definition& definition, const Clock& clock) : definition_(definition), clock_(clock) {}

  Result<Outcome> run(store::BackendTransaction& transaction, const Task& task) const;

  /// Tries the task no more. `tells`: the one who asked is told, where the definition has somebody told; else there is
  /// a dead letter. Nothing happens if the task is not as it was any more.
  Result<void> give_up(store::BackendTransaction& transaction, Task task, const Error& error, bool tells) const;

  /// Whether the task is still what it was when it was claimed; reads it again.
  static Result<bool> is_same(store::BackendTransaction& transaction, const Task& task);

 private:
  Result<std::optional<RowEvent>> event_for(store::BackendTransaction& transaction, const Task& task) const;
  Result<void> finish(store::BackendTransaction& transaction, Task task, const RowEvent& event) const;
  Result<RowEvent> event_of(store::BackendTransaction& transaction, const Task& task) const;
  Result<void> tell(store::BackendTransaction& transaction, Task& task, const RowEvent& event,
                    const Error& error) const;

  const Definition& definition_;
  const Clock& clock_;
};

}  // namespace freshet::mediators
