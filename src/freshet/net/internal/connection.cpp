// SPDX-License-Identifier: MIT
#include "freshet/net/internal/connection.hpp"

#include <array>
#include <sys/uio.h>
#include <utility>

#include "freshet/net/byte_stream.hpp"
#include "freshet/net/internal/http2_preface.hpp"
#include "freshet/net/internal/later_answer.hpp"

namespace freshet::net {
namespace {

constexpr std::size_t kInputBytesKept = 1024;
// Of the rest of a refused request: many clients look for the answer only when they have sent all of it.
constexpr std::size_t kLingerBytesMax = 16 * 1024 * 1024;
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

TcpSocket::wait_type wait_for(Transfer::State state) {
  return state == Transfer::State::wants_write ? TcpSocket::wait_write : TcpSocket::wait_read;
}

}  // namespace

Connection::Connection(std::shared_ptr<ServerCore> server, Wire wire, Peer peer)
    : server_(std::move(server)), wire_(std::move(wire)), peer_(std::move(peer)) {
  enter(Phase::idle);
  server_->add(*this);
}

Connection::~Connection() {
  if (record_ != nullptr) record_->end(0, CloseReason::peer_gone);
  server_->remove(*this);
}

Awaitable<void> Connection::serve(std::unique_ptr<Connection> self) {
  bool again = true;
  // Not `while (co_await ...)`: see co_await.test.cpp.
  if (self->wire_.tls() != nullptr) {
    again = co_await self->shake_hands();
    if (again && self->wire_.tls()->chose_http2()) co_return self->become_http2();
  } else if (self->server_->options().http2.cleartext) {
    const bool is_http2 = co_await self->expect_preface();
    if (is_http2) co_return self->become_http2();
  }
  while (again) again = co_await self->answer_one();
}

Awaitable<bool> Connection::shake_hands() {
  TlsStats& counters = server_->counters().tls;
  enter(Phase::handshake);
  const bool admitted = co_await await_admission();
  if (!admitted) co_return false;
  while (!expired_ && !cut_ && !server_->stopping()) {
    const Transfer transfer = wire_.tls()->handshake();
    if (transfer.state == Transfer::State::open) {
      ++counters.handshakes;
      co_return true;
    }
    if (transfer.over()) {
      ++counters.handshakes_failed;
      if (wire_.tls()->fault() != TlsSession::Fault::plain_http) co_return false;
      ++counters.plain_requests;
      wire_.drop_tls();
      co_await refuse(400, "this port speaks TLS: use https");
      co_return false;
    }
    const auto [error] = co_await wire_.socket().async_wait(wait_for(transfer.state), kAwait);
    if (error && error != asio::error::operation_aborted) co_return false;
  }
  if (expired_) ++counters.handshake_timeouts;
  co_return false;
}

// Handshakes are expensive: waits for a turn that has not seen too many of them.
Awaitable<bool> Connection::await_admission() {
  if (server_->admit_handshake(*this)) co_return true;
  while (!admitted_ && !expired_ && !cut_ && !server_->stopping()) {
    const auto [error] = co_await wire_.socket().async_wait(TcpSocket::wait_error, kAwait);
    if (error != asio::error::operation_aborted) co_return false;
  }
  if (expired_) ++server_->counters().tls.handshake_timeouts;
  co_return admitted_;
}

// Whether the client begins with the preface of HTTP/2. What arrives with it stays where it is.
Awaitable<bool> Connection::expect_preface() {
  enter(Phase::idle);
  while (true) {
    const PrefaceCheck check = check_http2_preface(input_);
    if (check != PrefaceCheck::need_more) co_return check == PrefaceCheck::present;
    if (!input_.empty() && phase_ == Phase::idle) enter(Phase::head);
    const bool more = co_await read_some();
    // The same as for a head that does not come: answer_one() tells, or does not.
    if (!more) co_return false;
  }
}

void Connection::become_http2() { server_->adopt_http2(std::move(wire_), std::move(peer_), input_); }

void Connection::admit() {
  admitted_ = true;
  wake();
}

void Connection::enter(Phase phase) {
  const ServerOptions& options = server_->options();
  phase_ = phase;
  std::chrono::milliseconds timeout = options.idle_timeout;
  if (phase == Phase::handshake) timeout = options.handshake_timeout;
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
  wire_.socket().cancel(ignored);
}

void Connection::cut() {
  cut_ = true;
  error_code ignored;
  wire_.socket().close(ignored);
}

Response Connection::begin_answer(Request& request) {
  ++request_count_;
  ++server_->counters().requests;
  complete_at_ = server_->now();
  std::optional<Response> refusal = server_->admit(request, peer_);
  // Before the handler, which may move from the request.
  record_ = server_->record(request, Exchange::Protocol::http1);
  return refusal ? *std::move(refusal) : server_->route(request);
}

// True when another request may follow.
Awaitable<bool> Connection::answer_one() {
  RequestParser parser(server_->request_limits());
  enter(Phase::idle);
  const bool complete = co_await read_request(parser);
  if (!complete) co_return false;

  Request& request = parser.request();
  // RFC 9110 section 7.8: HTTP/1.0 has no other protocols.
  if (parser.facts().minor_version == 0) request.headers.remove("Upgrade");
  const bool is_head = request.method == Method::head;
  Response response = begin_answer(request);
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

  server_->compress(request, response);
  const Persistence how = persistence(parser);
  const std::string head = response_head(response, how, server_->date());
  std::string_view body = response.shared_body ? *response.shared_body : response.body;
  if (is_head || !has_body(response.status)) body = {};
  if (record_ != nullptr) record_->exchange().status = response.status;
  const bool sent = co_await send(head, body);
  end_exchange(head.size() + body.size());
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
      co_await refuse(parser.fault().status, parser.fault().reason, parser.head());
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
      co_await refuse(408, "the request took too long to arrive", parser.head());
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
    if (!has_read_ && !last_read_.over()) {
      last_read_ = receive();
      has_read_ = last_read_.bytes > 0;
      if (has_read_) co_return true;
    }
    if (last_read_.over()) co_return false;
    if (phase_ == Phase::idle && server_->stopping()) co_return false;
    // A cancelled wait is the sweep's or a stop's doing: the conditions above tell what is to become of it.
    const auto [error] = co_await wire_.socket().async_wait(wait_for(last_read_.state), kAwait);
    if (error && error != asio::error::operation_aborted) co_return false;
    has_read_ = false;
  }
  co_return false;
}

