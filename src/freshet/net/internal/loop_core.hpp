// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "freshet/base/clock.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/timer_queue.hpp"
#include "freshet/net/loop.hpp"

namespace freshet::net {

/// A loop that goes along with another: it has a thread of its own while that one runs, and is polled where that one is
/// polled, so that a test has all of them in its hands.
class FollowingLoop {
 public:
  /// Runs one turn without waiting; returns whether anything ran. Requires: not started.
  virtual bool poll() = 0;
  /// Errors: throws std::system_error if there is no thread to be had.
  virtual void start() = 0;
  /// Ends the thread after its current turn, if there is one.
  virtual void halt() = 0;

 protected:
  FollowingLoop() = default;
  FollowingLoop(const FollowingLoop&) = delete;
  FollowingLoop& operator=(const FollowingLoop&) = delete;
  ~FollowingLoop() = default;
};

/// The insides of a Loop: an io_context, run in turns.
class LoopCore {
 public:
  explicit LoopCore(const Clock& clock);
  ~LoopCore();
  LoopCore(const LoopCore&) = delete;
  LoopCore& operator=(const LoopCore&) = delete;

  asio::io_context& context() { return context_; }
  const Clock& clock() const { return clock_; }
  SteadyTime now() const { return clock_.steady_now(); }

  void run();
  void stop();
  /// A turn of this loop alone.
  bool turn(bool may_wait);
  /// A turn without waiting, of this loop and those that follow it.
  bool poll();
  /// Requires: `loop` outlives this one, or is removed before it goes.
  void add_follower(FollowingLoop& loop);
  /// Halts it.
  void remove_follower(FollowingLoop& loop);
  void post(Task task);
  void defer(Task task) { deferred_.push_back(std::move(task)); }
  void on_termination(std::function<void(int)> handler);
  void on_hangup(std::function<void()> handler);
  bool in_loop_thread() const { return thread_.load() == std::this_thread::get_id(); }

  // Shared with the Timer handles alone, and weakly: they may outlive the loop.
  const std::shared_ptr<TimerQueue> timers = std::make_shared<TimerQueue>();

 private:
  void start_followers();
  void halt_followers();
  void arm_wakeup();
  bool run_deferred();
  void wait_for_signal();
  void wait_for_hangup();

  const Clock& clock_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::thread::id> thread_{};
  std::vector<Task> deferred_;
  // Taken turns with deferred_, so that neither allocates in the long run.
  std::vector<Task> running_;
  std::vector<FollowingLoop*> followers_;
  bool followers_started_ = false;
  std::function<void(int)> on_termination_;
  std::function<void()> on_hangup_;

  // Last, so that what its handlers own goes first.
  asio::io_context context_{1};
  asio::executor_work_guard<Executor> work_{context_.get_executor()};
  asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor> wakeup_{
      context_.get_executor()};
  std::optional<SteadyTime> wakeup_due_;
  std::optional<asio::basic_signal_set<Executor>> signals_;
  std::optional<asio::basic_signal_set<Executor>> hangups_;
};

}  // namespace freshet::net
