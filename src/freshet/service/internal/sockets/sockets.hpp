// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/websocket/websocket.hpp"
#include "freshet/service/internal/sockets/socket_session.hpp"
#include "freshet/service/internal/sockets/socket_stats.hpp"

namespace freshet::service {

/// What the subprotocol is called.
inline constexpr const char* kSocketProtocol = "freshet.v1";

/// All clients of GET /v1/ws: many streams on one WebSocket, subscribed to and written to by small JSON messages.
///
/// Protocol: docs/asyncapi.yaml, which GET /v1/asyncapi.yaml gives.
/// Lifetime: what the context refers to outlives it. Thread safety: belongs to the loop.
class Sockets final : private SocketSessionOwner {
 public:
  /// `cors_origins` may connect as well as those of the options.
  Sockets(const SocketContext& context, const std::vector<std::string>& cors_origins);
  Sockets(const Sockets&) = delete;
  Sockets& operator=(const Sockets&) = delete;
  ~Sockets();

  /// Adds the routes. Lifetime: outlives the router's use.
  void add_routes(net::Router& router);
  const SocketStats& current() const { return stats_; }

 private:
  SocketStats& stats() override { return stats_; }
  void due(Timestamp when) override;
  void leave(SocketSession& session) override;
  void take(std::shared_ptr<net::WebSocket> socket, std::shared_ptr<const Caller> caller,
            std::shared_ptr<const net::Client> client);
  void sweep();

  const SocketContext context_;
  const net::WebSocketEndpoint endpoint_;
  SocketStats stats_;
  std::vector<std::unique_ptr<SocketSession>> sessions_;  // each knows its index
  // Nobody is due before.
  Timestamp next_due_ = Timestamp::max();
  net::Timer sweep_timer_;
};

}  // namespace freshet::service
