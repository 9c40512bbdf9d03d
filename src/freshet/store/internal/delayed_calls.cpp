// SPDX-License-Identifier: MIT
#include "freshet/store/internal/delayed_calls.hpp"

#include <memory>
#include <utility>

namespace freshet::store {

struct DelayedCalls::State {
  std::mutex mutex;
  std::condition_variable changed;
  std::multimap<SteadyTime, std::function<void()>> calls;
  bool is_ended = false;

  // Calls what is due, and all that is left when this has ended.
  void run() {
    std::unique_lock lock(mutex);
    while (!is_ended || !calls.empty()) {
      if (calls.empty()) {
        changed.wait(lock);
        continue;
      }
      const SteadyTime due = calls.begin()->first;
      if (!is_ended && std::chrono::steady_clock::now() < due) {
        changed.wait_until(lock, due);
        continue;
      }
      auto node = calls.extract(calls.begin());
      lock.unlock();
      node.mapped()();
      node = {};
      lock.lock();
    }
  }
};

DelayedCalls::~DelayedCalls() {
  if (state_ == nullptr) return;
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_ended = true;
  }
  state_->changed.notify_one();
  // The last owner may be a call on the very thread.
  thread_.get_id() == std::this_thread::get_id() ? thread_.detach() : thread_.join();
}

bool DelayedCalls::add(std::chrono::nanoseconds delay, std::function<void()> function) {
  const std::lock_guard lock(mutex_);
  if (state_ == nullptr) {
    state_ = std::make_shared<State>();
    thread_ = std::thread([state = state_] { state->run(); });
  }
  {
    const std::lock_guard state_lock(state_->mutex);
    if (state_->calls.size() >= kWaitingMax) return false;
    state_->calls.emplace(std::chrono::steady_clock::now() + delay, std::move(function));
  }
  state_->changed.notify_one();
  return true;
}

}  // namespace freshet::store
