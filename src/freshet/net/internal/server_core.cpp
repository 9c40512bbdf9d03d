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

#include "freshet/net/internal/connection.hpp"
#include "freshet/net/internal/later_answer.hpp"
#include "freshet/net/internal/listen.hpp"
#include "freshet/net/internal/loop_core.hpp"
#include "freshet/net/internal/response_head.hpp"
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

Awaitable<void> accept_connections(std::shared_ptr<ServerCore> server, std::shared_ptr<TcpAcceptor> acceptor) {
  using PauseTimer =
      asio::basic_waitable_timer<std::chrono::steady_clock, asio::wait_traits<std::chrono::steady_clock>, Executor>;
  PauseTimer pause(acceptor->get_executor());
  while (acceptor->is_open()) {
    const auto [error] = co_await acceptor->async_wait(TcpAcceptor::wait_read, kAwait);
    if (error || !acceptor->is_open()) co_return;
    if (server->accept_all(*acceptor)) continue;
    pause.expires_after(kAcceptPause);
    co_await pause.async_wait(kAwait);
  }
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
      later_(std::make_shared<LaterBox>()),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)),
      scratch_(kScratchBytes),
      sweep_timer_(loop.every(options_.sweep_interval, [this] { sweep(); })) {
  hub_->on_stream_gone([this] { finish_stop(); });
  // Weakly: the box holds its own wakeup.
  later_->inbox.set_wakeup([&loop, weak = std::weak_ptr(later_)] {
    loop.post([box = weak.lock()] {
      if (box != nullptr) box->inbox.deliver();
    });
  });
}

ServerCore::~ServerCore() = default;

SteadyTime ServerCore::now() const { return loop_.clock().steady_now(); }

Response ServerCore::route(Request& request) { return router_.route(request); }

Response ServerCore::complete(const Request& request, Result<Response> answer) {
  return router_.complete(request, std::move(answer));
}

std::shared_ptr<LaterAnswer> ServerCore::expect_answer(Connection& connection) {
  if (later_->under_way.load(std::memory_order_relaxed) >= options_.answers_under_way_max) {
    ++counters_.answers_refused;
    return nullptr;
  }
  return std::make_shared<LaterAnswer>(later_, [&connection] { connection.wake(); });
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

Result<std::uint16_t> ServerCore::listen(std::string_view host, std::uint16_t port) {
  auto opened = open_acceptors(loop_.core().context(), {host, port, options_.accept_backlog});
  if (!opened) return fail(std::move(opened.error()));
  for (const auto& acceptor : *opened) {
    acceptors_.push_back(acceptor);
    asio::co_spawn(acceptor->get_executor(), accept_connections(shared_from_this(), acceptor), rethrow);
  }
  return opened->front()->local_endpoint().port();
}

bool ServerCore::accept_all(TcpAcceptor& acceptor) {
  for (int count = 0; count < kAcceptBatch; ++count) {
    asio::ip::tcp::endpoint peer;
    auto size = static_cast<socklen_t>(peer.capacity());
    Descriptor socket(::accept4(acceptor.native_handle(), peer.data(), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (socket) {
      peer.resize(size);
      take(std::move(socket), peer);
      continue;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) return true;
    if (concerns_one_connection(errno)) continue;
    ++counters_.accept_errors;
    shed_one(acceptor);
    return false;
  }
  return true;
}

void ServerCore::take(Descriptor socket, const asio::ip::tcp::endpoint& peer) {
  ++counters_.accepted;
  if (connections_.size() + hub_->size() >= options_.connections_max) {
    ++counters_.refused_connections;
    return refuse(std::move(socket));
  }
  const int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  TcpSocket asio_socket(loop_.core().context());
  error_code error;
  if (asio_socket.assign(peer.protocol(), socket.get(), error)) {
    ++counters_.accept_errors;
    return refuse(std::move(socket));
  }
  socket.release();
  auto connection = std::make_unique<Connection>(shared_from_this(), std::move(asio_socket), peer);
  asio::co_spawn(loop_.core().context(), Connection::serve(std::move(connection)), rethrow);
}

// Tells the client why, as far as that goes without waiting; the sweep closes the socket when the client had time to
// read.
void ServerCore::refuse(Descriptor socket) {
  [[maybe_unused]] const auto sent =
      ::send(socket.get(), kBusyResponse.data(), kBusyResponse.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  ::shutdown(socket.get(), SHUT_WR);
  if (refused_.size() < kRefusedMax) refused_.emplace_back(now(), std::move(socket));
}

// Without a descriptor a client would wait in the kernel's queue for ever, and the acceptor stay ready for ever.
void ServerCore::shed_one(TcpAcceptor& acceptor) {
  reserve_.reset();
  Descriptor socket(::accept4(acceptor.native_handle(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket) {
    [[maybe_unused]] const auto sent =
        ::send(socket.get(), kBusyResponse.data(), kBusyResponse.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    socket.reset();
  }
  reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

std::shared_ptr<OutputStream> ServerCore::make_stream(TcpSocket socket, std::string head) {
  auto stream = hub_->adopt(std::move(socket), std::move(head));
  if (stopping_) stream->close();
  return stream;
}

std::shared_ptr<ByteStream> ServerCore::make_upgraded(TcpSocket socket, std::string head, std::string early) {
  return hub_->adopt(std::move(socket), std::move(head), std::move(early));
}

void ServerCore::add(Connection& connection) {
  connection.place = connections_.size();
  connections_.push_back(&connection);
}

void ServerCore::remove(Connection& connection) {
  connections_.back()->place = connection.place;
  connections_[connection.place] = connections_.back();
  connections_.pop_back();
  finish_stop();
}

void ServerCore::sweep() {
  const SteadyTime time = now();
  for (Connection* connection : connections_) {
    if (connection->deadline() <= time) connection->expire();
  }
  hub_->sweep();
  std::erase_if(refused_, [&](const auto& entry) { return entry.first + options_.sweep_interval <= time; });
}

void ServerCore::cut_all() {
  for (Connection* connection : connections_) connection->cut();
}

void ServerCore::stop(std::chrono::milliseconds deadline, std::function<void()> done) {
  stopping_ = true;
  stopped_ = std::move(done);
  for (const auto& acceptor : acceptors_) acceptor->close();
  acceptors_.clear();
  for (Connection* connection : connections_) {
    if (connection->phase() == Connection::Phase::idle) connection->wake();
  }
  hub_->close_all();
  stop_timer_ = loop_.after(deadline, [this] {
    counters_.forced_closes += connections_.size() + hub_->size();
    cut_all();
    hub_->abort_all();
  });
  finish_stop();
}

// Cut connections are counted until their coroutines are unwound, in the next turn.
void ServerCore::finish_stop() {
  if (shut_ || !stopping_ || !stopped_ || !connections_.empty() || hub_->size() > 0) return;
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
  hub_->shut();
  refused_.clear();
}

ServerStats ServerCore::stats() const {
  ServerStats stats = counters_;
  const StreamHub::Counters& streams = hub_->counters();
  stats.connections = connections_.size() + hub_->size();
  stats.streams = hub_->size();
  stats.answers_under_way = later_->under_way.load(std::memory_order_relaxed);
  stats.stream_queued_bytes = streams.queued_bytes;
  stats.streams_opened = streams.opened;
  stats.stream_writes = streams.writes;
  stats.stream_bytes = streams.bytes;
  stats.stream_refusals = streams.refusals;
  stats.stream_misbehaving = streams.misbehaving;
  stats.write_timeouts += streams.stalled;
  stats.websockets = hub_->websockets();
  return stats;
}

}  // namespace freshet::net
