// SPDX-License-Identifier: MIT
#include "freshet/service/internal/sockets/subscription_port.hpp"

#include "freshet/codec/json_writer.hpp"

namespace freshet::service {

SubscriptionPort::~SubscriptionPort() {
  // Its instance goes without a word, as when the service does.
  finish();
}

bool SubscriptionPort::write(const stream::Event& event, std::size_t budget_bytes) {
  if (owner_ == nullptr) return false;
  // Some of these are the same for all streams, and so do not say which one ends.
  if (event.kind() == stream::EventKind::close) return write_close(event.data());
  net::WebSocket& socket = owner_->socket();
  if (socket.budget_bytes() != budget_bytes) socket.set_budget_bytes(budget_bytes);
  if (socket.send(event.message())) return true;
  was_refused_ = true;
  return false;
}

bool SubscriptionPort::write_close(std::string_view data) {
  std::string text;
  codec::JsonWriter json(text);
  json.begin_object();
  json.name("stream");
  json.string(stream_);
  json.name("event");
  json.string(to_string(stream::EventKind::close));
  json.name("data");
  json.raw(data);
  json.end_object();
  net::WebSocket& socket = owner_->socket();
  const auto message = net::WebSocketMessage::text(text);
  socket.set_budget_bytes(socket.queued_bytes() + message.plain()->size());
  return socket.send(message);  // refused only where nobody would read it
}

std::size_t SubscriptionPort::queued_bytes() const { return owner_ == nullptr ? 0 : owner_->socket().queued_bytes(); }

bool SubscriptionPort::is_open() const { return owner_ != nullptr && owner_->socket().is_open(); }

void SubscriptionPort::come_back_after(std::chrono::milliseconds delay) {
  if (owner_ != nullptr) write_close(R"({"reason":"stopping","retry_ms":)" + std::to_string(delay.count()) + "}");
}

void SubscriptionPort::finish() {
  if (SubscriptionOwner* const owner = std::exchange(owner_, nullptr); owner != nullptr) owner->ended(*this);
}

bool SubscriptionPort::drained() {
  if (!std::exchange(was_refused_, false)) return false;
  if (listener_ != nullptr) listener_->on_drained();
  return true;
}

void SubscriptionPort::hang_up(std::string_view reason) {
  if (!reason.empty() && owner_ != nullptr) write_close(reason);
  owner_ = nullptr;
  if (listener_ != nullptr) listener_->on_closed();
}

}  // namespace freshet::service
