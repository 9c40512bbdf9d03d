// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>

#include "freshet/net/rate_limit.hpp"

namespace freshet::net {

/// How HTTP/2 is spoken, and its limits beside those of ServerOptions that hold for any HTTP. Where a client breaks the
/// rules or a rate, its connection ends with GOAWAY.
struct Http2Options {
  /// Whether a client without TLS may begin with HTTP/2's preface (prior knowledge), on the same port as HTTP/1.1. With
  /// TLS it is TlsOptions::offer_http2 that counts.
  bool cleartext = true;
  /// Requests and streams of one connection at once; one more is refused, and the client told to try again.
  std::uint32_t streams_max = 128;
  /// What a client may send ahead: for one request, and for all of them together.
  std::uint32_t stream_window_bytes = 256 * 1024;
  std::uint32_t connection_window_bytes = 1024 * 1024;
  /// Bodies of one connection's requests that are not complete yet; the request that brings more is refused with 413.
  std::size_t buffered_bytes_max = 8 * 1024 * 1024;
  /// Requests that a client takes back, or that end in error: opening and dropping them costs it nothing.
  RateLimit resets{.per_second = 30, .burst = 300};
  /// Frames without content: SETTINGS, PING, PRIORITY, empty DATA, windows opened by a few bytes.
  RateLimit control_frames{.per_second = 100, .burst = 1'000};
};

/// The part of ServerStats that is about HTTP/2. Each limit of Http2Options has its counter.
struct Http2Stats {
  std::size_t connections = 0;  ///< now
  std::size_t streams = 0;      ///< now: requests being answered, and streams

  std::uint64_t opened = 0;  ///< connections
  std::uint64_t requests = 0;
  std::uint64_t resets_received = 0;
  std::uint64_t reset_floods = 0;         ///< resets
  std::uint64_t control_floods = 0;       ///< control_frames
  std::uint64_t continuation_floods = 0;  ///< header blocks in too many frames
  std::uint64_t buffered_refusals = 0;    ///< buffered_bytes_max
  std::uint64_t protocol_errors = 0;      ///< connections ended for breaking the rules
};

}  // namespace freshet::net
