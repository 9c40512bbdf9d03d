// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "freshet/base/histogram.hpp"

namespace freshet {

/// Every limit and interval of the streams of a service. Each limit has a counter in StreamStats.
struct StreamOptions {
  /// Instances at once, over all resources; one more is refused.
  std::size_t instances_max = 10'000;
  /// Clients that read one instance at once, and clients that read at all; one more is refused.
  std::size_t instance_sessions_max = 20'000;
  std::size_t sessions_max = 20'000;
  /// Streams that one client reads at once, and instances that are there because he was the first to open them; one
  /// more is refused. A client is a user where it is known who asks, else an address (ClientCounts). 0 is no limit.
  std::size_t client_sessions_max = 1'000;
  std::size_t client_instances_max = 1'000;
  /// The parameters of one request; longer ones are refused.
  std::size_t parameter_bytes_max = 64 * 1024;
  /// Bytes that wait for a client that does not keep up. Past it nothing more is queued; what the client gets once it
  /// reads again is up to the resource's SlowReaders: one merged update, if nothing else was said.
  std::size_t session_queue_bytes_max = 256 * 1024;

  /// What is kept of the past of each instance that is read, so that a client that lost its connection gets exactly
  /// what it missed; what falls out of it is answered with a fresh init. For so long after its last reader has gone an
  /// instance goes on to encode what changes.
  std::size_t history_bytes_max = 1024 * 1024;
  std::chrono::milliseconds history_age_max{60'000};
  /// The same over all instances: an instance whose history would go beyond it gives up its own.
  std::size_t history_total_bytes_max = 256 * 1024 * 1024;
  /// Keys of an instance that are remembered beyond its history, for clients that do not keep up; past it those get a
  /// fresh init.
  std::size_t lag_keys_bytes_max = 1024 * 1024;
  /// Rows that are encoded in one turn of the loop for inits; an instance with more is encoded over several turns,
  /// while commits go on. One key is encoded whole.
  std::size_t snapshot_rows_per_turn = 2'000;
  /// How long a long poll waits for something to happen. Less than the server's answer_timeout.
  std::chrono::milliseconds poll_timeout{25'000};
  /// What the ids of events begin with, letters and digits, at most 24; empty: a random token for each instance. For
  /// tests: an id of another service start or another instance must not be taken for one of this.
  std::string epoch = {};

  /// How long an instance that nobody reads lives on after it was last used.
  std::chrono::milliseconds idle_time{60'000};
  /// How often idle instances are looked for: they end up to this much late.
  std::chrono::milliseconds sweep_interval{1'000};
  /// How often readers get a comment, so that proxies and dead connections show themselves.
  std::chrono::milliseconds heartbeat_interval{15'000};
  /// At a graceful stop each client is told to come back after a time between these two.
  std::chrono::milliseconds retry_min{500};
  std::chrono::milliseconds retry_max{5'000};
  /// How many of them are told in a second: all at once would come back all at once. More, where the time until the
  /// stop is short.
  std::size_t drain_sessions_per_second = 5'000;
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

  std::uint64_t instances_refused = 0;         ///< instances_max
  std::uint64_t sessions_refused = 0;          ///< instance_sessions_max, sessions_max
  std::uint64_t client_sessions_refused = 0;   ///< client_sessions_max
  std::uint64_t client_instances_refused = 0;  ///< client_instances_max
  std::uint64_t parameters_refused = 0;        ///< parameter_bytes_max
  std::uint64_t sessions_lagged = 0;           ///< session_queue_bytes_max

  std::size_t history_bytes = 0;   ///< now, over all instances
  std::size_t history_events = 0;  ///< now
  std::size_t lag_key_bytes = 0;   ///< now, over all instances
  std::size_t joins_waiting = 0;   ///< now: sessions whose init is being encoded
  std::uint64_t resumes = 0;
  std::uint64_t events_resumed = 0;    ///< those that resumed clients had missed
  std::uint64_t resumes_foreign = 0;   ///< refused: an id of another service start or instance
  std::uint64_t resumes_garbled = 0;   ///< refused: no id at all
  std::uint64_t resumes_too_old = 0;   ///< refused: history_bytes_max, history_age_max
  std::uint64_t resumes_future = 0;    ///< refused: an id that was not given out yet
  std::uint64_t resumes_partial = 0;   ///< refused: only a part of an init had arrived
  std::uint64_t inits_shared = 0;      ///< joins served with an init that was there, and the updates since
  std::uint64_t conflations = 0;       ///< slow clients brought up to date by one merged update
  std::uint64_t merged_encoded = 0;    ///< merged updates made; equal ones are made once
  std::uint64_t merged_keys = 0;       ///< keys in them
  std::uint64_t lag_inits = 0;         ///< slow clients that got a fresh init instead
  std::uint64_t lag_keys_dropped = 0;  ///< times that lag_keys_bytes_max was hit
  std::uint64_t slow_disconnected = 0;
  std::uint64_t slow_events_dropped = 0;        ///< drop_oldest and sample
  std::uint64_t snapshot_steps = 0;             ///< of inits that took several turns
  std::uint64_t snapshot_rows = 0;              ///< encoded for inits
  std::uint64_t snapshot_rows_in_turn_max = 0;  ///< in one turn, at most
  std::uint64_t polls = 0;
  std::uint64_t poll_timeouts = 0;  ///< answered with nothing
  std::uint64_t drained = 0;        ///< told to come back at a stop
  std::uint64_t drain_waves = 0;    ///< in so many turns

  /// To encode what a commit changed, once for each instance.
  DurationHistogram encode_times;
  /// From a commit until it was written to the sockets, once for each turn of the loop (DeliveryTimer).
  DurationHistogram delivery_times;
};

}  // namespace stream
}  // namespace freshet
