// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "freshet/model/describe.hpp"
#include "freshet/service/mediators/trigger.hpp"

namespace freshet {

/// What a mediator does in this process, and did since it started.
struct MediatorStatus {
  enum class State : std::uint8_t {
    stopped,
    standby,  ///< Another process follows the source.
    running,
  };

  std::string name;
  std::string doc;
  MediatorMode mode = MediatorMode::query;
  /// What is followed: a collection, or a method and a path.
  std::string source;
  State state = State::stopped;
  /// Events, tasks or requests that were handled to their end.
  std::int64_t processed = 0;
  /// Attempts that failed and were made again.
  std::int64_t retried = 0;
  /// What was given up.
  std::int64_t dead = 0;
  /// What is at hand in this process and not done yet.
  std::int64_t waiting = 0;
  /// For how long the oldest of what is to be done has been waiting, in milliseconds.
  std::int64_t lag_ms = 0;
  /// Mode `document`: documents that were written or removed, and whether they equal the view.
  std::int64_t views_written = 0;
  bool views_settled = false;
  /// The last fault, of a handler or of the store; empty if there was none.
  std::string last_error;
};
constexpr auto describe(of<MediatorStatus::State>) {
  using enum MediatorStatus::State;
  return enumeration<stopped, standby, running>("mediator_state");
}
constexpr auto describe(of<MediatorStatus>) {
  return model("mediator", key<&MediatorStatus::name>(), field<&MediatorStatus::doc>(), field<&MediatorStatus::mode>(),
               field<&MediatorStatus::source>(), field<&MediatorStatus::state>(), field<&MediatorStatus::processed>(),
               field<&MediatorStatus::retried>(), field<&MediatorStatus::dead>(), field<&MediatorStatus::waiting>(),
               field<&MediatorStatus::lag_ms>(), field<&MediatorStatus::views_written>(),
               field<&MediatorStatus::views_settled>(), field<&MediatorStatus::last_error>());
}

}  // namespace freshet
