// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/net/internal/asio.hpp"
#include "freshet/net/internal/client_finder.hpp"
#include "freshet/net/internal/client_table.hpp"
#include "freshet/net/internal/compressor.hpp"
#include "freshet/net/internal/descriptor.hpp"
#include "freshet/net/internal/exchange_record.hpp"
#include "freshet/net/internal/request_parser.hpp"
#include "freshet/net/internal/stream_hub.hpp"
#include "freshet/net/internal/wire.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/server.hpp"

namespace freshet::net {

class Connection;
class Http2Connection;
class IoLoops;
class LaterAnswer;
struct LaterBox;
class LoopCore;
class Router;
class TlsListener;

/// The insides of an HttpServer: accepts connections, counts them, watches over their deadlines, stops them.
///
/// Owners: the HttpServer, and each coroutine that is not unwound yet. After shut() it touches neither loop nor router.
class ServerCore : public std::enable_shared_from_this<ServerCore> {
 public:
  ServerCore(Loop& loop, Router& router, ServerOptions options);
  ~ServerCore();

  /// `tls` is null for plain HTTP.
  Result<std::uint16_t> listen(std::string_view host, std::uint16_t port, std::shared_ptr<TlsListener> tls);
  Result<std::uint16_t> listen_on(int descriptor, std::shared_ptr<TlsListener> tls);
  Result<void> reload_certificates();
  void on_exchange(ExchangeListener listener);
  void stop_accepting();
  std::chrono::seconds admit_write(std::string_view network) { return clients_->write(network, now()); }
  void stop(std::chrono::milliseconds deadline, std::function<void()> done);
  /// Cuts everything at once, for good.
  void shut();
  ServerStats stats() const;

  // For connections.
  const ServerOptions& options() const { return options_; }
  ServerStats& counters() { return counters_; }
  SteadyTime now() const;
  /// What each request passes before it is routed: finds its client and its id, and gives the answer where its client
  /// asks too much.
  std::optional<Response> admit(Request& request, const Peer& peer);
  Response route(Request& request);
  /// What leaves in place of `response`, which refuses what there is of a request; null where there is nothing.
  Response refuse(Request* request, const Peer& peer, Response response);
  /// For whoever is told of exchanges; null where nobody is. Before the request is routed, which may move from it.
  std::unique_ptr<ExchangeRecord> record(const Request& request, Exchange::Protocol protocol) const;
  /// What leaves in place of an answer that came later.
  Response complete(const Request& request, Result<Response> answer);
  /// Compresses an answer that is about to leave, where that pays.
  void compress(const Request& request, Response& response) { compressor_.apply(request, response); }
  /// An answer that somebody will wait for, who is woken when it is there; null when there are too many.
  std::shared_ptr<LaterAnswer> expect_answer(std::function<void()> wake);
  /// Whether a handshake may begin now; if not, `connection` is admitted in a coming turn.
  bool admit_handshake(Connection& connection);
  bool stopping() const { return stopping_; }
  /// Whether each answer is the last of its connection.
  bool ends_connections() const { return stopping_ || !accepting_; }
  RequestLimits request_limits() const;
  /// The value of the Date field, made once per second.
  std::string_view date();
  /// A buffer that everyone may use between two suspensions.
  std::vector<char>& scratch() { return scratch_; }
  std::shared_ptr<OutputStream> make_stream(Wire wire, std::string head);
  /// For another protocol; `early` is what the client has sent behind its request.
  std::shared_ptr<ByteStream> make_upgraded(Wire wire, std::string head, std::string early);
  WebSocketStats& websockets() { return hub_->websockets(); }
  /// For HTTP/2; `early` is what has arrived, from the preface on.
  void adopt_http2(Wire wire, Peer peer, std::string_view early);
  StreamHub::Counters& stream_counters() { return hub_->counters(); }
  /// Runs `task` at the end of this turn.
  void defer(Task task) { loop_.defer(std::move(task)); }
  void add(Connection& connection);
  void remove(Connection& connection);
  void remove(Http2Connection& connection);

  // For the accepting coroutines.
  /// Takes all connections that wait; false when there is a lack of descriptors or memory and a pause would help.
  bool accept_all(TcpAcceptor& acceptor, const TlsListener* tls);

 private:
  void take(Descriptor socket, const asio::ip::tcp::endpoint& peer, const TlsListener* tls);
  void begin_accepting(std::shared_ptr<TcpAcceptor> acceptor, const std::shared_ptr<TlsListener>& tls);
  /// Puts the request's id and client into it. Errors: invalid_argument.
  Result<void> identify(Request& request, const Peer& peer);
  std::string next_request_id();
  void admit_handshakes();
  void refuse(Descriptor socket, const TlsListener* tls, std::string_view answer);
  int shed_one(TcpAcceptor& acceptor, const TlsListener* tls);
  void sweep();
  void cut_all();
  std::size_t connection_count() const;
  void finish_stop();

  Loop& loop_;
  Router& router_;
  const ServerOptions options_;
  // The counters of stats(); what is counted elsewhere is added there.
  ServerStats counters_;
  const std::shared_ptr<StreamHub> hub_;
  const std::shared_ptr<IoLoops> io_loops_;
  const std::shared_ptr<LaterBox> later_;
  const std::shared_ptr<ClientTable> clients_;
  const ClientFinder finder_;
  std::shared_ptr<const ExchangeListener> exchanges_;  // owners: this, and exchanges that are not over
  const std::string request_id_prefix_;
  std::uint64_t last_request_id_ = 0;
  Compressor compressor_;
  std::vector<std::shared_ptr<TcpAcceptor>> acceptors_;
  std::vector<std::shared_ptr<TlsListener>> tls_listeners_;
  // Of this turn, and those for the next ones, in the order of their coming.
  std::size_t handshakes_begun_ = 0;
  std::deque<Connection*> awaiting_handshake_;
  // Each connection knows its place; they own themselves, by their coroutines.
  std::vector<Connection*> connections_;
  std::vector<std::shared_ptr<Http2Connection>> http2_;
  // Refused clients that are still to read why, with the time of refusal.
  std::vector<std::pair<SteadyTime, Descriptor>> refused_;
  // Given up for a moment when no descriptor is left, to accept a connection and turn it away.
  Descriptor reserve_;
  std::vector<char> scratch_;
  std::chrono::sys_seconds date_second_{};
  std::string date_;
  Timer sweep_timer_;

  bool accepting_ = true;
  bool stopping_ = false;
  bool shut_ = false;
  Timer stop_timer_;
  std::function<void()> stopped_;
};

}  // namespace freshet::net
