// SPDX-License-Identifier: MIT
#include "freshet/base/timers.hpp"

#include <algorithm>

namespace freshet {

Timers::Id SimulatedTimers::schedule(std::chrono::nanoseconds delay, std::function<void()> function) {
  // The clock counts whole microseconds: a call may come late by less than one, never early.
  const auto due = clock_.steady_now() + std::chrono::ceil<std::chrono::microseconds>(delay);
  calls_.emplace(Place{due, ++last_id_}, std::move(function));
  return last_id_;
}

void SimulatedTimers::cancel(Id id) {
  const auto at = std::find_if(calls_.begin(), calls_.end(), [&](const auto& call) { return call.first.second == id; });
  if (at != calls_.end()) calls_.erase(at);
}

void SimulatedTimers::advance(std::chrono::microseconds step) {
  const SteadyTime end = clock_.steady_now() + step;
  while (!calls_.empty() && calls_.begin()->first.first <= end) {
    const auto call = calls_.extract(calls_.begin());
    const auto wait = call.key().first - clock_.steady_now();
    if (wait.count() > 0) clock_.advance(std::chrono::duration_cast<std::chrono::microseconds>(wait));
    call.mapped()();
  }
  clock_.advance(std::chrono::duration_cast<std::chrono::microseconds>(end - clock_.steady_now()));
}

}  // namespace freshet
