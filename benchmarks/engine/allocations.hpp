// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace freshet::bench {

/// What operator new gave out and took back so far. The bench replaces it by one that counts, for every contender.
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
