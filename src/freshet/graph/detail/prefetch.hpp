// SPDX-License-Identifier: MIT
#pragma once

namespace freshet::detail {

/// Begins to bring the memory at `address` near, for an access that follows. The address need not be valid.
///
/// The empty statement behind it keeps GCC from taking a function that does nothing but prefetch for one without
/// effect, and its calls for dead code: without it, what nodes prefetch through their sources' functions vanished (GCC
/// 12 -O2).
inline void prefetch_address(const void* address) {
  __builtin_prefetch(address);
  asm volatile("" : : "r"(address));
}

}  // namespace freshet::detail
