// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/stream/options.hpp"

namespace freshet::stream {

/// Measures how long it takes from a commit until its events were written to the clients' sockets, as far as those took
/// them: once for each turn of the loop, from the first commit in it.
///
/// Thread safety: belongs to the loop. Cost: one deferred task for each turn with events.
class DeliveryTimer {
 public:
  DeliveryTimer(net::Loop& loop, StreamStats& stats) : loop_(loop), state_(std::make_shared<State>(State{&stats})) {}
  DeliveryTimer(const DeliveryTimer&) = delete;
  DeliveryTimer& operator=(const DeliveryTimer&) = delete;
  ~DeliveryTimer() { state_->stats = nullptr; }

  /// An event of a commit that was told of at `begun` was handed to its sessions. To be called after that: the streams'
  /// flush, which that asked for, then comes before what is deferred here.
  void published(SteadyTime begun) {
    if (std::exchange(state_->pending, true)) return;
    loop_.defer([begun, state = state_, &clock = loop_.clock()] {
      state->pending = false;
      if (state->stats != nullptr) state->stats->delivery_times.observe(clock.steady_now() - begun);
    });
  }

 private:
  struct State {
    StreamStats* stats;  // null once the timer is gone
    bool pending = false;
  };

  net::Loop& loop_;
  const std::shared_ptr<State> state_;  // owners: this, and the deferred task
};

}  // namespace freshet::stream