Transfer Connection::receive() {
  std::vector<char>& scratch = server_->scratch();
  const Transfer received = wire_.read(scratch);
  input_.append(scratch.data(), received.bytes);
  return received;
}

// Waits for the answer that `response` promises, and puts it in its place. False when the client is gone, or cut off.
Awaitable<bool> Connection::await_answer(const Request& request, Response& response) {
  const std::shared_ptr<LaterAnswer> answer = server_->expect_answer([this] { wake(); });
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
  bool reading = !last_read_.over();
  while (!answer->delivered() && !expired_ && !cut_) {
    const auto what = reading ? wait_for(last_read_.state) : TcpSocket::wait_error;
    const auto [error] = co_await wire_.socket().async_wait(what, kAwait);
    if (error == asio::error::operation_aborted) continue;
    if (!error && reading) last_read_ = receive();
    if (error || !reading || last_read_.state == Transfer::State::failed) {
      ++server_->counters().answers_unwanted;
      co_return false;
    }
    // It may have closed its side alone and still read the answer, but nobody should go to lengths for it.
    if (last_read_.over()) answer->cancel();
    reading = !last_read_.over() && input_.size() < kInputBytesAheadMax;
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
  while (!head.empty() || !body.empty() || wire_.has_unsent()) {
    if (expired_) ++server_->counters().write_timeouts;
    if (expired_ || cut_) co_return false;
    const std::array<iovec, 2> parts = {iovec{const_cast<char*>(head.data()), head.size()},
                                        iovec{const_cast<char*>(body.data()), body.size()}};
    const Transfer sent = wire_.write(parts);
    if (sent.over()) co_return false;
    const std::size_t from_head = std::min(sent.bytes, head.size());
    head.remove_prefix(from_head);
    body.remove_prefix(sent.bytes - from_head);
    if (sent.bytes > 0) enter(Phase::write);
    if (!sent.waits()) continue;
    const auto [error] = co_await wire_.socket().async_wait(wait_for(sent.state), kAwait);
    if (error && error != asio::error::operation_aborted) co_return false;
  }
  co_return true;
}

Awaitable<void> Connection::send_continue() {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  co_await send(kContinue, {});
}

Awaitable<void> Connection::refuse(int status, std::string_view reason, Request* request) {
  count_refusal(status, phase_);
  expired_ = false;
  const Response response = refusal(status, reason, request);
  const std::string head = response_head(response, Persistence::close, server_->date());
  const bool sent = co_await send(head, response.body);
  if (record_ != nullptr) std::exchange(record_, nullptr)->end(head.size() + response.body.size(), std::nullopt);
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
  wire_.finish();
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

// Of a request whose head cannot be read nothing is known but where it came from.
Response Connection::refusal(int status, std::string_view reason, Request* request) {
  const Error error{ErrorCode::invalid_argument, std::string(reason), "", "", ""};
  Response response = server_->refuse(request, peer_, Response::problem(status, error));
  Request unknown;
  unknown.client = peer_.client;
  record_ = server_->record(request == nullptr ? unknown : *request, Exchange::Protocol::http1);
  if (record_ != nullptr) record_->exchange().status = response.status;
  return response;
}

// What a client that goes away has not taken counts, too.
void Connection::end_exchange(std::size_t bytes) {
  server_->counters().request_times.observe(server_->now() - complete_at_);
  if (record_ != nullptr) std::exchange(record_, nullptr)->end(bytes, std::nullopt);
}

void Connection::hand_over(const Response& response) {
  if (record_ != nullptr) {
    record_->exchange().status = response.status;
    if (response.upgrade) record_->exchange().protocol = Exchange::Protocol::websocket;
    wire_.begin_stream(std::move(record_));
  }
  if (response.upgrade) {
    std::string head = response_head(response, Persistence::keep, server_->date());
    return response.upgrade(server_->make_upgraded(std::move(wire_), std::move(head), std::move(input_)));
  }
  std::string head = response_head(response, Persistence::close, server_->date());
  response.start(server_->make_stream(std::move(wire_), std::move(head)));
}

Persistence Connection::persistence(const RequestParser& parser) const {
  const bool last = request_count_ >= server_->options().keep_alive_requests_max;
  if (last && parser.facts().keep_alive) ++server_->counters().keep_alive_ends;
  if (last || !parser.facts().keep_alive || server_->ends_connections()) return Persistence::close;
  return parser.facts().minor_version == 0 ? Persistence::keep_1_0 : Persistence::keep;
}

}  // namespace freshet::net
