// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace freshet::bench {

/// Calls of operator new so far. The bench replaces it by one that counts; the cost is one addition, for every
/// contender.
///
/// Thread safety: none; the engine bench has one thread.
std::uint64_t allocation_count();

/// Heap memory that is in use now, as the allocator knows it. Units: bytes.
std::int64_t heap_bytes();

}  // namespace freshet::bench
