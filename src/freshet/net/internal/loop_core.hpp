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
  bool turn(bool may_wait);
  void post(Task task);
  void defer(Task task) { deferred_.push_back(std::move(task)); }
  void on_termination(std::function<void(int)> handler);
  void on_hangup(std::function<void()> handler);
  bool in_loop_thread() const { return thread_.load() == std::this_thread::get_id(); }

  // Shared with the Timer handles alone, and weakly: they may outlive the loop.
  const std::shared_ptr<TimerQueue> timers = std::make_shared<TimerQueue>();

 private:
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
