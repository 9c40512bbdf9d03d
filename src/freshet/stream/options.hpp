// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace freshet {

/// Every limit and interval of the streams of a service. Each limit has a counter in StreamStats.
struct StreamOptions {
  /// Instances at once, over all resources; one more is refused.
  std::size_t instances_max = 10'000;
  /// Clients that read one instance at once, and clients that read at all; one more is refused.
  std::size_t instance_sessions_max = 20'000;
  std::size_t sessions_max = 20'000;
  /// The parameters of one request; longer ones are refused.
  std::size_t parameter_bytes_max = 64 * 1024;
  /// Bytes that wait for a client that does not keep up. Past it the client is owed one fresh init instead of updates.
  std::size_t session_queue_bytes_max = 256 * 1024;

  /// How long an instance that nobody reads lives on after it was last used.
  std::chrono::milliseconds idle_time{60'000};
  /// How often idle instances are looked for: they end up to this much late.
  std::chrono::milliseconds sweep_interval{1'000};
  /// How often readers get a comment, so that proxies and dead connections show themselves.
  std::chrono::milliseconds heartbeat_interval{15'000};
  /// At a graceful stop each client is told to come back after a time between these two.
  std::chrono::milliseconds retry_min{500};
  std::chrono::milliseconds retry_max{5'000};
};

namespace stream {

/// What happened since the start, and what is there now.
struct StreamStats {
  std::size_t instances = 0;  ///< now
  std::size_t openings = 0;   ///< now, over all instances
  std::size_t sessions = 0;   ///< now

  std::uint64_t instances_built = 0;
  std::uint64_t instances_reused = 0;
  std::uint64_t instances_expired = 0;  ///< idle_time
  std::uint64_t build_failures = 0;     ///< resources that threw
  std::uint64_t sessions_started = 0;
  std::uint64_t sessions_expired = 0;  ///< tokens that expired
  std::uint64_t inits_encoded = 0;
  std::uint64_t updates_encoded = 0;
  std::uint64_t events_sent = 0;  ///< handed to sessions: a block counts once for each of them
  std::uint64_t event_bytes = 0;  ///< the same in bytes

  std::uint64_t instances_refused = 0;   ///< instances_max
  std::uint64_t sessions_refused = 0;    ///< instance_sessions_max, sessions_max
  std::uint64_t parameters_refused = 0;  ///< parameter_bytes_max
  std::uint64_t sessions_lagged = 0;     ///< session_queue_bytes_max
};

}  // namespace stream
}  // namespace freshet
