// SPDX-License-Identifier: MIT
#include "freshet/net/websocket/internal/websocket_connection.hpp"

#include <exception>

#include "freshet/base/assert.hpp"
#include "freshet/codec/utf8.hpp"
#include "freshet/net/internal/stream_hub.hpp"

namespace freshet::net {
namespace {

constexpr Violation kTooManyMessages{CloseCode::policy_violation, "too many messages per second"};
constexpr Violation kTooManyBytes{CloseCode::policy_violation, "too many bytes per second"};

Block control_frame(Opcode opcode, std::string_view payload) {
  std::string bytes;
  append_frame(bytes, {.opcode = opcode}, payload);
  return make_block(std::move(bytes));
}

const Block& ping_frame() {
  static const Block block = control_frame(Opcode::ping, {});  // constant
  return block;
}

}  // namespace

WebSocketConnection::WebSocketConnection(std::shared_ptr<WebSocketShared> shared, std::shared_ptr<ByteStream> stream,
                                         const Handshake& handshake)
    : shared_(std::move(shared)),
      stream_(std::move(stream)),
      subprotocol_(handshake.subprotocol),
      window_bits_(handshake.deflate ? static_cast<std::uint8_t>(handshake.deflate->window_bits) : 0),
      since_(stream_->hub().now()),
      messages_(shared_->options.message_rate, since_),
      bytes_(shared_->options.byte_rate, since_) {
  stream_->set_listener(this);
  stream_->set_input(this);
  stream_->hub().idle_ring().insert(*this);
  ++stats().open;
  ++stats().opened;
}

WebSocketConnection::~WebSocketConnection() {
  enter(State::done);
  stream_->set_listener(nullptr);
  stream_->set_input(nullptr);
}

WebSocketStats& WebSocketConnection::stats() { return stream_->hub().websockets(); }

bool WebSocketConnection::send(const WebSocketMessage& message) {
  if (!is_open()) return false;
  const bool deflates = window_bits_ != 0 && message.payload().size() >= shared_->options.deflate.message_bytes_min;
  if (!stream_->write(deflates ? message.deflated(shared_->deflaters, window_bits_) : message.plain())) return false;
  ++stats().messages_sent;
  return true;
}

std::size_t WebSocketConnection::drop_queue() { return state_ == State::open ? stream_->drop_queue() : 0; }

void WebSocketConnection::close(CloseCode code, std::string_view reason) {
  FRESHET_ASSERT(may_be_sent(code) && codec::is_utf8(reason));
  if (!is_open()) return;
  say_goodbye(code, reason);
  enter(State::closing);
}

void WebSocketConnection::abort() {
  enter(State::done);
  stream_->abort();
}

void WebSocketConnection::say_goodbye(CloseCode code, std::string_view reason) {
  const Block block = control_frame(Opcode::close, close_payload(code, reason));
  stream_->set_budget_bytes(stream_->queued_bytes() + block->size());
  // Refused only where the connection has ended already.
  static_cast<void>(stream_->write(block));
  stream_->hub().keep(shared_from_this());
}

// From open to closing to done, or a part of that way.
void WebSocketConnection::enter(State state) {
  if (state_ == State::done || state_ == state) return;
  StreamHub& hub = stream_->hub();
  (state_ == State::open ? hub.idle_ring() : hub.urgent_ring()).erase(*this);
  state_ = state;
  if (state == State::done) {
    --stats().open;
    return;
  }
  since_ = hub.now();
  hub.urgent_ring().insert(*this);
}

void WebSocketConnection::on_input(std::span<char> bytes) {
  const auto self = shared_from_this();
  const auto count = static_cast<double>(bytes.size());
  stats().bytes_received += bytes.size();
  const SteadyTime now = stream_->hub().now();
  if (state_ == State::open) {
    since_ = now;
    is_pinged_ = false;
  }
  if (!bytes_.take(count, shared_->options.byte_rate, now)) {
    ++stats().byte_rates;
    return fail(kTooManyBytes);
  }
  Inflater* const inflater = window_bits_ != 0 ? &shared_->inflater : nullptr;
  const auto violation = parser_.feed(bytes, shared_->options.messages, inflater, *this);
  if (!violation) return;
  this->count(*violation);
  fail(*violation);
}

bool WebSocketConnection::admit_message() {
  if (messages_.take(1, shared_->options.message_rate, stream_->hub().now())) return true;
  ++stats().message_rates;
  fail(kTooManyMessages);
  return false;
}

bool WebSocketConnection::on_message(MessageKind kind, std::string_view payload) {
  if (!admit_message()) return false;
  ++stats().messages_received;
  if (state_ == State::open && listener_ != nullptr) tell_message(kind, payload);
  return goes_on();
}

void WebSocketConnection::tell_message(MessageKind kind, std::string_view payload) {
  try {
    return listener_->on_message(kind, payload);
  } catch (...) {
    // Whatever it was: the client's message was not dealt with, and the others are not to suffer.
    ++stats().listener_faults;
  }
  close(CloseCode::internal_error, "the server failed to deal with a message");
}

bool WebSocketConnection::on_ping(std::string_view payload) {
  if (!admit_message()) return false;
  // One that does not read its pongs does without.
  if (state_ == State::open) static_cast<void>(stream_->write(control_frame(Opcode::pong, payload)));
  return goes_on();
}

bool WebSocketConnection::on_pong(std::string_view) { return admit_message() && goes_on(); }

void WebSocketConnection::on_close(CloseCode code, std::string_view reason) {
  code_ = code;
  reason_ = reason;
  if (state_ == State::open) say_goodbye(code, {});
  enter(State::done);
  stream_->close();
}

void WebSocketConnection::count(const Violation& violation) {
  switch (violation.code) {
    case CloseCode::message_too_big:
      ++stats().messages_too_big;
      return;
    case CloseCode::invalid_payload:
      ++stats().invalid_payloads;
      return;
    case CloseCode::policy_violation:
      ++stats().too_many_frames;
      return;
    default:
      ++stats().protocol_errors;
  }
}

// The client's goodbye is not waited for: what it sends cannot be read any more.
void WebSocketConnection::fail(const Violation& violation) {
  if (state_ == State::done) return;
  code_ = violation.code;
  reason_ = violation.reason;
  if (state_ == State::open) say_goodbye(violation.code, violation.reason);
  enter(State::done);
  stream_->set_input(nullptr);
  stream_->close_gently();
}

void WebSocketConnection::on_drained() {
  if (state_ == State::open && listener_ != nullptr) listener_->on_drained();
}

void WebSocketConnection::on_closed(CloseReason) {
  const auto self = shared_from_this();
  stream_->hub().let_go(this);
  enter(State::done);
  if (WebSocketListener* const listener = std::exchange(listener_, nullptr); listener != nullptr) {
    listener->on_closed(code_, reason_);
  }
}

void WebSocketConnection::on_stop() {
  const auto self = shared_from_this();
  if (listener_ != nullptr && is_open()) listener_->on_stop();
  close(CloseCode::going_away, "the server is stopping");
}

void WebSocketConnection::on_sweep(SteadyTime now) {
  const WebSocketOptions& options = shared_->options;
  if (state_ == State::closing) {
    if (now - since_ < options.close_timeout) return;
    ++stats().close_timeouts;
    return abort();
  }
  if (is_pinged_) {
    if (now - since_ < options.pong_timeout) return;
    ++stats().pong_timeouts;
    return abort();
  }
  if (now - since_ < options.ping_interval) return;
  // Where bytes wait already, the write timeout watches over the client.
  if (!stream_->write(ping_frame())) return;
  ++stats().pings_sent;
  is_pinged_ = true;
  since_ = now;
}

}  // namespace freshet::net
