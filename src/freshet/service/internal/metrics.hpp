// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>

#include "freshet/graph/stats.hpp"
#include "freshet/net/server.hpp"
#include "freshet/service/internal/access_log.hpp"
#include "freshet/service/internal/sockets/socket_stats.hpp"
#include "freshet/stream/options.hpp"

namespace freshet::service {

/// Everything that /metrics shows, as it is at one moment.
struct Measurements {
  stream::StreamStats streams;
  net::ServerStats http;
  SocketStats sockets;
  GraphStats graph;
  std::map<int, std::uint64_t> responses;  // by status
  std::uint64_t handler_faults = 0;
  std::uint64_t access_faults = 0;
  std::uint64_t tokens_refused = 0;
  std::uint64_t key_fetches = 0;
  std::uint64_t key_failures = 0;
  AccessLog::Stats access_log;
  bool is_ready = false;
};

class Exposition;

/// Writes them for Prometheus.
void add_metrics(Exposition& out, const Measurements& measurements);

}  // namespace freshet::service
