// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "freshet/net/rate_limit.hpp"
#include "freshet/net/websocket/message_parser.hpp"

namespace freshet::net {

/// permessage-deflate. Off by default: where a message mixes secrets with what an attacker chooses, its size tells
/// about the secrets.
struct DeflateOptions {
  bool enabled = false;
  /// From 1, fast, to 9, small.
  int level = 6;
  /// Shorter messages are sent as they are.
  std::size_t message_bytes_min = 256;
};

/// Every limit and timeout of the WebSockets of one endpoint. Each limit has a counter in ServerStats. Timeouts act up
/// to one ServerOptions::sweep_interval late, those of idle sockets up to `idle_check_interval`.
struct WebSocketOptions {
  /// What the endpoint speaks, the best first; the first that the client offers too is agreed on. Without one in common
  /// the socket is opened without.
  std::vector<std::string> subprotocols = {};
  /// Origins whose pages may connect, as "https://example.org"; "*" is any. Who sends no Origin is no page, and may
  /// connect.
  std::vector<std::string> origins = {};
  /// Whether pages of the host and port that the request names may connect, too. Without it a page that lets the name
  /// of its own host lead here, by DNS, is kept out.
  bool same_origin = true;

  /// What clients send.
  MessageLimits messages = {};
  /// Messages, pings and pongs of one client; more is policy_violation.
  RateLimit message_rate{.per_second = 100, .burst = 400};
  /// Bytes of one client; more is policy_violation.
  RateLimit byte_rate{.per_second = 256.0 * 1024, .burst = 1024.0 * 1024};

  /// A client that said nothing for this long is sent a ping,
  std::chrono::milliseconds ping_interval{25'000};
  /// and given up if nothing comes for this long after it.
  std::chrono::milliseconds pong_timeout{20'000};
  /// How long the other end's close, and then the end of its connection, is waited for.
  std::chrono::milliseconds close_timeout{5'000};

  DeflateOptions deflate = {};
};

}  // namespace freshet::net
