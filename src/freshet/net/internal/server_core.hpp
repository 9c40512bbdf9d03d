// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/descriptor.hpp"
#include "freshet/net/internal/request_parser.hpp"
#include "freshet/net/internal/stream_hub.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/server.hpp"

namespace freshet::net {

class Connection;
class LaterAnswer;
struct LaterBox;
class LoopCore;
class Router;

/// The insides of an HttpServer: accepts connections, counts them, watches over their deadlines, stops them.
///
/// Owners: the HttpServer, and each coroutine that is not unwound yet. After shut() it touches neither loop nor router.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(Loop& loop, Router& router, ServerOptions options);
  ~ServerCore();

  Result<std::uint16_t> listen(std::string_view host, std::uint16_t port);
  void stop(std::chrono::milliseconds deadline, std::function<void()> done);
  /// Cuts everything at once, for good.
  void shut();
  ServerStats stats() const;

  // For connections.
  const ServerOptions& options() const { return options_; }
  ServerStats& counters() { return counters_; }
  SteadyTime now() const;
  Response route(Request& request);
  /// What leaves in place of an answer that came later.
  Response complete(const Request& request, Result<Response> answer);
  /// An answer that `connection` will wait for; null when there are too many.
  std::shared_ptr<LaterAnswer> expect_answer(Connection& connection);
  bool stopping() const { return stopping_; }
  RequestLimits request_limits() const;
  /// The value of the Date field, made once per second.
  std::string_view date();
  /// A buffer that everyone may use between two suspensions.
  std::vector<char>& scratch() { return scratch_; }
  std::shared_ptr<OutputStream> make_stream(TcpSocket socket, std::string head);
  /// For another protocol; `early` is what the client has sent behind its request.
  std::shared_ptr<ByteStream> make_upgraded(TcpSocket socket, std::string head, std::string early);
  WebSocketStats& websockets() { return hub_->websockets(); }
  void add(Connection& connection);
  void remove(Connection& connection);

  // For the accepting coroutines.
  /// Takes all connections that wait; false when there is a lack of descriptors or memory and a pause would help.
  bool accept_all(TcpAcceptor& acceptor);

 private:
  void take(Descriptor socket, const asio::ip::tcp::endpoint& peer);
  void refuse(Descriptor socket);
  void shed_one(TcpAcceptor& acceptor);
  void sweep();
  void cut_all();
  void finish_stop();

  Loop& loop_;
  Router& router_;
  const ServerOptions options_;
  // The counters of stats(); what is counted elsewhere is added there.
  ServerStats counters_;
  const std::shared_ptr<StreamHub> hub_;
  const std::shared_ptr<LaterBox> later_;
  std::vector<std::shared_ptr<TcpAcceptor>> acceptors_;
  // Each connection knows its place; they own themselves, by their coroutines.
  std::vector<Connection*> connections_;
  // Refused clients that are still to read why, with the time of refusal.
  std::vector<std::pair<SteadyTime, Descriptor>> refused_;
  // Given up for a moment when no descriptor is left, to accept a connection and turn it away.
  Descriptor reserve_;
  std::vector<char> scratch_;
  std::chrono::sys_seconds date_second_{};
  std::string date_;
  Timer sweep_timer_;

  bool stopping_ = false;
  bool shut_ = false;
  Timer stop_timer_;
  std::function<void()> stopped_;
};

}  // namespace freshet::net
