// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "freshet/net/http.hpp"
#include "freshet/net/websocket/close_code.hpp"
#include "freshet/net/websocket/message.hpp"
#include "freshet/net/websocket/options.hpp"

namespace freshet::net {

/// What the owner of a WebSocket hears from it. All calls come from the loop, never from inside a call of the socket,
/// and each of them may do anything with the socket, its destruction included.
class WebSocketListener {
 public:
  /// A message, valid during the call; a text is UTF-8. One that throws ends the socket with internal_error.
  virtual void on_message(MessageKind kind, std::string_view payload) = 0;
  /// Everything queued is with the kernel again, after a send was refused or a queue was dropped.
  virtual void on_drained() {}
  /// The server stops. What is sent now still arrives, within the server's deadline; then the socket closes by itself.
  virtual void on_stop() {}
  /// The socket has ended, by whatever side. The last call; comes exactly once. `code` and `reason` are the client's,
  /// or those of what the server held against it; abnormal, if the connection ended without a word.
  virtual void on_closed(CloseCode code, std::string_view reason) = 0;

 protected:
  ~WebSocketListener() = default;
};

/// A WebSocket of one client, on the server's side.
///
/// Messages are queued by reference and leave at the end of the loop turn, all in one gathered write. Pings of the
/// client are answered here, and a client that says nothing for long is sent some. An idle socket has no coroutine,
/// timer or buffer; what arrives is parsed where it was received, and kept only while a message is not complete.
///
/// Lifetime: owned by whoever it was handed to; dropping the last reference without close() cuts the connection and
/// tells nobody. After close() the server keeps it until both ends have closed. Its server and loop outlive it. The
/// listener is not owned: it outlives the socket or is taken off with set_listener(nullptr).
/// Thread safety: belongs to its loop.
/// Source: RFC 6455, RFC 7692. Example: src/freshet/net/websocket/websocket.test.cpp [echo]
class WebSocket {
 public:
  virtual ~WebSocket() = default;

  virtual void set_listener(WebSocketListener* listener) = 0;

  /// Queues `message` for the end of this turn. False: refused, because it would exceed the byte budget (an empty queue
  /// takes a message of any size) or the socket is closing; nothing was queued, and after a refusal for the budget
  /// on_drained() follows. Cost: one reference; compressed once for all who take it so.
  [[nodiscard]] virtual bool send(const WebSocketMessage& message) = 0;
  /// The same for one client. Requires: `payload` is UTF-8.
  [[nodiscard]] bool send_text(std::string_view payload) { return send(WebSocketMessage::text(payload)); }
  /// Discards all messages of which nothing has been sent, returns their bytes; on_drained() follows when the rest is
  /// out.
  virtual std::size_t drop_queue() = 0;
  /// Says goodbye behind what is queued, and waits for the client's, at most WebSocketOptions::close_timeout. Later
  /// messages are refused, and what the client still sends is discarded.
  /// Requires: `code` may be sent; `reason` is UTF-8, and cut to 123 bytes.
  virtual void close(CloseCode code = CloseCode::normal, std::string_view reason = {}) = 0;
  /// Ends the connection now.
  virtual void abort() = 0;

  /// False from close(), abort(), the client's goodbye or the end of the connection on.
  virtual bool is_open() const = 0;
  /// Bytes that are not with the kernel yet.
  virtual std::size_t queued_bytes() const = 0;
  virtual std::size_t budget_bytes() const = 0;
  virtual void set_budget_bytes(std::size_t bytes) = 0;
  /// Whether messages are compressed.
  virtual bool deflates() const = 0;
  /// What was agreed to speak; empty for nothing.
  virtual const std::string& subprotocol() const = 0;
  /// The client's address, as 192.0.2.7:50312 or [2001:db8::7]:50312.
  virtual std::string remote() const = 0;
};

/// Called once the handshake is on its way, with the socket.
using WebSocketStart = std::function<void(std::shared_ptr<WebSocket>)>;

struct WebSocketShared;

/// Where clients connect: options, and what all of their sockets share. A cheap handle to it.
///
/// `router.add(Method::get, "/chat", [chat](Request& r, const PathParams&) { return chat.accept(r, start); });`
///
/// Thread safety: belongs to the loop, as its sockets do.
class WebSocketEndpoint {
 public:
  explicit WebSocketEndpoint(WebSocketOptions options = {});

  /// The answer to a request to open a WebSocket: 101 and the socket, or a refusal.
  Response accept(const Request& request, WebSocketStart start) const;
  const WebSocketOptions& options() const;

 private:
  std::shared_ptr<WebSocketShared> shared_;  // owners: handles, and each socket
};

}  // namespace freshet::net
