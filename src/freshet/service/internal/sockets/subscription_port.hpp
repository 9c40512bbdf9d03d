// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "freshet/net/websocket/websocket.hpp"
#include "freshet/stream/session_port.hpp"

namespace freshet::service {

class SubscriptionPort;

/// Whoever shares one socket among several streams.
class SubscriptionOwner {
 public:
  virtual net::WebSocket& socket() = 0;
  /// The session of `port` is over, from the other side; nothing is sent any more. Called inside a call of the port.
  virtual void ended(SubscriptionPort& port) = 0;

 protected:
  ~SubscriptionOwner() = default;
};

/// One of the streams that a client reads on one WebSocket.
///
/// Lifetime: belongs to its session; its owner hangs up before it goes.
class SubscriptionPort final : public stream::SessionPort {
 public:
  SubscriptionPort(SubscriptionOwner& owner, std::string stream) : owner_(&owner), stream_(std::move(stream)) {}
  ~SubscriptionPort() override;

  const std::string& stream() const { return stream_; }

  void set_listener(stream::SessionPortListener* listener) override { listener_ = listener; }
  [[nodiscard]] bool write(const stream::Event& event, std::size_t budget_bytes) override;
  std::size_t queued_bytes() const override;
  bool is_open() const override;
  void heartbeat() override {}  // the socket has its pings
  void come_back_after(std::chrono::milliseconds delay) override;
  void finish() override;

  // For the owner.
  /// The socket has drained: tells the session, if that was refused something. False if not.
  bool drained();
  /// The client has gone, or does not want this stream any more, and is told `reason`, one JSON value, unless that is
  /// empty. Destroys the port.
  void hang_up(std::string_view reason);

 private:
  bool write_close(std::string_view data);

  SubscriptionOwner* owner_;  // null once it is over
  const std::string stream_;
  stream::SessionPortListener* listener_ = nullptr;
  bool was_refused_ = false;
};

}  // namespace freshet::service
