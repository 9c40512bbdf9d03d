// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet {

/// The number of a commit: the first is 1, and each has the next.
using Version = std::uint64_t;

namespace detail {

/// What a node has done since it was made. Work, not time: tests assert these.
struct NodeCounters {
  std::uint64_t calls = 0;     // of the user's function
  std::uint64_t changes = 0;   // rows that changed
  std::uint64_t failures = 0;  // errors that the user's function raised
};

}  // namespace detail

/// Sums over a graph's life, for metrics and tests.
struct GraphStats {
  Version version = 0;
  std::size_t node_count = 0;
  std::size_t row_count = 0;
  std::size_t bytes = 0;
  std::size_t posted_waiting = 0;
  std::uint64_t commits = 0;
  std::uint64_t refused = 0;
  std::uint64_t posted_refused = 0;  // post() beyond the limit
  std::uint64_t mapper_calls = 0;
  std::uint64_t rows_changed = 0;
  std::uint64_t mapper_failures = 0;
  std::uint64_t callback_failures = 0;  // exceptions that subscribers threw; the other subscribers were served
};

}  // namespace freshet
