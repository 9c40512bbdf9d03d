// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/net/client/http_call.hpp"
#include "freshet/net/client/internal/response_parser.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/wire.hpp"
#include "freshet/net/loop.hpp"

namespace freshet::net {

/// The insides of an HttpCall: name, connection, handshake, request, answer, one after the other; what is sent and what
/// comes back overlap.
///
/// Owners: the HttpCall, and the handlers that are under way. Thread safety: belongs to the loop.
class CallCore : public std::enable_shared_from_this<CallCore> {
 public:
  CallCore(Loop& loop, ClientRequest request, const HttpCallOptions& options, HttpCallListener& listener);

  void start();
  void cancel();
  void pause() { paused_ = true; }
  void resume();

 private:
  using Resolver = asio::ip::basic_resolver<asio::ip::tcp, Executor>;

  void resolve();
  void connect_next();
  void take_connection();
  void shake_hands();
  void exchange();

  void write();
  void wait_to_write();
  void wait_to_read();
  void read();
  void take(std::string_view bytes);
  void connection_ended(bool cleanly);

  /// Has the call fail with `what` unless something else comes about within `delay`.
  void expect_within(std::chrono::milliseconds delay, std::string what);
  void watch_for_silence();
  void give_up(std::string detail);
  void finish(Result<void> end);
  void close();

  Loop& loop_;
  const ClientRequest request_;
  const HttpCallOptions options_;
  HttpCallListener* listener_;  // null: it is over

  Resolver resolver_;
  std::vector<asio::ip::tcp::endpoint> endpoints_;  // the next to try is the last
  std::string last_error_ = "its name has no address";
  TcpSocket socket_;
  std::optional<Wire> wire_;
  std::string unsent_;
  std::size_t sent_bytes_ = 0;
  ResponseParser parser_;
  bool head_told_ = false;
  bool reading_ = false;  // waits for the socket
  bool paused_ = false;
  SteadyTime last_read_;
  Timer timer_;
};

}  // namespace freshet::net
