// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/service/mediators/status.hpp"

namespace freshet::mediators {

/// What a mediator counts. Thread safety: from any thread.
class Counters {
 public:
  void processed() { ++processed_; }
  void retried(const Error& error) {
    ++retried_;
    trouble(error);
  }
  void dead(const Error& error) {
    ++dead_;
    trouble(error);
  }
  void trouble(const Error& error) {
    const std::scoped_lock lock(mutex_);
    last_error_ = to_string(error);
  }
  void state(MediatorStatus::State state) { state_ = state; }

  void fill(MediatorStatus& status) const {
    status.state = state_;
    status.processed = processed_;
    status.retried = retried_;
    status.dead = dead_;
    const std::scoped_lock lock(mutex_);
    status.last_error = last_error_;
  }

 private:
  std::atomic<MediatorStatus::State> state_ = MediatorStatus::State::stopped;
  std::atomic<std::int64_t> processed_ = 0;
  std::atomic<std::int64_t> retried_ = 0;
  std::atomic<std::int64_t> dead_ = 0;
  mutable std::mutex mutex_;
  std::string last_error_;  // changed under mutex_
};

}  // namespace freshet::mediators
