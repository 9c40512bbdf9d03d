// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "freshet/base/clock.hpp"
#include "freshet/service/mediators/internal/records.hpp"
#include "freshet/service/mediators/internal/source.hpp"
#include "freshet/service/mediators/trigger.hpp"

namespace freshet::mediators {

/// The triggers that a mediator has handlers for.
class TriggerSet {
 public:
  void add(Trigger trigger) { has_[static_cast<std::size_t>(trigger)] = true; }
  bool has(Trigger trigger) const { return has_[static_cast<std::size_t>(trigger)]; }

 private:
  std::array<bool, kTriggers.size()> has_{};
};

/// What is to be done with a document after one more event of it.
///
/// A task is about a document, not about a version: what happens to a document while its task waits becomes part of
/// the task, and a document that goes before it was ever handled leaves nothing to do. A version that was handled
/// already is none again.
///
/// `known` is the mark of the document, empty if there is none; `now` is when a task that is made is due.
/// Returns the mark as it is to be; empty if there is none to be kept.
std::optional<Task> merge(std::optional<Task> known, const RowEvent& event, const TriggerSet& handled, Timestamp now);

}  // namespace freshet::mediators
