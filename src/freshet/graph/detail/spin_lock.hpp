// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <thread>

namespace freshet::detail {

/// A lock for the rare case that two nodes, updated side by side, both find something of their common source not made
/// yet. One byte, zero when free; for std::lock_guard.
class SpinLock {
 public:
  void lock() {
    while (taken_.exchange(true, std::memory_order_acquire)) std::this_thread::yield();
  }
  void unlock() { taken_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> taken_{false};
};

}  // namespace freshet::detail
