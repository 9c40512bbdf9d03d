// SPDX-License-Identifier: MIT
#include "freshet/net/internal/server_core.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <exception>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>

#include "freshet/base/ids.hpp"
#include "freshet/net/internal/ascii.hpp"
#include "freshet/net/internal/connection.hpp"
#include "freshet/net/internal/http2_connection.hpp"
#include "freshet/net/internal/io_loops.hpp"
#include "freshet/net/internal/later_answer.hpp"
#include "freshet/net/internal/listen.hpp"
#include "freshet/net/internal/loop_core.hpp"
#include "freshet/net/internal/relayed_stream.hpp"
#include "freshet/net/internal/response_head.hpp"
#include "freshet/net/internal/stream_socket.hpp"
#include "freshet/net/internal/tls_context.hpp"
#include "freshet/net/router.hpp"

namespace freshet::net {
namespace {

constexpr std::size_t kScratchBytes = 64 * 1024;
constexpr std::size_t kRefusedMax = 128;
// Of one turn, so that a storm of new clients leaves time for the old ones.
constexpr int kAcceptBatch = 64;
constexpr auto kAcceptPause = std::chrono::milliseconds(100);

constexpr std::string_view kBusyResponse =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Type: application/problem+json\r\nContent-Length: 122\r\n"
    "Retry-After: 1\r\nConnection: close\r\n\r\n"
    R"({"type":"about:blank","title":"Service Unavailable","status":503,"code":"limit_exceeded","primary":"too many connections"})";
constexpr std::string_view kTooManyResponse =
    "HTTP/1.1 429 Too Many Requests\r\nContent-Type: application/problem+json\r\nContent-Length: 138\r\n"
    "Retry-After: 1\r\nConnection: close\r\n\r\n"
    R"({"type":"about:blank","title":"Too Many Requests","status":429,"code":"limit_exceeded","primary":"too many connections from this address"})";

constexpr std::size_t kRequestIdBytesMax = 64;
// With eight digits behind it a string needs no allocation.
constexpr std::size_t kRequestIdPrefixBytes = 7;

// Nothing that would need escaping, in a log or anywhere else.
bool is_request_id(std::string_view text) {
  constexpr std::string_view kMarks = ".:_-+/=";
  return !text.empty() && text.size() <= kRequestIdBytesMax && std::ranges::all_of(text, [&](char c) {
    return is_alpha(c) || is_digit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool is_write(Method method) { return method != Method::get && method != Method::head && method != Method::options; }

// Whether accept() failed for this one connection, and not for lack of something.
bool concerns_one_connection(int error) {
  switch (error) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case EHOSTUNREACH:
    case ENETDOWN:
    case ENETUNREACH:
    case ENONET:
    case EOPNOTSUPP:
    case EPERM:
      return true;
    default:
      return false;
  }
}

Awaitable<void> accept_connections(std::shared_ptr<ServerCore> server, std::shared_ptr<TcpAcceptor> acceptor,
                                   std::shared_ptr<TlsListener> tls) {
  using PauseTimer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
  PauseTimer pause(acceptor->get_executor());
  while (acceptor->is_open()) {
    const auto [error] = co_await acceptor->async_wait(TcpAcceptor::wait_read, kAwait);
    if (error || !acceptor->is_open()) co_return;
    if (server->accept_all(*acceptor, tls.get())) continue;
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(kAwait);
  }
}

// With TLS, saying something would cost the handshake that there is no room for.
void say(std::string_view answer, const Descriptor& socket, const TlsListener* tls) {
  if (tls != nullptr) return;
  [[maybe_unused]] const auto sent = ::send(socket.get(), answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

// What ends a coroutine by an exception is a lack of memory or a fault: neither is to be hidden.
void rethrow(std::exception_ptr failure) {
  if (failure) std::rethrow_exception(failure);
}

}  // namespace

ServerCore::ServerCore(Loop& loop, Router& router, ServerOptions options)
    : loop_(loop),
      router_(router),
      options_(options),
      hub_(std::make_shared<StreamHub>(loop.core(), options_)),
      io_loops_(std::make_shared<IoLoops>(loop, hub_, options_)),
      later_(std::make_shared<LaterBox>()),
      clients_(std::make_shared<ClientTable>(options_.clients)),
      finder_(options_.proxies, options_.clients.unlimited),
      request_id_prefix_(random_token().substr(0, kRequestIdPrefixBytes)),
      compressor_(options_.compression),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      scratch_(kScratchBytes),
      sweep_timer_(loop.every(options_.sweep_interval, [this] { sweep(); })) {
  hub_->on_stream_gone([this] { finish_stop(); });
  io_loops_->on_stream_gone([this] { finish_stop(); });
  io_loops_->open();
  // Weakly: the box holds its own wakeup.
  later_->inbox.set_wakeup([&loop, weak = std::weak_ptr(later_)] {
    loop.post([box = weak.lock()] {
      if (box != nullptr) box->inbox.deliver();
    });
  });
}

ServerCore::~ServerCore() = default;

SteadyTime ServerCore::now() const { return loop_.clock().steady_now(); }

Result<void> ServerCore::identify(Request& request, const Peer& peer) {
  request.remote = peer.remote;
  const std::string_view id = request.header("X-Request-Id");
  request.id = is_request_id(id) ? std::string(id) : next_request_id();
  auto client = finder_.find(peer, request.headers);
  request.client = client ? *client : peer.client;
  if (client) return {};
  ++counters_.clients.forwarded_faults;
  return fail(std::move(client.error()));
}

Response ServerCore::refuse(Request* request, const Peer& peer, Response response) {
  if (request == nullptr) {
    ++counters_.unrouted[response.status];
    return response;
  }
  if (auto known = identify(*request, peer); !known) return complete(*request, fail(std::move(known.error())));
  return complete(*request, std::move(response));
}

std::optional<Response> ServerCore::admit(Request& request, const Peer& peer) {
  if (auto known = identify(request, peer); !known) return complete(request, fail(std::move(known.error())));
  const bool writes = is_write(request.method);
  const std::chrono::seconds wait = clients_->request(request.client->network, writes, now());
  if (wait == wait.zero()) return std::nullopt;
  Response response = Response::problem(Error{ErrorCode::limit_exceeded, "too many requests from this address", "",
                                              "slow down, and come back after Retry-After", ""});
  response.headers.add("Retry-After", std::to_string(wait.count()));
  return complete(request, std::move(response));
}

// In digits of base 32, so that the number fits.
std::string ServerCore::next_request_id() {
  constexpr std::string_view kDigits = "0123456789abcdefghijklmnopqrstuv";
  constexpr int kDigitCount = 8;
  std::string id = request_id_prefix_;
  std::uint64_t rest = ++last_request_id_;
  for (int digit = 0; digit < kDigitCount; ++digit, rest >>= 5U) id += kDigits[rest & 31U];
  return id;
}

std::unique_ptr<ExchangeRecord> ServerCore::record(const Request& request, Exchange::Protocol protocol) const {
  if (exchanges_ == nullptr) return nullptr;
  const Clock& clock = loop_.clock();
  return std::make_unique<ExchangeRecord>(
      exchanges_, clock,
      Exchange{.begun_at = clock.now(),
               .protocol = protocol,
               .method = request.path.empty() ? std::nullopt : std::optional(request.method),
               .path = request.path,
               .query = request.query,
               .client = request.client,
               .request_id = request.id});
}

void ServerCore::on_exchange(ExchangeListener listener) {
  exchanges_ = std::make_shared<const ExchangeListener>(std::move(listener));
}

Response ServerCore::route(Request& request) { return router_.route(request); }

Response ServerCore::complete(const Request& request, Result<Response> answer) {
  return router_.complete(request, std::move(answer));
}

std::shared_ptr<LaterAnswer> ServerCore::expect_answer(std::function<void()> wake) {
  if (later_->under_way.load(std::memory_order_relaxed) >= options_.answers_under_way_max) {
    ++counters_.answers_refused;
    return nullptr;
  }
  return std::make_shared<LaterAnswer>(later_, std::move(wake));
}

bool ServerCore::admit_handshake(Connection& connection) {
  if (handshakes_begun_ == 0) {
    loop_.defer([weak = weak_from_this()] {
      if (const auto self = weak.lock(); self != nullptr) self->admit_handshakes();
    });
  }
  if (handshakes_begun_ < std::max<std::size_t>(options_.handshakes_per_turn_max, 1)) {
    ++handshakes_begun_;
    return true;
  }
  ++counters_.tls.handshakes_delayed;
  awaiting_handshake_.push_back(&connection);
  return false;
}

// Those that were woken begin in the next turn.
void ServerCore::admit_handshakes() {
  handshakes_begun_ = 0;
  if (shut_) return;
  while (!awaiting_handshake_.empty() &&
         handshakes_begun_ < std::max<std::size_t>(options_.handshakes_per_turn_max, 1)) {
    ++handshakes_begun_;
    awaiting_handshake_.front()->admit();
    awaiting_handshake_.pop_front();
  }
  if (handshakes_begun_ == 0) return;
  loop_.defer([weak = weak_from_this()] {
    if (const auto self = weak.lock(); self != nullptr) self->admit_handshakes();
  });
}

RequestLimits ServerCore::request_limits() const {
  return {{options_.request_line_bytes_max, options_.head_bytes_max, options_.header_fields_max},
          options_.body_bytes_max};
}

std::string_view ServerCore::date() {
  const Timestamp now = loop_.clock().now();
  if (const auto second = std::chrono::floor<std::chrono::seconds>(now); second != date_second_) {
    date_second_ = second;
    date_ = http_date(now);
  }
  return date_;
}

Result<std::uint16_t> ServerCore::listen(std::string_view host, std::uint16_t port, std::shared_ptr<TlsListener> tls) {
  auto opened = open_acceptors(loop_.core().context(), {host, port, options_.accept_backlog});
  if (!opened) return fail(std::move(opened.error()));
  for (const auto& acceptor : *opened) begin_accepting(acceptor, tls);
  if (tls != nullptr) tls_listeners_.push_back(std::move(tls));
  return opened->front()->local_endpoint().port();
}

Result<std::uint16_t> ServerCore::listen_on(int descriptor, std::shared_ptr<TlsListener> tls) {
  auto adopted = adopt_acceptor(loop_.core().context(), descriptor);
  if (!adopted) return fail(std::move(adopted.error()));
  begin_accepting(*adopted, tls);
  if (tls != nullptr) tls_listeners_.push_back(std::move(tls));
  return (*adopted)->local_endpoint().port();
}

void ServerCore::begin_accepting(std::shared_ptr<TcpAcceptor> acceptor, const std::shared_ptr<TlsListener>& tls) {
  acceptors_.push_back(acceptor);
  asio::co_spawn(acceptor->get_executor(), accept_connections(shared_from_this(), acceptor, tls), rethrow);
}

Result<void> ServerCore::reload_certificates() {
  Result<void> result;
  for (const auto& listener : tls_listeners_) {
    ++counters_.tls.certificate_loads;
    auto loaded = listener->reload();
    if (loaded) continue;
    ++counters_.tls.certificate_faults;
    if (result) result = std::move(loaded);
  }
  return result;
}

bool ServerCore::accept_all(TcpAcceptor& acceptor, const TlsListener* tls) {
  for (int count = 0; count < kAcceptBatch; ++count) {
    asio::ip::tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    Descriptor socket(::accept4(acceptor.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      peer.resize(size);
      take(std::move(socket), peer, tls);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
    if (concerns_one_connection(errno)) continue;
    const int error = shed_one(acceptor, tls);
    if (error == EAGAIN || error == EWOULDBLOCK) return true;
    ++counters_.accept_errors;
    // All that wait are told so at once; the pause is for when not even that goes.
    if (error != 0) return false;
  }
  return true;
}

void ServerCore::take(Descriptor socket, const asio::ip::tcp::endpoint& peer, const TlsListener* tls) {
  ++counters_.accepted;
  if (connection_count() >= options_.connections_max) {
    ++counters_.refused_connections;
    return refuse(std::move(socket), tls, kBusyResponse);
  }
  Peer from = finder_.peer(peer, tls != nullptr);
  // A proxy's connections carry others' requests, each of which is limited by itself.
  auto slot = clients_->connect(from.is_trusted_proxy ? std::string_view() : from.client->network, now());
  if (!slot) return refuse(std::move(socket), tls, kTooManyResponse);
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  TcpSocket asio_socket(loop_.core().context());
  error_code error;
  if (asio_socket.assign(peer.protocol(), socket.get(), error)) {
    ++counters_.accept_errors;
    return refuse(std::move(socket), tls, kBusyResponse);
  }
  const int descriptor = socket.release();
  Wire wire(std::move(asio_socket), tls != nullptr ? tls->accept(descriptor) : nullptr);
  wire.occupy(*std::move(slot));
  auto connection = std::make_unique<Connection>(shared_from_this(), std::move(wire), std::move(from));
  asio::co_spawn(loop_.core().context(), Connection::serve(std::move(connection)), rethrow);
}

// Tells the client why, as far as that goes without waiting; the sweep closes the socket when the client had time to
// read.
void ServerCore::refuse(Descriptor socket, const TlsListener* tls, std::string_view answer) {
  say(answer, socket, tls);
  ::shutdown(socket.get(), SHUT_WR);
  if (refused_.size() < kRefusedMax) refused_.emplace_back(now(), std::move(socket));
}

// Without a descriptor a client would wait in the kernel's queue for ever, and the acceptor stay ready for ever.
// Returns 0, or why there was nobody to be told.
int ServerCore::shed_one(TcpAcceptor& acceptor, const TlsListener* tls) {
  reserve_.reset();
  Descriptor socket(::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  const int error = socket ? 0 : errno;
  if (socket) {
    say(kBusyResponse, socket, tls);
    socket.reset();
  }
  reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  return error;
}

std::shared_ptr<OutputStream> ServerCore::make_stream(Wire wire, std::string head) {
  std::shared_ptr<OutputStream> stream;
  if (io_loops_->empty()) {
    stream = hub_->adopt(std::move(wire), std::move(head));
  } else {
    stream = io_loops_->adopt(std::move(wire), std::move(head), {}, false);
  }
  if (stopping_) stream->close();
  return stream;
}

std::shared_ptr<ByteStream> ServerCore::make_upgraded(Wire wire, std::string head, std::string early) {
  if (io_loops_->empty()) return hub_->adopt(std::move(wire), std::move(head), std::move(early));
  return io_loops_->adopt(std::move(wire), std::move(head), std::move(early), true);
}

void ServerCore::adopt_http2(Wire wire, Peer peer, std::string_view early) {
  const auto connection = std::make_shared<Http2Connection>(shared_from_this(), std::move(wire), std::move(peer));
  connection->place = http2_.size();
  http2_.push_back(connection);
  connection->start(early);
  if (stopping_) connection->stop();
}

// Of those that iterate over the list, each expects that the one it is at may go: the last one takes its place.
void ServerCore::remove(Http2Connection& connection) {
  const std::size_t place = connection.place;
  http2_.back()->place = place;
  std::swap(http2_[place], http2_.back());
  http2_.pop_back();
  finish_stop();
}

void ServerCore::add(Connection& connection) {
  connection.place = connections_.size();
  connections_.push_back(&connection);
}

void ServerCore::remove(Connection& connection) {
  connections_.back()->place = connection.place;
  connections_[connection.place] = connections_.back();
  connections_.pop_back();
  if (connection.phase() == Connection::Phase::handshake) std::erase(awaiting_handshake_, &connection);
  finish_stop();
}

void ServerCore::sweep() {
  const SteadyTime time = now();
  for (Connection* connection : connections_) {
    if (connection->deadline() <= time) connection->expire();
  }
  hub_->sweep();
  compressor_.sweep();
  for (std::size_t at = http2_.size(); at > 0; --at) {
    if (at <= http2_.size()) http2_[at - 1]->sweep();
  }
  std::erase_if(refused_, [&](const auto& entry) { return entry.first + options_.sweep_interval <= time; });
}

void ServerCore::cut_all() {
  for (Connection* connection : connections_) connection->cut();
  while (!http2_.empty()) http2_.back()->cut();
}

void ServerCore::stop_accepting() {
  accepting_ = false;
  for (const auto& acceptor : acceptors_) acceptor->close();
  acceptors_.clear();
}

void ServerCore::stop(std::chrono::milliseconds deadline, std::function<void()> done) {
  stopping_ = true;
  stopped_ = std::move(done);
  stop_accepting();
  for (Connection* connection : connections_) {
    if (connection->phase() == Connection::Phase::idle || connection->phase() == Connection::Phase::handshake) {
      connection->wake();
    }
  }
  hub_->close_all();
  io_loops_->close_all();
  for (std::size_t at = http2_.size(); at > 0; --at) {
    if (at <= http2_.size()) http2_[at - 1]->stop();
  }
  stop_timer_ = loop_.after(deadline, [this] {
    counters_.forced_closes += connection_count();
    cut_all();
    hub_->abort_all();
    io_loops_->abort_all();
  });
  finish_stop();
}

std::size_t ServerCore::connection_count() const {
  return connections_.size() + hub_->size() + io_loops_->size() + http2_.size();
}

// Cut connections are counted until their coroutines are unwound, in the next turn; streams of I/O loops until those
// have said that they are gone.
void ServerCore::finish_stop() {
  if (shut_ || !stopping_ || !stopped_ || connection_count() > 0) return;
  stop_timer_.cancel();
  loop_.defer(std::exchange(stopped_, nullptr));
}

void ServerCore::shut() {
  shut_ = true;
  later_->inbox.close();
  sweep_timer_.cancel();
  stop_timer_.cancel();
  for (const auto& acceptor : acceptors_) acceptor->close();
  acceptors_.clear();
  cut_all();
  io_loops_->shut();
  hub_->shut();
  refused_.clear();
}

ServerStats ServerCore::stats() const {
  ServerStats stats = counters_;
  const StreamHub::Counters& streams = std::as_const(*hub_).counters();
  stats.connections = connection_count();
  stats.streams = hub_->size() + counters_.http2.streams;
  stats.answers_under_way = later_->under_way.load(std::memory_order_relaxed);
  stats.stream_queued_bytes = streams.queued_bytes;
  stats.streams_opened = streams.opened;
  stats.stream_writes = streams.writes;
  stats.stream_bytes = streams.bytes;
  stats.stream_refusals = streams.refusals;
  stats.stream_misbehaving = streams.misbehaving;
  stats.write_timeouts += streams.stalled;
  io_loops_->add_to(stats);
  stats.websockets = hub_->websockets();
  stats.clients = clients_->stats();
  stats.clients.forwarded_faults = counters_.clients.forwarded_faults;
  stats.compression = compressor_.stats();
  return stats;
}

}  // namespace freshet::net
