// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>

namespace freshet::net {

/// How far a stream has come, for the threads of other loops to look at.
///
/// Thread safety: the stream's loop alone writes, so that a plain load and store do. All of it is relaxed: these are
/// figures to decide by, each good by itself, and nothing else is published through them. They may be old, and the
/// counters then too small: whoever has queued so much sees more waiting than there is.
struct StreamProgress {
  std::atomic<std::uint64_t> sent{0};     ///< bytes given to the kernel
  std::atomic<std::uint64_t> dropped{0};  ///< bytes discarded by drop_queue()
  std::atomic<bool> blocked{false};       ///< whether the socket was full when it was last tried
};

}  // namespace freshet::net
