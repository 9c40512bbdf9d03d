// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "freshet/base/clock.hpp"

namespace freshet::store {

/// Calls functions a little later, on a thread that is started with the first one.
///
/// What has not been called when this is destroyed is called then, at once.
/// Thread safety: may be used from any thread; may be destroyed by a function that it calls.
class DelayedCalls {
 public:
  DelayedCalls() = default;
  DelayedCalls(const DelayedCalls&) = delete;
  DelayedCalls& operator=(const DelayedCalls&) = delete;
  ~DelayedCalls();

  /// False, and nothing will be called, if too many wait.
  bool add(std::chrono::nanoseconds delay, std::function<void()> function);

 private:
  static constexpr std::size_t kWaitingMax = 10'000;

  struct State;
  std::shared_ptr<State> state_;  // owners: this and its thread
  std::mutex mutex_;              // of state_ and thread_
  std::thread thread_;
};

}  // namespace freshet::store
