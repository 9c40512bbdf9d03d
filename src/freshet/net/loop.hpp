// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

namespace freshet {
class Clock;
}

namespace freshet::net {

class LoopCore;
class TimerQueue;

using Task = std::function<void()>;

/// A pending call of Loop::after() or Loop::every(); it is cancelled when this object goes.
///
/// Lifetime: may outlive its Loop. Thread safety: belongs to the loop.
class Timer {
 public:
  Timer() = default;
  Timer(Timer&& other) noexcept;
  Timer& operator=(Timer&& other) noexcept;
  ~Timer() { cancel(); }

  void cancel();
  /// Whether a call is still to come.
  bool pending() const;

 private:
  friend class Loop;
  Timer(std::weak_ptr<TimerQueue> queue, std::uint64_t id);

  std::weak_ptr<TimerQueue> queue_;
  std::uint64_t id_ = 0;
};

/// One thread's event loop: sockets, timers, work posted from other threads, signals.
///
/// The loop runs in turns. A turn waits until something is ready, runs what is ready (events of sockets, posted tasks,
/// due timers) and ends with the deferred tasks. Output streams flush at the end of the turn, so all that is written to
/// a stream in one turn leaves in one system call.
///
/// Time comes from the Clock. On a simulated clock a test moves the clock and calls poll(): due timers then run, and
/// nothing ever sleeps.
///
/// Thread safety: post() and stop() from any thread; everything else from the thread that runs the loop, or before it
/// runs. A task that throws ends run() or poll() with that exception: user callbacks are guarded where they are called.
/// Lifetime: everything made from the loop (servers, streams) ends before it; timers may outlive it.
class Loop {
 public:
  /// Runs on the system's clock.
  Loop();
  /// Requires: `clock` outlives the loop.
  explicit Loop(const Clock& clock);
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Runs turns until stop(). May be called again afterwards.
  void run();
  /// Ends run() after the current turn; called before run(), it ends the first turn.
  void stop();
  /// Runs one turn without waiting; returns whether anything ran. What has threads of its own while the loop runs, the
  /// I/O loops of a server (ServerOptions::io_loops), takes its turn here as well, in the calling thread.
  bool poll();

  /// Runs `task` in a coming turn. The only way into the loop from another thread.
  void post(Task task);
  /// Runs `task` once at the end of this turn. What is deferred by a deferred task runs at the end of the next turn,
  /// which then does not wait.
  void defer(Task task);

  /// Runs `task` once, `delay` from now.
  [[nodiscard]] Timer after(std::chrono::nanoseconds delay, Task task);
  /// Runs `task` every `period`, first one period from now. Periods missed while the loop was busy are skipped.
  /// Requires: period > 0.
  [[nodiscard]] Timer every(std::chrono::nanoseconds period, Task task);

  /// Calls `handler` in the loop for each SIGINT and SIGTERM, which then no longer end the process. An empty handler
  /// restores the default. One loop of a process at a time.
  void on_termination(std::function<void(int signal)> handler);
  /// The same for SIGHUP, by which an operator asks to read configuration and certificates again.
  void on_hangup(std::function<void()> handler);

  const Clock& clock() const;
  /// True in the thread that is inside run() or poll().
  bool in_loop_thread() const;

  /// The insides, for net's own sources.
  LoopCore& core() { return *core_; }

 private:
  std::unique_ptr<LoopCore> core_;
};

}  // namespace freshet::net
