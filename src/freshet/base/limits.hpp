// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

namespace freshet {

/// A number of bytes, as limits and counters give it.
using Bytes = std::size_t;

/// `kib(64)`: 64 times 1024 bytes.
constexpr Bytes kib(Bytes count) { return count << 10U; }

/// `mib(8)`: 8 times 1024 times 1024 bytes.
constexpr Bytes mib(Bytes count) { return count << 20U; }

/// How deep documents may nest anywhere: no reader, writer or check recurses further.
inline constexpr std::size_t kNestingDepthMax = 64;

}  // namespace freshet
