// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace freshet::detail {

/// A few threads that help one thread with work that can be done side by side.
///
/// Made for a handful of large pieces of work, such as the nodes of one height in a large commit: pieces are handed out
/// one by one under a lock, so that a long one does not hold up the others.
///
/// Thread safety: run() is called by one thread at a time.
class Workers {
 public:
  /// `count` threads besides the one that calls run().
  explicit Workers(std::size_t count);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers();

  std::size_t count() const { return threads_.size(); }

  /// Calls `work(i)` for each i below `count`, here and on the workers; returns when all calls have. Requires: `work`
  /// throws nothing.
  void run(std::size_t count, const std::function<void(std::size_t)>& work);

 private:
  void help();
  /// Does pieces until none is left to begin. Requires: the lock is held.
  void work_off(std::unique_lock<std::mutex>& lock);

  std::mutex mutex_;
  std::condition_variable work_waits_;
  std::condition_variable all_done_;

  // Changed under mutex_.
  const std::function<void(std::size_t)>* work_ = nullptr;
  std::size_t next_ = 0;
  std::size_t count_ = 0;
  std::size_t under_way_ = 0;
  bool ending_ = false;

  std::vector<std::thread> threads_;
};

}  // namespace freshet::detail
