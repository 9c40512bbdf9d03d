// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/lanes.hpp"

#include <utility>

#include "freshet/base/assert.hpp"

namespace freshet::mediators {

Lanes::Lanes(std::size_t threads, std::size_t jobs_max) : jobs_max_(jobs_max) {
  FRESHET_ASSERT(threads >= 1);
  FRESHET_ASSERT(jobs_max >= 1);
  threads_.reserve(threads);
  for (std::size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

Lanes::~Lanes() { stop(); }

bool Lanes::post(const std::string& key, Job job) {
  std::unique_lock lock(mutex_);
  space_.wait(lock, [&] { return stopping_ || jobs_ < jobs_max_; });
  if (stopping_) return false;
  Lane& lane = lanes_[key];
  lane.push_back(std::move(job));
  ++jobs_;
  if (lane.size() == 1) {
    ready_.push_back(key);
    work_waits_.notify_one();
  }
  return true;
}

bool Lanes::drain() {
  std::unique_lock lock(mutex_);
  space_.wait(lock, [&] { return stopping_ || jobs_ == 0; });
  return jobs_ == 0;
}

void Lanes::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopping_ = true;
  }
  work_waits_.notify_all();
  space_.notify_all();
  const std::scoped_lock lock(joining_);
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

std::size_t Lanes::size() const {
  const std::scoped_lock lock(mutex_);
  return jobs_;
}

void Lanes::work() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    wake_delayed();
    if (!ready_.empty()) {
      run_one(lock);
    } else if (!delayed_.empty()) {
      const Time next = delayed_.begin()->first;  // a copy: the entry may go while this waits
      work_waits_.wait_until(lock, next);
    } else {
      work_waits_.wait(lock);
    }
  }
}

void Lanes::wake_delayed() {
  const Time now = std::chrono::steady_clock::now();
  while (!delayed_.empty() && delayed_.begin()->first <= now) {
    ready_.push_back(std::move(delayed_.begin()->second));
    delayed_.erase(delayed_.begin());
    work_waits_.notify_one();
  }
}

void Lanes::run_one(std::unique_lock<std::mutex>& lock) {
  const std::string key = std::move(ready_.front());
  ready_.pop_front();
  Job& job = lanes_.find(key)->second.front();  // stays where it is while others are added behind it
  lock.unlock();
  const auto again = job();
  lock.lock();
  if (!again) return finish(key);
  delayed_.emplace(std::chrono::steady_clock::now() + *again, key);
  work_waits_.notify_one();  // somebody who waits for longer than that
}

void Lanes::finish(const std::string& key) {
  const auto lane = lanes_.find(key);
  lane->second.pop_front();
  --jobs_;
  space_.notify_all();
  if (lane->second.empty()) {
    lanes_.erase(lane);
  } else {
    ready_.push_back(key);
    work_waits_.notify_one();
  }
}

}  // namespace freshet::mediators
