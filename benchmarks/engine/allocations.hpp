// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace freshet::bench {

/// What the allocator gave out and took back so far, to operator new and to everybody else. The bench puts functions
/// that count before it, for every contender.
///
/// Units: bytes, as the allocator rounds them.
struct Heap {
  std::uint64_t allocations{};
  std::int64_t live_bytes{};
  /// The most that was live since restart_peak().
  std::int64_t peak_bytes{};
};

/// Thread safety: none; the engine bench has one thread.
Heap heap();
void restart_peak();

}  // namespace freshet::bench
