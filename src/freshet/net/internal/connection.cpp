// SPDX-License-Identifier: MIT
#include "freshet/net/internal/connection.hpp"

#include <array>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>
#include <utility>

#include "freshet/net/byte_stream.hpp"
#include "freshet/net/internal/endpoint_text.hpp"
#include "freshet/net/internal/later_answer.hpp"

namespace freshet::net {
namespace {

constexpr std::size_t kInputBytesKept = 1024;
constexpr std::size_t kLingerBytesMax = 1024 * 1024;
// Of requests that a client sends while it waits for an answer.
constexpr std::size_t kInputBytesAheadMax = 64 * 1024;
constexpr int kRoutesAgainMax = 3;

/// Takes the connection off its answer, also where its coroutine is destroyed while it waits.
class Waiting {
 public:
  explicit Waiting(LaterAnswer& answer) : answer_(answer) {}
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;
  ~Waiting() { answer_.forget(); }

 private:
  LaterAnswer& answer_;
};

tl::unexpected<Error> gave_up() { return fail(ErrorCode::unavailable, "what the answer needs is not to be had now"); }

bool is_temporary(int error) { return error == EAGAIN || error == EWOULDBLOCK || error == EINTR; }

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> server, TcpSocket socket, const asio::ip::tcp::endpoint& peer)
    : server_(std::move(server)), socket_(std::move(socket)), remote_(endpoint_text(peer)) {
  enter(Phase::idle);
  server_->add(*this);
}

Connection::~Connection() { server_->remove(*this); }

Awaitable<void> Connection::serve(std::unique_ptr<Connection> self) {
  // Not `while (co_await ...)`: see co_await.test.cpp.
  bool again = true;
  while (again) again = co_await self->answer_one();
}

void Connection::enter(Phase phase) {
  const ServerOptions& options = server_->options();
  phase_ = phase;
  std::chrono::milliseconds timeout = options.idle_timeout;
  if (phase == Phase::head) timeout = options.head_timeout;
  if (phase == Phase::body) timeout = options.body_timeout;
  if (phase == Phase::answer) timeout = options.answer_timeout;
  if (phase == Phase::write) timeout = options.write_timeout;
  if (phase == Phase::linger) timeout = options.linger_timeout;
  deadline_ = server_->now() + timeout;
}

void Connection::expire() {
  expired_ = true;
  wake();
}

void Connection::wake() {
  error_code ignored;
  socket_.cancel(ignored);
}

void Connection::cut() {
  cut_ = true;
  error_code ignored;
  socket_.close(ignored);
}

// True when another request may follow.
Awaitable<bool> Connection::answer_one() {
  RequestParser parser(server_->request_limits());
  enter(Phase::idle);
  const bool complete = co_await read_request(parser);
  if (!complete) co_return false;

  ++request_count_;
  ++server_->counters().requests;
  Request& request = parser.request();
  request.remote = remote_;
  // RFC 9110 section 7.8: HTTP/1.0 has no other protocols.
  if (parser.facts().minor_version == 0) request.headers.remove("Upgrade");
  const bool is_head = request.method == Method::head;
  Response response = server_->route(request);
  for (int again = 0; response.later_start || response.routes_again;) {
    if (response.routes_again) {
      response = ++again <= kRoutesAgainMax ? server_->route(request) : server_->complete(request, gave_up());
      continue;
    }
    const bool answered = co_await await_answer(request, response);
    if (!answered) co_return false;
  }
  check_upgrade(request, response);
  if (response.upgrade || (response.start && !is_head)) {
    hand_over(response);
    co_return false;
  }

  const Persistence how = persistence(parser);
  const std::string head = response_head(response, how, server_->date());
  std::string_view body = response.shared_body ? *response.shared_body : response.body;
  if (is_head || !has_body(response.status)) body = {};
  const bool sent = co_await send(head, body);
  if (!sent) co_return false;
  if (how != Persistence::close) co_return true;
  co_await linger();
  co_return false;
}

// True when the request is complete. Has answered, if there is anything to answer, when it is not.
Awaitable<bool> Connection::read_request(RequestParser& parser) {
  bool continued = false;
  while (true) {
    feed(parser);
    const RequestParser::State state = parser.state();
    if (state == RequestParser::State::complete) co_return true;
    if (state == RequestParser::State::failed) {
      co_await refuse(parser.fault().status, parser.fault().reason);
      co_return false;
    }
    if (state == RequestParser::State::head && phase_ == Phase::idle && !input_.empty()) enter(Phase::head);
    if (state == RequestParser::State::body && phase_ != Phase::body) {
      if (parser.facts().expects_continue && input_.empty() && !std::exchange(continued, true)) {
        co_await send_continue();
      }
      enter(Phase::body);
    }
    const bool more = co_await read_some();
    if (more) continue;
    if (expired_ && phase_ != Phase::idle) {
      co_await refuse(408, "the request took too long to arrive");
    } else if (expired_) {
      ++server_->counters().idle_timeouts;
    }
    co_return false;
  }
}

void Connection::feed(RequestParser& parser) {
  std::string_view rest = input_;
  while (const std::size_t taken = parser.feed(rest)) rest.remove_prefix(taken);
  input_.erase(0, input_.size() - rest.size());
  if (input_.empty() && input_.capacity() > kInputBytesKept) input_ = std::string();
}

// False at the end of the connection, and when the sweep or a stop ended the wait. Reads once between two waits: a
// client that never stops sending must not keep the loop to itself.
Awaitable<bool> Connection::read_some() {
  while (!expired_ && !cut_) {
    const long count = has_read_ ? 0 : receive();
    if (count > 0) {
      has_read_ = true;
      co_return true;
    }
    if (!has_read_ && (count == 0 || !is_temporary(errno))) co_return false;
    if (phase_ == Phase::idle && server_->stopping()) co_return false;
    // A cancelled wait is the sweep's or a stop's doing: the conditions above tell what is to become of it.
    const auto [error] = co_await socket_.async_wait(TcpSocket::wait_read, kAwait);
    if (error && error != asio::error::operation_aborted) co_return false;
    has_read_ = false;
  }
  co_return false;
}

long Connection::receive() {
  std::vector<char>& scratch = server_->scratch();
  const long count = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (count > 0) input_.append(scratch.data(), static_cast<std::size_t>(count));
  return count;
}

// Waits for the answer that `response` promises, and puts it in its place. False when the client is gone, or cut off.
Awaitable<bool> Connection::await_answer(const Request& request, Response& response) {
  const std::shared_ptr<LaterAnswer> answer = server_->expect_answer(*this);
  if (answer == nullptr) {
    response = server_->complete(
        request, fail(ErrorCode::unavailable, "too many answers are under way", "", "try again in a moment"));
    response.headers.add("Retry-After", "1");
    co_return true;
  }
  enter(Phase::answer);
  const Waiting waiting(*answer);
  response.later_start(ResponseReply(answer));
  // What the client sends ahead is taken, up to a limit, so that its end is seen behind it.
  bool reading = true;
  while (!answer->delivered() && !expired_ && !cut_) {
    const auto [error] = co_await socket_.async_wait(reading ? TcpSocket::wait_read : TcpSocket::wait_error, kAwait);
    if (error == asio::error::operation_aborted) continue;
    const long count = error || !reading ? -1 : receive();
    if (count < 0 && (error || !reading || !is_temporary(errno))) {
      ++server_->counters().answers_unwanted;
      co_return false;
    }
    // It may have closed its side alone and still read the answer, but nobody should go to lengths for it.
    if (count == 0) answer->cancel();
    reading = count != 0 && input_.size() < kInputBytesAheadMax;
  }
  if (cut_) co_return false;
  const bool too_late = std::exchange(expired_, false) && !answer->delivered();
  if (too_late) ++server_->counters().answer_timeouts;
  response =
      server_->complete(request, too_late ? fail(ErrorCode::unavailable, "the answer took too long") : answer->take());
  co_return true;
}

Awaitable<bool> Connection::send(std::string_view head, std::string_view body) {
  enter(Phase::write);
  while (!head.empty() || !body.empty()) {
    if (expired_) ++server_->counters().write_timeouts;
    if (expired_ || cut_) co_return false;
    std::array<iovec, 2> parts = {iovec{const_cast<char*>(head.data()), head.size()},
                                  iovec{const_cast<char*>(body.data()), body.size()}};
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const long count = ::sendmsg(socket_.native_handle(), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (count >= 0) {
      const std::size_t from_head = std::min(static_cast<std::size_t>(count), head.size());
      head.remove_prefix(from_head);
      body.remove_prefix(static_cast<std::size_t>(count) - from_head);
      enter(Phase::write);
      continue;
    }
    if (!is_temporary(errno)) co_return false;
    const auto [error] = co_await socket_.async_wait(TcpSocket::wait_write, kAwait);
    if (error && error != asio::error::operation_aborted) co_return false;
  }
  co_return true;
}

Awaitable<void> Connection::send_continue() {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  co_await send(kContinue, {});
}

Awaitable<void> Connection::refuse(int status, std::string_view reason) {
  count_refusal(status, phase_);
  expired_ = false;
  const Error error{ErrorCode::invalid_argument, std::string(reason), "", "", ""};
  const Response response = Response::problem(status, error);
  const std::string head = response_head(response, Persistence::close, server_->date());
  const bool sent = co_await send(head, response.body);
  if (sent) co_await linger();
}

void Connection::count_refusal(int status, Phase phase) {
  ServerStats& counters = server_->counters();
  if (status == 408) {
    ++(phase == Phase::body ? counters.body_timeouts : counters.head_timeouts);
  } else if (status == 413) {
    ++counters.body_too_large;
  } else if (status == 414) {
    ++counters.uri_too_long;
  } else if (status == 431) {
    ++counters.head_too_large;
  } else {
    ++counters.bad_requests;
  }
}

// Says that nothing more comes, and reads on for a while: closing a socket with unread input would reset the connection
// and take the answer away from the client.
Awaitable<void> Connection::linger() {
  enter(Phase::linger);
  error_code ignored;
  socket_.shutdown(TcpSocket::shutdown_send, ignored);
  std::size_t discarded = 0;
  while (discarded <= kLingerBytesMax) {
    input_.clear();
    const bool more = co_await read_some();
    if (!more) co_return;
    discarded += input_.size();
  }
}

void Connection::check_upgrade(const Request& request, Response& response) {
  if (response.upgrade && server_->stopping()) {
    response = server_->complete(request, fail(ErrorCode::unavailable, "the server is stopping"));
  }
  if (!response.upgrade && response.status >= 400 && !request.header("Sec-WebSocket-Key").empty()) {
    ++server_->websockets().handshakes_refused;
  }
}

void Connection::hand_over(const Response& response) {
  if (response.upgrade) {
    std::string head = response_head(response, Persistence::keep, server_->date());
    return response.upgrade(server_->make_upgraded(std::move(socket_), std::move(head), std::move(input_)));
  }
  std::string head = response_head(response, Persistence::close, server_->date());
  response.start(server_->make_stream(std::move(socket_), std::move(head)));
}

Persistence Connection::persistence(const RequestParser& parser) const {
  const bool last = request_count_ >= server_->options().keep_alive_requests_max;
  if (last && parser.facts().keep_alive) ++server_->counters().keep_alive_ends;
  if (last || !parser.facts().keep_alive || server_->stopping()) return Persistence::close;
  return parser.facts().minor_version == 0 ? Persistence::keep_1_0 : Persistence::keep;
}

}  // namespace freshet::net
