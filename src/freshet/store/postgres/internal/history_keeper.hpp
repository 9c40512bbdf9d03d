// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <thread>

#include "freshet/base/limits.hpp"
#include "freshet/store/postgres/internal/stop_signal.hpp"
#include "freshet/store/postgres/internal/target.hpp"

namespace freshet::store::postgres {

/// A thread that lets the server give up the part of its log that is older than the history is to be, by moving the
/// anchor (see log_feed.hpp). Failing does no harm: more is kept, and it tries again.
///
/// Lifetime: the target outlives it.
class HistoryKeeper {
 public:
  HistoryKeeper(const Target& target, Bytes history_bytes, std::chrono::milliseconds connect_timeout)
      : target_(target), history_bytes_(history_bytes), connect_timeout_(connect_timeout), thread_([this] { run(); }) {}
  ~HistoryKeeper() {
    stop_.fire();
    thread_.join();
  }
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;

 private:
  void run();

  const Target& target_;
  Bytes history_bytes_;
  std::chrono::milliseconds connect_timeout_;
  StopSignal stop_;
  std::thread thread_;
};

}  // namespace freshet::store::postgres
