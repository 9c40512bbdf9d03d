// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace freshet::detail {

/// Zeroed memory for arrays that are read at random.
///
/// From some megabytes on it asks the system for huge pages: with a million rows nearly every access would otherwise
/// miss the processor's table of pages as well as its caches (docs/benchmarks.md). Pages that are never touched are not
/// resident. Alignment: that of std::max_align_t. Errors: throws std::bad_alloc.
void* allocate_zeroed(std::size_t bytes);
/// Requires: `memory` is null or came from allocate_zeroed(bytes).
void free_zeroed(void* memory, std::size_t bytes);

}  // namespace freshet::detail
