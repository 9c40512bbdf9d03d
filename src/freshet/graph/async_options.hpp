// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <limits>

namespace freshet {

/// How an asynchronous mapper is called. Equal options are part of what makes equal views one.
struct AsyncOptions {
  /// Calls under way at one time, over all rows of the view; further ones wait in the order in which they came.
  std::size_t concurrent_max = 16;
  /// What one attempt may take; zero: as long as it likes.
  std::chrono::nanoseconds timeout = std::chrono::seconds(5);
  /// Further attempts after one that failed.
  int retries_max = 2;
  /// From a failure to the first further attempt; doubles with each attempt, up to retry_delay_max.
  std::chrono::nanoseconds retry_delay = std::chrono::milliseconds(100);
  std::chrono::nanoseconds retry_delay_max = std::chrono::seconds(30);
  /// Rows that may wait for their first attempt; those that come when so many do are errors of the view.
  std::size_t waiting_max = std::numeric_limits<std::size_t>::max();
  /// Whether a row that changed keeps its last answer until the new one is there.
  bool keep_old = false;

  bool operator==(const AsyncOptions&) const = default;
};

}  // namespace freshet
