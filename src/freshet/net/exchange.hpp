// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/net/client.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/output_stream.hpp"

namespace freshet::net {

/// One request and its answer, once that is over: what an access log is made of.
struct Exchange {
  enum class Protocol : std::uint8_t { http1, http2, websocket };

  /// When the request was complete, and how long until the last byte of its answer was with the kernel.
  Timestamp begun_at{};
  std::chrono::nanoseconds duration{};
  Protocol protocol = Protocol::http1;
  /// Nothing where the request was too malformed to tell.
  std::optional<Method> method = std::nullopt;
  /// As sent: may hold secrets.
  std::string path = {};
  std::string query = {};
  std::shared_ptr<const Client> client = nullptr;
  std::string request_id = {};
  int status = 0;
  /// Bytes of the answer; of a stream or WebSocket all that was sent.
  std::uint64_t bytes = 0;
  /// Why it ended, for streams and WebSockets.
  std::optional<CloseReason> closed = std::nullopt;
};

/// Told of each exchange that is over. May be called from any thread that the server works on, and must not block.
using ExchangeListener = std::function<void(const Exchange&)>;

}  // namespace freshet::net
