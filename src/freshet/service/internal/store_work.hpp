// SPDX-License-Identifier: MIT
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

#include "freshet/net/loop.hpp"

namespace freshet::service {

/// Counts what a store was asked to do and has yet to answer, so that nothing is gone when the answer comes.
///
/// Thread safety: begin() and close() belong to the loop; end() may be called from any thread.
class StoreWork {
 public:
  explicit StoreWork(net::Loop& loop) : loop_(loop) {}

  /// False, and nothing counted, if it is closed: then do not ask.
  bool begin();
  /// The store has done it: runs `then` on the loop, unless all is over.
  void end(net::Task then);
  /// Waits for what is under way, and drops what would have followed.
  void close();

 private:
  net::Loop& loop_;
  std::mutex mutex_;
  std::condition_variable idle_;
  // Protected by mutex_.
  std::size_t under_way_ = 0;
  bool closed_ = false;
};

}  // namespace freshet::service
