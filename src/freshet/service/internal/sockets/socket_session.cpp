// SPDX-License-Identifier: MIT
#include "freshet/service/internal/sockets/socket_session.hpp"

#include <algorithm>
#include <utility>

#include "freshet/graph/graph.hpp"
#include "freshet/service/internal/answers.hpp"
#include "freshet/service/internal/input_routes.hpp"
#include "freshet/service/internal/sockets/server_message.hpp"

namespace freshet::service {

SocketSession::SocketSession(const SocketContext& context, SocketSessionOwner& owner,
                             std::shared_ptr<net::WebSocket> socket, std::shared_ptr<const Caller> caller,
                             std::shared_ptr<const net::Client> client)
    : context_(context),
      owner_(owner),
      socket_(std::move(socket)),
      client_(std::move(client)),
      caller_(std::move(caller)) {
  socket_->set_listener(this);
  ++owner_.stats().sockets;
  plan();
}

SocketSession::~SocketSession() {
  socket_->set_listener(nullptr);
  if (awaiting_token_ != nullptr) *awaiting_token_ = nullptr;
  end_all({});
  --owner_.stats().sockets;
}

const Caller& SocketSession::user() const {
  static const Caller nobody;  // constant
  return caller_ == nullptr ? nobody : *caller_;
}

void SocketSession::on_message(net::MessageKind kind, std::string_view payload) {
  if (kind == net::MessageKind::binary) {
    return socket_->close(net::CloseCode::unsupported_data, "only text is understood here");
  }
  const auto message = read_client_message(payload);
  if (!message) return nonsense(message.error());
  nonsense_in_a_row_ = 0;
  handle(*message);
}

void SocketSession::handle(const ClientMessage& message) {
  const bool is_free = message.type == ClientMessageType::token || message.type == ClientMessageType::ping;
  if (context_.token_required && !user().is_known() && !is_free) {
    return refuse(message.id, {.code = ErrorCode::forbidden,
                               .primary = "a token is needed",
                               .hint = R"(send {"type":"token","token":"..."} first)"});
  }
  switch (message.type) {
    case ClientMessageType::subscribe:
      return subscribe(message);
    case ClientMessageType::unsubscribe:
      return unsubscribe(message);
    case ClientMessageType::write:
      return write(message);
    case ClientMessageType::token:
      return take_token(message);
    case ClientMessageType::ping:
      break;
  }
  answer(pong_message(message.id));
}

void SocketSession::subscribe(const ClientMessage& message) {
  if (subscriptions_.size() >= context_.options.subscriptions_max) {
    ++owner_.stats().subscriptions_refused;
    return refuse(message.id, {.code = ErrorCode::limit_exceeded,
                               .primary = "this socket has too many subscriptions",
                               .detail = "at most " + std::to_string(context_.options.subscriptions_max)});
  }
  if (!message.stream.empty()) return join(message, {message.stream, true}, false);
  const auto resource = context_.catalog.resource(message.resource);
  if (!resource) return refuse(message.id, resource.error());
  const auto opened = context_.instances.open(**resource, message.params, user());
  if (!opened) {
    if (opened.error().code == ErrorCode::internal) context_.log.error(to_string(opened.error()));
    return refuse(message.id, opened.error());
  }
  join(message, *opened, true);
}

void SocketSession::join(const ClientMessage& message, const stream::Instances::Opened& opened, bool is_opened) {
  Result<void> admitted;
  if (find(opened.instance_id) != subscriptions_.end()) {
    admitted =
        fail(ErrorCode::already_exists, "this socket reads that stream already", "the stream is " + opened.instance_id);
  } else if (auto instance = context_.instances.admit(opened.instance_id, user()); !instance) {
    admitted = fail(std::move(instance.error()));
  }
  if (!admitted) {
    if (is_opened) static_cast<void>(context_.instances.close(opened.instance_id, user()));
    return refuse(message.id, admitted.error());
  }
  answer(subscribed_message(message.id, opened.instance_id, opened.reused));
  SubscriptionOwner& owner = *this;
  auto port = std::make_unique<SubscriptionPort>(owner, opened.instance_id);
  subscriptions_.push_back({port.get(), caller_, is_opened});
  ++owner_.stats().subscriptions;
  ++owner_.stats().subscribed;
  // The socket sees to the time: a new token of the same caller lets its streams go on.
  Caller timeless = user();
  timeless.expires_at.reset();
  context_.instances.join(opened.instance_id, std::move(port), message.since, timeless);
}

void SocketSession::unsubscribe(const ClientMessage& message) {
  const auto found = find(message.stream);
  if (found == subscriptions_.end()) {
    return refuse(message.id, {.code = ErrorCode::not_found, .primary = "this socket does not read that stream"});
  }
  end(take_out(found), {});
  answer(unsubscribed_message(message.id, message.stream));
}

void SocketSession::write(const ClientMessage& message) {
  const auto wait = client_ == nullptr ? std::chrono::seconds(0) : context_.admit_write(client_->network);
  if (wait != wait.zero()) {
    return refuse(message.id, {.code = ErrorCode::limit_exceeded,
                               .primary = "too many writes from this address",
                               .detail = "the next one is let through in " + std::to_string(wait.count()) + " s",
                               .hint = "slow down"});
  }
  const auto version = write_inputs(message.inputs, context_.catalog, {context_.access, user()}, context_.graph);
  if (version) return answer(written_message(message.id, *version));
  Error error = version.error();
  if (error.path.starts_with('$')) error.path.insert(1, ".inputs");
  refuse(message.id, error);
}

void SocketSession::take_token(const ClientMessage& message) {
  if (awaiting_token_ != nullptr) {
    return refuse(message.id, {.code = ErrorCode::conflict, .primary = "a token is being checked already"});
  }
  awaiting_token_ = std::make_shared<SocketSession*>(this);
  context_.authenticator.check(message.token, client_, [self = awaiting_token_, id = message.id](auto caller) {
    if (*self == nullptr) return;
    SocketSession& session = **self;
    session.awaiting_token_ = nullptr;
    if (!caller) return session.refuse(id, caller.error());
    session.set_caller(*std::move(caller));
    session.answer(authenticated_message(id, session.user().user));
  });
}

void SocketSession::set_caller(std::shared_ptr<const Caller> caller) {
  const bool is_same = caller_ != nullptr && caller != nullptr && *caller_ == *caller;
  if (!is_same) end_all(R"({"reason":"caller_changed"})");
  caller_ = std::move(caller);
  plan();
}

std::vector<SocketSession::Subscription>::iterator SocketSession::find(std::string_view stream) {
  return std::ranges::find_if(subscriptions_, [stream](const Subscription& s) { return s.port->stream() == stream; });
}

SocketSession::Subscription SocketSession::take_out(std::vector<Subscription>::iterator at) {
  Subscription subscription = std::move(*at);
  subscriptions_.erase(at);
  --owner_.stats().subscriptions;
  return subscription;
}

void SocketSession::end(const Subscription& subscription, std::string_view reason) {
  const std::string stream = subscription.port->stream();
  subscription.port->hang_up(reason);
  if (!subscription.is_opened) return;
  const Caller& opener = subscription.caller == nullptr ? Caller() : *subscription.caller;
  static_cast<void>(context_.instances.close(stream, opener));  // it may have ended by itself
}

void SocketSession::end_all(std::string_view reason) {
  while (!subscriptions_.empty()) end(take_out(subscriptions_.end() - 1), reason);
}

// The instance ends the session. The opening is given back later: the instances are in the middle of something.
void SocketSession::ended(SubscriptionPort& port) {
  const auto found = std::ranges::find(subscriptions_, &port, &Subscription::port);
  if (found == subscriptions_.end()) return;
  const Subscription subscription = take_out(found);
  if (!subscription.is_opened) return;
  context_.loop.defer([&instances = context_.instances, stream = port.stream(), caller = subscription.caller] {
    static_cast<void>(instances.close(stream, caller == nullptr ? Caller() : *caller));
  });
}

// Each of those that were refused something fills the queue as far as it goes: they take turns at being the first.
void SocketSession::on_drained() {
  unread_answer_bytes_ = 0;
  std::vector<SubscriptionPort*> ports;
  for (const Subscription& subscription : subscriptions_) ports.push_back(subscription.port);
  if (ports.empty()) return;
  std::ranges::rotate(ports, ports.begin() + static_cast<std::ptrdiff_t>(next_drained_++ % ports.size()));
  for (SubscriptionPort* port : ports) {
    // One of them may have ended another.
    if (std::ranges::find(subscriptions_, port, &Subscription::port) != subscriptions_.end()) port->drained();
  }
}

void SocketSession::on_closed(net::CloseCode, std::string_view) { owner_.leave(*this); }

void SocketSession::look(Timestamp now) {
  if (!due_ || *due_ > now) return;
  if (caller_ != nullptr && caller_->expires_at) {
    ++owner_.stats().tokens_expired;
    end_all(R"({"reason":"token_expired"})");
    caller_ = unknown_caller(client_.get());
    return plan();
  }
  due_.reset();
  ++owner_.stats().token_timeouts;
  socket_->close(net::CloseCode::policy_violation, "a token is needed");
}

void SocketSession::plan() {
  due_.reset();
  if (caller_ != nullptr && caller_->expires_at) {
    due_ = caller_->expires_at;
  } else if (context_.token_required && !user().is_known()) {
    due_ = context_.loop.clock().now() + context_.options.token_timeout;
  }
  if (due_) owner_.due(*due_);
}

// Answers have room of their own beside the events that wait, which may be many. Past it the socket is tried, so that a
// burst of questions does not count against a client that reads.
void SocketSession::answer(std::string_view text) {
  const std::size_t queued = socket_->queued_bytes();
  unread_answer_bytes_ = std::min(unread_answer_bytes_, queued);
  const auto message = net::WebSocketMessage::text(text);
  const std::size_t size = message.plain()->size();
  const bool has_room = unread_answer_bytes_ + size <= context_.options.answer_bytes_max;
  socket_->set_budget_bytes(has_room ? queued + size
                                     : queued - unread_answer_bytes_ + context_.options.answer_bytes_max);
  if (socket_->send(message)) {
    unread_answer_bytes_ += size;
  } else if (socket_->is_open()) {
    ++owner_.stats().unread_answers;
    socket_->close(net::CloseCode::policy_violation, "the answers are not read");
  }
}

void SocketSession::refuse(std::string_view id, const Error& error) {
  answer(error_message(id, refusal(user(), error).body));
}

void SocketSession::nonsense(const ClientMessageFault& fault) {
  ++owner_.stats().nonsense;
  refuse(fault.id, fault.error);
  if (++nonsense_in_a_row_ <= context_.options.nonsense_max) return;
  ++owner_.stats().nonsense_closes;
  socket_->close(net::CloseCode::policy_violation, "the messages make no sense");
}

}  // namespace freshet::service
