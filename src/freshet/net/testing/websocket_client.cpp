// SPDX-License-Identifier: MIT
#include "freshet/net/testing/websocket_client.hpp"

#include <stdexcept>
#include <utility>

#include "freshet/net/websocket/testing/frames.hpp"
#include "freshet/net/websocket/testing/transcript.hpp"

namespace freshet::net::testing {

WebSocketClient::WebSocketClient(HttpClient connection, std::string_view target,
                                 const std::vector<std::string>& headers)
    : connection_(std::move(connection)) {
  std::vector<std::string> fields = handshake();
  fields.insert(fields.end(), headers.begin(), headers.end());
  response_ = connection_.request("GET", target, {}, fields);
  if (response_.status != 101) {
    throw std::runtime_error("no WebSocket: " + std::to_string(response_.status) + ' ' + response_.body);
  }
}

std::vector<std::string> WebSocketClient::handshake() {
  return {"Upgrade: websocket", "Connection: Upgrade",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"};
}

void WebSocketClient::send_text(std::string_view payload) { send(text(payload)); }

std::string WebSocketClient::next() {
  const MessageLimits limits{.message_bytes_max = 64 * 1024 * 1024};
  while (lines_.empty()) {
    std::string bytes = connection_.read_some();
    if (bytes.empty()) return "end";
    Transcript transcript;
    if (const auto violation = parser_.feed(bytes, limits, inflater_.get(), transcript))
      transcript.on_violation(*violation);
    lines_.insert(lines_.end(), transcript.lines().begin(), transcript.lines().end());
  }
  std::string line = std::move(lines_.front());
  lines_.pop_front();
  return line;
}

}  // namespace freshet::net::testing
