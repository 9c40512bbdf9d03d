// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/websocket.hpp"

#include <utility>

#include "freshet/net/websocket/handshake.hpp"
#include "freshet/net/websocket/internal/websocket_connection.hpp"

namespace freshet::net {

WebSocketEndpoint::WebSocketEndpoint(WebSocketOptions options)
    : shared_(std::make_shared<WebSocketShared>(std::move(options))) {}

const WebSocketOptions& WebSocketEndpoint::options() const { return shared_->options; }

Response WebSocketEndpoint::accept(const Request& request, WebSocketStart start) const {
  auto handshake = shake_hands(request, shared_->options);
  if (!handshake) return std::move(handshake.error());
  Headers headers = std::move(handshake->headers);
  return Response::switch_protocol(std::move(headers), [shared = shared_, agreed = *std::move(handshake),
                                                        start = std::move(start)](std::shared_ptr<ByteStream> stream) {
    start(std::make_shared<WebSocketConnection>(shared, std::move(stream), agreed));
  });
}

}  // namespace freshet::net
