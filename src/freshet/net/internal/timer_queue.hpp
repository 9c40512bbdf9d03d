// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>

#include "freshet/base/clock.hpp"

namespace freshet::net {

/// The pending timers of a loop, in the order in which they are due: no sockets, no clock of its own.
class TimerQueue {
 public:
  using Task = std::function<void()>;

  /// Adds a call at `due`, and again every `period` if that is not zero. Returns its id, never 0.
  std::uint64_t add(SteadyTime due, std::chrono::nanoseconds period, Task task);
  void cancel(std::uint64_t id);
  bool pending(std::uint64_t id) const { return due_of_.contains(id); }
  std::optional<SteadyTime> next_due() const;
  /// Runs all calls that are due at `now`, each once, earliest first; returns how many. Calls may add and cancel; what
  /// they add runs the next time.
  std::size_t run_due(SteadyTime now);
  void clear();

 private:
  struct Entry {
    std::chrono::nanoseconds period;
    Task task;
  };
  using Key = std::pair<SteadyTime, std::uint64_t>;

  std::map<Key, std::shared_ptr<Entry>> entries_;
  std::unordered_map<std::uint64_t, SteadyTime> due_of_;
  std::uint64_t last_id_ = 0;
};

}  // namespace freshet::net
