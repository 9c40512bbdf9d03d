// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/store/backend.hpp"

namespace freshet::store::postgres {

/// A transaction that somebody wants, and who is to be told of its end.
struct Request {
  TransactionBody body;
  TransactionEnd end;
  SteadyTime since = std::chrono::steady_clock::now();
  /// How often a connection was lost while it ran.
  int losses = 0;
};

/// The transactions that wait for a connection. Bounded.
///
/// Thread safety: may be used from any thread.
class Requests {
 public:
  explicit Requests(std::size_t waiting_max) : waiting_max_(waiting_max) {}

  /// Tells `end` at once, on this thread, where too many wait or the store closes.
  void push(TransactionBody body, TransactionEnd end);

  /// The next ones, at most `count`; waits for the first. Empty once closed.
  std::vector<Request> take(std::size_t count);
  /// The same, but without waiting.
  std::vector<Request> take_more(std::size_t count);
  /// Those that have waited since before `time`.
  std::vector<Request> take_older(SteadyTime time);

  /// Nothing is taken any more; whoever waits is told.
  void close();

 private:
  std::vector<Request> take_locked(std::size_t count);

  std::size_t waiting_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> waiting_;  // protected by mutex_
  bool is_closed_ = false;       // protected by mutex_
};

}  // namespace freshet::store::postgres
