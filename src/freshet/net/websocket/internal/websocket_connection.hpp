// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/net/byte_stream.hpp"
#include "freshet/net/internal/sweep_ring.hpp"
#include "freshet/net/internal/token_bucket.hpp"
#include "freshet/net/server.hpp"
#include "freshet/net/websocket/handshake.hpp"
#include "freshet/net/websocket/message_parser.hpp"
#include "freshet/net/websocket/websocket.hpp"

namespace freshet::net {

/// What all sockets of one endpoint share.
struct WebSocketShared {
  explicit WebSocketShared(WebSocketOptions with) : options(std::move(with)), deflaters(options.deflate.level) {}

  const WebSocketOptions options;
  Inflater inflater;
  Deflaters deflaters;
};

/// A WebSocket on a ByteStream.
///
/// Owners: the application; itself, from close() until the connection has ended.
///
/// Invariants: (1) after a close frame nothing more is sent. (2) it is in the hub's ring of idle ones while it is open,
/// in that of urgent ones while the client's goodbye is waited for, else in none.
class WebSocketConnection final : public WebSocket,
                                  private MessageSink,
                                  private OutputStreamListener,
                                  private ByteStreamInput,
                                  private Swept,
                                  public std::enable_shared_from_this<WebSocketConnection> {
 public:
  WebSocketConnection(std::shared_ptr<WebSocketShared> shared, std::shared_ptr<ByteStream> stream,
                      const Handshake& handshake);
  ~WebSocketConnection() override;

  void set_listener(WebSocketListener* listener) override { listener_ = listener; }
  [[nodiscard]] bool send(const WebSocketMessage& message) override;
  std::size_t drop_queue() override;
  void close(CloseCode code, std::string_view reason) override;
  void abort() override;
  bool is_open() const override { return state_ == State::open && stream_->is_open(); }
  std::size_t queued_bytes() const override { return stream_->queued_bytes(); }
  std::size_t budget_bytes() const override { return stream_->budget_bytes(); }
  void set_budget_bytes(std::size_t bytes) override { stream_->set_budget_bytes(bytes); }
  bool deflates() const override { return window_bits_ != 0; }
  const std::string& subprotocol() const override { return subprotocol_; }
  std::string remote() const override { return stream_->remote(); }

 private:
  enum class State : std::uint8_t {
    open,
    closing,  // the client's goodbye is waited for
    done,     // both have said goodbye, or the client broke the rules: the stream is ending
  };

  bool on_message(MessageKind kind, std::string_view payload) override;
  bool on_ping(std::string_view payload) override;
  bool on_pong(std::string_view payload) override;
  void on_close(CloseCode code, std::string_view reason) override;
  void on_drained() override;
  void on_closed(CloseReason reason) override;
  void on_input(std::span<char> bytes) override;
  void on_stop() override;
  void on_sweep(SteadyTime now) override;

  bool admit_message();
  void tell_message(MessageKind kind, std::string_view payload);
  void count(const Violation& violation);
  void fail(const Violation& violation);
  void say_goodbye(CloseCode code, std::string_view reason);
  void enter(State state);
  bool goes_on() const { return state_ != State::done && stream_->is_open(); }
  WebSocketStats& stats();

  const std::shared_ptr<WebSocketShared> shared_;
  const std::shared_ptr<ByteStream> stream_;  // owners: this, and the server until the last byte is out
  const std::string subprotocol_;
  const std::uint8_t window_bits_;  // 0: messages are not compressed
  State state_ = State::open;
  bool is_pinged_ = false;
  CloseCode code_ = CloseCode::abnormal;
  WebSocketListener* listener_ = nullptr;

  MessageParser parser_{WebSocketRole::server};
  // When the client last said something, or was pinged, or was told goodbye.
  SteadyTime since_;
  TokenBucket messages_;
  TokenBucket bytes_;
  std::string reason_;
};

}  // namespace freshet::net
