// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

namespace freshet::net {

/// When responses are compressed (gzip): those of clients that take it, of a type that is text, neither too short to
/// gain nor so long that compressing would hold up the loop. Streams never are.
struct CompressionOptions {
  bool enabled = true;
  /// From 1, fast, to 9, small.
  int level = 1;
  std::size_t body_bytes_min = 1024;
  std::size_t body_bytes_max = 4 * 1024 * 1024;
  /// Whether responses to requests with a cookie or credentials are compressed, too. Off: where a response mixes
  /// secrets with what an attacker chose, its size tells about the secrets (BREACH).
  bool with_credentials = false;
  /// Compressed forms of shared bodies, kept while the bodies are.
  std::size_t cache_bytes_max = 32 * 1024 * 1024;
};

/// The part of ServerStats that is about compression.
struct CompressionStats {
  std::size_t cached_bytes = 0;  ///< now

  std::uint64_t responses = 0;  ///< that were sent compressed
  std::uint64_t cache_hits = 0;
  std::uint64_t bytes_before = 0;  ///< of what was compressed
  std::uint64_t bytes_after = 0;
};

}  // namespace freshet::net
