// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <unordered_map>
#include <utility>

#include "freshet/base/timers.hpp"
#include "freshet/net/loop.hpp"

namespace freshet::service {

/// The loop's timers, for a graph, which knows no loops.
class LoopTimers final : public Timers {
 public:
  /// Requires: `loop` outlives the timers.
  explicit LoopTimers(net::Loop& loop) : loop_(loop) {}

  Id schedule(std::chrono::nanoseconds delay, std::function<void()> function) override {
    const Id id = ++last_id_;
    const auto call = [this, id, function = std::move(function)] {
      pending_.erase(id);
      function();
    };
    pending_.emplace(id, loop_.after(delay, call));
    return id;
  }
  void cancel(Id id) override { pending_.erase(id); }

 private:
  net::Loop& loop_;
  std::unordered_map<Id, net::Timer> pending_;
  Id last_id_ = 0;
};

}  // namespace freshet::service
