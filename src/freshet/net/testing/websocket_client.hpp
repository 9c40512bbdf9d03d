// SPDX-License-Identifier: MIT
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/net/testing/http_client.hpp"
#include "freshet/net/websocket/deflate.hpp"
#include "freshet/net/websocket/message_parser.hpp"

namespace freshet::net::testing {

/// A plain WebSocket client for tests, on one connection to 127.0.0.1, which answers nothing by itself. Not installed.
class WebSocketClient {
 public:
  /// Opens the socket; throws std::runtime_error unless the server switches. `headers` as lines without their CRLF.
  WebSocketClient(HttpClient connection, std::string_view target, const std::vector<std::string>& headers = {});

  /// The lines of a request to open a WebSocket, the first and last not among them.
  static std::vector<std::string> handshake();

  const ClientResponse& response() const { return response_; }
  HttpClient& connection() { return connection_; }

  void send_text(std::string_view payload);
  /// Sends bytes as they are; see testing/frames.hpp.
  void send(std::string_view bytes) { connection_.send(bytes); }

  /// Waits for what the server says next: "text:hello", "binary:...", "ping:", "pong:", "close:1000:reason",
  /// "fail:1002" where it breaks the rules, "end" at the end of the connection.
  std::string next();

 private:
  HttpClient connection_;
  ClientResponse response_;
  MessageParser parser_{WebSocketRole::client};
  std::unique_ptr<Inflater> inflater_ = std::make_unique<Inflater>();
  std::deque<std::string> lines_;
};

}  // namespace freshet::net::testing
