// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <unordered_map>
#include <vector>

#include "freshet/base/inbox.hpp"
#include "freshet/base/timers.hpp"
#include "freshet/graph/async_options.hpp"
#include "freshet/graph/detail/segments.hpp"

namespace freshet::detail {

class Core;

/// One call of an asynchronous mapper, without its types.
class AsyncCall {
 public:
  AsyncCall() = default;
  AsyncCall(const AsyncCall&) = delete;
  AsyncCall& operator=(const AsyncCall&) = delete;
  virtual ~AsyncCall() = default;

  /// Nobody wants the answer any more. True if there will be none: the call ended with this.
  virtual bool cancel() = 0;
  /// Answers in the place of a function that takes too long.
  virtual void expire() = 0;

  Slot row() const { return row_; }

 private:
  friend class AsyncCalls;

  Slot row_ = kNoSlot;
  std::uint64_t number_ = 0;  // of the request that it answers
  Timers::Id timer_ = 0;
  std::size_t place_ = 0;  // among those under way
};

/// Which rows of an asynchronous mapper wait for a call, are being called, or will be tried again.
///
/// Knows slots, times and limits, but no values: what a row is now is looked up when its turn comes. It is told of
/// commits when they are complete, so there is nothing to roll back.
///
/// Invariants: 1. a slot is in the queue at most once; 2. at most concurrent_max calls are under way, counting those
/// whose answer nobody wants any more, until they end or their time is up.
///
/// Thread safety: belongs to the loop's thread.
class AsyncCalls {
 public:
  /// Makes a call for the row and starts it.
  using Begin = std::function<std::shared_ptr<AsyncCall>(Slot row)>;
  /// Says, from a timer, that start() should be called.
  using Due = std::function<void()>;

  /// Errors: throws Failure if the options need timers and there are none, or make no sense.
  AsyncCalls(const AsyncOptions& options, Core& core, Begin begin, Due due);
  ~AsyncCalls();

  /// How many more rows may be wanted now.
  std::size_t room() const;
  /// The row has a new value: what was asked before is void.
  void want(Slot row);
  /// The row is gone, or has its answer.
  void forget(Slot row);
  /// The row's attempt failed: another one, when its time has come.
  void retry(Slot row);
  /// Gives back the place of a call that has been answered.
  void ended(AsyncCall& call);
  /// Whether the row still waits for this call.
  bool awaits(const AsyncCall& call) const;
  /// Starts calls while there are places and rows that wait.
  void start();

  std::size_t bytes() const;

 private:
  struct Request {
    std::uint64_t number = 0;
    int attempts = 0;
    std::shared_ptr<AsyncCall> call;
    Timers::Id retry_timer = 0;
  };

  void enqueue(Slot row);
  void begin(Slot row, Request& request);
  void withdraw(Request& request);
  void cancel_timer(Timers::Id& id);
  Timers::Id schedule(std::chrono::nanoseconds delay, std::function<void()> function);
  std::chrono::nanoseconds retry_delay(int attempts) const;

  const AsyncOptions options_;
  std::shared_ptr<Inbox> inbox_;  // shared with the graph; once it is closed, the timers may be gone
  Timers* timers_;
  Begin begin_;
  Due due_;

  std::unordered_map<Slot, Request> requests_;
  std::deque<Slot> queue_;
  SlotBits queued_;
  std::vector<std::shared_ptr<AsyncCall>> under_way_;
  std::uint64_t last_number_ = 0;
  bool starting_ = false;
  std::shared_ptr<AsyncCalls*> alive_;  // timers that outlive this hold it weakly
};

/// Throws Failure if the options make no sense, or need timers that the graph does not have.
void check_options(const AsyncOptions& options, const Core& core);

}  // namespace freshet::detail
