// SPDX-License-Identifier: MIT
#include "freshet/net/client/internal/call_core.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "freshet/net/internal/ascii.hpp"
#include "freshet/net/internal/loop_core.hpp"
#include "freshet/net/internal/tls_context.hpp"

namespace freshet::net {
namespace {

// Addresses of one name that are tried.
constexpr std::size_t kEndpointsMax = 8;
constexpr std::string_view kOwnFields[] = {"host", "connection", "content-length", "transfer-encoding",
                                           "accept-encoding"};

bool is_own_field(std::string_view name) {
  return std::any_of(std::begin(kOwnFields), std::end(kOwnFields),
                     [name](std::string_view own) { return equal_ignoring_case(own, name); });
}

/// The request as it is sent. Errors: invalid_argument for fields that cannot stand in one.
Result<std::string> text_of(const ClientRequest& request) {
  std::string text(to_string(request.method));
  text += ' ' + request.url.target + " HTTP/1.1\r\nHost: " + request.url.authority() +
          "\r\nConnection: close\r\nAccept-Encoding: identity\r\n";
  for (const auto& [name, value] : request.headers) {
    if (!is_token(name) || std::any_of(value.begin(), value.end(), is_control) || is_own_field(name)) {
      return fail(ErrorCode::invalid_argument, "a request cannot have the header field " + name);
    }
    text.append(name).append(": ").append(value).append("\r\n");
  }
  const bool has_body = request.method != Method::get && request.method != Method::head;
  if (has_body || !request.body.empty()) text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  return text + "\r\n" + request.body;
}

}  // namespace

CallCore::CallCore(Loop& loop, ClientRequest request, const HttpCallOptions& options, HttpCallListener& listener)
    : loop_(loop),
      request_(std::move(request)),
      options_(options),
      listener_(&listener),
      resolver_(loop.core().context()),
      socket_(loop.core().context()),
      parser_(options.limits, request_.method == Method::head),
      last_read_(loop.clock().steady_now()) {}

void CallCore::start() {
  loop_.post([self = shared_from_this()] {
    if (self->listener_ == nullptr) return;
    self->expect_within(self->options_.connect_timeout, "no connection came about in time");
    self->resolve();
  });
}

void CallCore::cancel() {
  listener_ = nullptr;
  close();
}

void CallCore::close() {
  timer_.cancel();
  resolver_.cancel();
  error_code ignored;
  socket_.close(ignored);
  if (wire_) wire_->socket().close(ignored);
}

void CallCore::finish(Result<void> end) {
  HttpCallListener* const listener = std::exchange(listener_, nullptr);
  close();
  if (listener != nullptr) listener->on_end(std::move(end));
}

void CallCore::give_up(std::string detail) {
  const std::string where = (request_.url.tls ? "https://" : "http://") + request_.url.authority();
  finish(fail(ErrorCode::unavailable, "cannot get an answer from " + where, std::move(detail)));
}

void CallCore::expect_within(std::chrono::milliseconds delay, std::string what) {
  timer_ = loop_.after(delay, [weak = weak_from_this(), what = std::move(what)] {
    if (const auto self = weak.lock()) self->give_up(what);
  });
}

void CallCore::resolve() {
  error_code no_address;
  const auto address = asio::ip::make_address(request_.url.host, no_address);
  if (!no_address) {
    endpoints_.emplace_back(address, request_.url.port);
    return connect_next();
  }
  resolver_.async_resolve(request_.url.host, std::to_string(request_.url.port),
                          [self = shared_from_this()](error_code error, const Resolver::results_type& found) {
                            if (self->listener_ == nullptr) return;
                            if (error) return self->give_up("its name is not known: " + error.message());
                            for (const auto& entry : found) {
                              if (self->endpoints_.size() < kEndpointsMax) self->endpoints_.push_back(entry.endpoint());
                            }
                            std::reverse(self->endpoints_.begin(), self->endpoints_.end());
                            self->connect_next();
                          });
}

void CallCore::connect_next() {
  if (endpoints_.empty()) return give_up(last_error_);
  const auto endpoint = endpoints_.back();
  endpoints_.pop_back();
  error_code ignored;
  socket_.close(ignored);
  socket_.async_connect(endpoint, [self = shared_from_this()](error_code error) {
    if (self->listener_ == nullptr) return;
    if (!error) return self->take_connection();
    self->last_error_ = error.message();
    self->connect_next();
  });
}

void CallCore::take_connection() {
  error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  socket_.native_non_blocking(true, ignored);
  std::unique_ptr<TlsSession> tls;
  if (request_.url.tls) {
    auto context = options_.trust.context();
    if (!context) return finish(fail(std::move(context.error())));
    tls = std::make_unique<TlsSession>(*std::move(context), socket_.native_handle(), request_.url.host);
  }
  wire_.emplace(std::move(socket_), std::move(tls));
  wire_->tls() != nullptr ? shake_hands() : exchange();
}

void CallCore::shake_hands() {
  const Transfer step = wire_->tls()->handshake();
  if (step.state == Transfer::State::open) return exchange();
  if (step.over()) return give_up(wire_->tls()->handshake_error());
  const auto wait = step.state == Transfer::State::wants_read ? TcpSocket::wait_read : TcpSocket::wait_write;
  wire_->socket().async_wait(wait, [self = shared_from_this()](error_code error) {
    if (self->listener_ == nullptr) return;
    error ? self->give_up(error.message()) : self->shake_hands();
  });
}

void CallCore::exchange() {
  auto text = text_of(request_);
  if (!text) return finish(fail(std::move(text.error())));
  unsent_ = *std::move(text);
  expect_within(options_.answer_timeout, "no answer came in time");
  // The server may answer, and close, before it has read everything.
  wait_to_read();
  write();
}

void CallCore::write() {
  const iovec part{unsent_.data() + sent_bytes_, unsent_.size() - sent_bytes_};
  const Transfer sent = wire_->write({&part, part.iov_len == 0 ? 0U : 1U});
  sent_bytes_ += sent.bytes;
  // A server that takes no more may still have said why.
  if (sent.over()) return;
  if (sent_bytes_ < unsent_.size() || wire_->has_unsent()) return wait_to_write();
  unsent_ = std::string();
  sent_bytes_ = 0;
}

void CallCore::wait_to_write() {
  wire_->socket().async_wait(TcpSocket::wait_write, [self = shared_from_this()](error_code error) {
    if (self->listener_ != nullptr && !error) self->write();
  });
}

void CallCore::resume() {
  if (!std::exchange(paused_, false) || listener_ == nullptr || !wire_) return;
  last_read_ = loop_.clock().steady_now();
  wait_to_read();
}

void CallCore::wait_to_read() {
  if (std::exchange(reading_, true)) return;
  wire_->socket().async_wait(TcpSocket::wait_read, [self = shared_from_this()](error_code error) {
    self->reading_ = false;
    if (self->listener_ == nullptr || self->paused_) return;
    error ? self->connection_ended(false) : self->read();
  });
}

void CallCore::read() {
  std::array<char, 2 * Wire::kReadBytesMin> buffer;  // not initialised, on purpose: it is filled from the front
  const Transfer arrived = wire_->read(buffer);
  if (arrived.bytes != 0) {
    last_read_ = loop_.clock().steady_now();
    take({buffer.data(), arrived.bytes});
    if (listener_ == nullptr) return;
  }
  if (arrived.over()) return connection_ended(arrived.state == Transfer::State::ended);
  if (!paused_) wait_to_read();
}

void CallCore::take(std::string_view bytes) {
  std::string body;
  parser_.feed(bytes, body);
  if (parser_.head_complete() && !std::exchange(head_told_, true)) {
    watch_for_silence();
    listener_->on_head(parser_.head());
  }
  if (listener_ != nullptr && !body.empty()) listener_->on_body(body);
  if (listener_ == nullptr) return;
  if (parser_.fault()) return finish(fail(*parser_.fault()));
  if (parser_.complete()) finish({});
}

void CallCore::connection_ended(bool cleanly) {
  if (!cleanly) return give_up("the connection broke");
  parser_.end();
  if (parser_.fault()) return give_up(parser_.fault()->detail);
  finish({});
}

// Looks again when the silence could be long enough: cheaper than a timer for each read.
void CallCore::watch_for_silence() {
  const auto silence = loop_.clock().steady_now() - last_read_;
  const auto left = paused_ ? options_.idle_timeout : options_.idle_timeout - silence;
  if (left.count() <= 0) return give_up("nothing has come for too long");
  timer_ = loop_.after(left, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->watch_for_silence();
  });
}

}  // namespace freshet::net
