// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/workers.hpp"

namespace freshet::detail {

Workers::Workers(std::size_t count) {
  threads_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) threads_.emplace_back([this] { help(); });
}

Workers::~Workers() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  work_waits_.notify_all();
  for (std::thread& thread : threads_) thread.join();
}

void Workers::run(std::size_t count, const std::function<void(std::size_t)>& work) {
  std::unique_lock lock(mutex_);
  work_ = &work;
  next_ = 0;
  count_ = count;
  work_waits_.notify_all();
  work_off(lock);
  all_done_.wait(lock, [this] { return under_way_ == 0; });
  work_ = nullptr;
}

void Workers::help() {
  std::unique_lock lock(mutex_);
  while (true) {
    work_waits_.wait(lock, [this] { return ending_ || (work_ != nullptr && next_ < count_); });
    if (ending_) return;
    work_off(lock);
  }
}

void Workers::work_off(std::unique_lock<std::mutex>& lock) {
  while (next_ < count_) {
    const std::size_t mine = next_++;
    ++under_way_;
    lock.unlock();
    (*work_)(mine);
    lock.lock();
    if (--under_way_ == 0 && next_ == count_) all_done_.notify_one();
  }
}

}  // namespace freshet::detail
