// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/service/mediators/options.hpp"
#include "freshet/service/mediators/row_event.hpp"
#include "freshet/service/mediators/status.hpp"
#include "freshet/service/mediators/trigger.hpp"
#include "freshet/store/backend.hpp"
#include "freshet/store/query.hpp"

namespace freshet::mediators {

/// One call of a handler.
struct Call {
  const RowEvent& event;
  /// The transaction that the call is part of; null in the modes that have none.
  store::BackendTransaction* transaction = nullptr;
  /// From 1.
  std::size_t attempt = 1;
};

/// What is done with an event, sinks included. May throw.
using Handler = std::function<Result<void>(const Call&)>;

/// What becomes of the document of a task that is done.
enum class Finish : std::uint8_t {
  mark,    ///< It stays; that it was done is written down beside it.
  remove,  ///< It is removed, if it is still the version that was handled.
};

/// A mediator as a run-time value: what both faces come down to.
struct Definition {
  std::string name;
  std::string doc = {};
  MediatorMode mode = MediatorMode::query;
  /// What is followed: conditions only.
  store::Query source = {};
  /// By trigger; empty where there is none.
  std::array<Handler, kTriggers.size()> handlers = {};
  /// Called around every handler: before in order, after in the reverse order. An error is the call's error.
  std::vector<Handler> before_call = {};
  std::vector<Handler> after_call = {};
  Finish finish = Finish::mark;
  /// Called instead of keeping a dead letter, in the transaction that gives the document up, which is at hand as it is:
  /// for writing the error where the one who asked can see it.
  std::function<Result<void>(const Call&, const Error&)> on_failed = {};
  /// Whether an error of a task is one that no further attempt heals: it is given up at once then. Empty: none is.
  std::function<bool(const Error&)> is_final = {};
  /// Says what else there is to say of the mediator. Called from any thread.
  std::function<void(MediatorStatus&)> fill = {};
  MediatorOptions options = {};

  Handler& handler(Trigger trigger) { return handlers[static_cast<std::size_t>(trigger)]; }
  const Handler& handler(Trigger trigger) const { return handlers[static_cast<std::size_t>(trigger)]; }
};

/// Calls the handler for an event and what is around it; does nothing if there is none. What is thrown becomes an
/// error.
Result<void> call(const Definition& definition, const Call& call);

}  // namespace freshet::mediators
