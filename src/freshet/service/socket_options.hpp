// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>

#include "freshet/net/websocket/options.hpp"

namespace freshet {

/// Every limit of GET /v1/ws, where many streams share one WebSocket. Each limit has a counter in /metrics.
struct SocketOptions {
  /// Without it there is no /v1/ws.
  bool enabled = true;
  /// Streams that one socket reads at once.
  std::size_t subscriptions_max = 128;
  /// Messages in a row that make no sense; one more ends the socket.
  std::size_t nonsense_max = 8;
  /// Bytes of answers that wait for a client that does not read them; more end the socket.
  std::size_t answer_bytes_max = 64 * 1024;
  /// Where a token is needed (AuthOptions::required): how long a client may take to send one.
  std::chrono::milliseconds token_timeout{10'000};

  /// Who may connect, what may be sent, and whether it is compressed. Pages of ServiceOptions::cors_origins may connect
  /// as well; the subprotocol is `freshet.v1`, which need not be asked for.
  net::WebSocketOptions websocket = {};
};

}  // namespace freshet
