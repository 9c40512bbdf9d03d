// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <thread>

#include "freshet/base/limits.hpp"
#include "freshet/store/postgres/internal/history.hpp"
#include "freshet/store/postgres/internal/session.hpp"
#include "freshet/store/postgres/internal/stop_signal.hpp"
#include "freshet/store/postgres/internal/target.hpp"

namespace freshet::store::postgres {

/// A thread that lets go of what is older than the history is to be: the server's log, by moving the anchor (see
/// log_feed.hpp); the table of changes; the revisions of removed documents. Failing does no harm: more is kept, and it
/// tries again. Several programs may do it at once.
///
/// Lifetime: target and history outlive it.
class HistoryKeeper {
 public:
  struct Rules {
    Bytes log_bytes = 0;
    std::chrono::seconds age{};
    std::size_t removed_max = 0;
    std::chrono::milliseconds connect_timeout{};
  };

  HistoryKeeper(const Target& target, const Rules& rules, const History& history)
      : target_(target), rules_(rules), history_(history), thread_([this] { run(); }) {}
  ~HistoryKeeper() {
    stop_.fire();
    thread_.join();
  }
  HistoryKeeper(const HistoryKeeper&) = delete;
  HistoryKeeper& operator=(const HistoryKeeper&) = delete;

  /// Says that there is an anchor, which has to be looked after more often than the tables.
  void keep_log() { has_anchor_ = true; }

 private:
  void run();
  Result<void> move_anchor(Session& session) const;
  Result<void> forget(Session& session) const;

  const Target& target_;
  const Rules rules_;
  const History& history_;
  std::atomic<bool> has_anchor_ = false;
  StopSignal stop_;
  std::thread thread_;
};

}  // namespace freshet::store::postgres
