// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "freshet/net/http.hpp"
#include "freshet/net/websocket/deflate_offer.hpp"
#include "freshet/net/websocket/options.hpp"

namespace freshet::net {

/// What a handshake led to.
struct Handshake {
  /// The fields of the 101.
  Headers headers;
  /// Empty where none was agreed on.
  std::string subprotocol;
  std::optional<DeflateAgreement> deflate;
};

/// Checks a request to open a WebSocket, and agrees on what it offers.
///
/// Errors, as the answer to give: 426 for a request that is none or is of another version, 403 for an origin that is
/// not let in, 400 for one that is malformed. Source: RFC 6455 section 4.2.
tl::expected<Handshake, Response> shake_hands(const Request& request, const WebSocketOptions& options);

/// What a server answers to a client's key.
std::string websocket_accept(std::string_view key);

/// Whether a page of `origin` may connect to what was asked for as `host`.
bool origin_is_allowed(std::string_view origin, std::string_view host, const WebSocketOptions& options);

}  // namespace freshet::net
