// SPDX-License-Identifier: MIT
#include "freshet/net/loop.hpp"

#include <csignal>
#include <utility>

#include <boost/asio/post.hpp>

#include "freshet/base/assert.hpp"
#include "freshet/net/internal/loop_core.hpp"

namespace freshet::net {
namespace {

// Bounds a turn: under constant load the deferred tasks and timers still get their turn.
constexpr int kHandlersPerTurn = 256;

}  // namespace

LoopCore::LoopCore(const Clock& clock) : clock_(clock) {}

LoopCore::~LoopCore() {
  // Tasks may own sockets, which must go before the context.
  timers->clear();
  deferred_.clear();
  running_.clear();
}

void LoopCore::run() {
  struct Followers {
    explicit Followers(LoopCore& core) : core_(core) {}
    Followers(const Followers&) = delete;
    Followers& operator=(const Followers&) = delete;
    // Also where a task throws.
    ~Followers() { core_.halt_followers(); }
    LoopCore& core_;
  };
  const Followers followers(*this);
  start_followers();
  do {
    turn(true);
  } while (!stopping_.exchange(false));
}

void LoopCore::start_followers() {
  followers_started_ = true;
  for (FollowingLoop* follower : followers_) follower->start();
}

void LoopCore::halt_followers() {
  followers_started_ = false;
  for (FollowingLoop* follower : followers_) follower->halt();
}

void LoopCore::add_follower(FollowingLoop& loop) {
  followers_.push_back(&loop);
  if (followers_started_) loop.start();
}

void LoopCore::remove_follower(FollowingLoop& loop) {
  std::erase(followers_, &loop);
  loop.halt();
}

bool LoopCore::poll() {
  bool ran = turn(false);
  for (FollowingLoop* follower : followers_) ran = follower->poll() || ran;
  return ran;
}

void LoopCore::stop() {
  stopping_ = true;
  post([] {});
}

void LoopCore::post(Task task) { asio::post(context_, std::move(task)); }

bool LoopCore::turn(bool may_wait) {
  thread_ = std::this_thread::get_id();
  bool ran = false;
  if (may_wait && deferred_.empty()) {
    arm_wakeup();
    ran = context_.run_one() > 0;
  }
  for (int count = 0; count < kHandlersPerTurn && context_.poll_one() > 0; ++count) ran = true;
  if (timers->run_due(now()) > 0) ran = true;
  if (run_deferred()) ran = true;
  thread_ = std::thread::id();
  return ran;
}

void LoopCore::arm_wakeup() {
  const std::optional<SteadyTime> due = timers->next_due();
  if (!due || due == wakeup_due_) return;
  wakeup_due_ = due;
  wakeup_.expires_after(*due - now());
  wakeup_.async_wait([this](error_code error) {
    if (!error) wakeup_due_.reset();
  });
}

bool LoopCore::run_deferred() {
  if (deferred_.empty()) return false;
  running_.swap(deferred_);
  for (Task& task : running_) task();
  running_.clear();
  return true;
}

void LoopCore::on_termination(std::function<void(int)> handler) {
  on_termination_ = std::move(handler);
  signals_.reset();
  if (!on_termination_) return;
  signals_.emplace(context_.get_executor(), SIGINT, SIGTERM);
  wait_for_signal();
}

void LoopCore::wait_for_signal() {
  signals_->async_wait([this](error_code error, int signal) {
    if (error) return;
    wait_for_signal();
    // A copy: the handler may replace itself.
    const auto handler = on_termination_;
    handler(signal);
  });
}

void LoopCore::on_hangup(std::function<void()> handler) {
  on_hangup_ = std::move(handler);
  hangups_.reset();
  if (!on_hangup_) return;
  hangups_.emplace(context_.get_executor(), SIGHUP);
  wait_for_hangup();
}

void LoopCore::wait_for_hangup() {
  hangups_->async_wait([this](error_code error, int /*signal*/) {
    if (error) return;
    wait_for_hangup();
    // A copy: the handler may replace itself.
    const auto handler = on_hangup_;
    handler();
  });
}

Timer::Timer(std::weak_ptr<TimerQueue> queue, std::uint64_t id) : queue_(std::move(queue)), id_(id) {}

Timer::Timer(Timer&& other) noexcept : queue_(std::move(other.queue_)), id_(std::exchange(other.id_, 0)) {}

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this == &other) return *this;
  cancel();
  queue_ = std::move(other.queue_);
  id_ = std::exchange(other.id_, 0);
  return *this;
}

void Timer::cancel() {
  if (const auto queue = queue_.lock(); queue != nullptr) queue->cancel(id_);
  queue_.reset();
}

bool Timer::pending() const {
  const auto queue = queue_.lock();
  return queue != nullptr && queue->pending(id_);
}

namespace {

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace

Loop::Loop() : Loop(system_clock()) {}
Loop::Loop(const Clock& clock) : core_(std::make_unique<LoopCore>(clock)) {}
Loop::~Loop() = default;

void Loop::run() { core_->run(); }
void Loop::stop() { core_->stop(); }
bool Loop::poll() { return core_->poll(); }
void Loop::post(Task task) { core_->post(std::move(task)); }
void Loop::defer(Task task) { core_->defer(std::move(task)); }
void Loop::on_termination(std::function<void(int)> handler) { core_->on_termination(std::move(handler)); }
void Loop::on_hangup(std::function<void()> handler) { core_->on_hangup(std::move(handler)); }
const Clock& Loop::clock() const { return core_->clock(); }
bool Loop::in_loop_thread() const { return core_->in_loop_thread(); }

Timer Loop::after(std::chrono::nanoseconds delay, Task task) {
  return {core_->timers, core_->timers->add(core_->now() + delay, {}, std::move(task))};
}

Timer Loop::every(std::chrono::nanoseconds period, Task task) {
  FRESHET_ASSERT(period.count() > 0);
  return {core_->timers, core_->timers->add(core_->now() + period, period, std::move(task))};
}

}  // namespace freshet::net
