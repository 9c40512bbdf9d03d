// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/net/caller.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/websocket/websocket.hpp"
#include "freshet/service/internal/authenticator.hpp"
#include "freshet/service/internal/catalog.hpp"
#include "freshet/service/internal/log.hpp"
#include "freshet/service/internal/sockets/client_message.hpp"
#include "freshet/service/internal/sockets/socket_stats.hpp"
#include "freshet/service/internal/sockets/subscription_port.hpp"
#include "freshet/service/socket_options.hpp"
#include "freshet/stream/access.hpp"
#include "freshet/stream/instances.hpp"

namespace freshet {
class Graph;
}

namespace freshet::service {

class SocketSession;

/// What the sockets of a service stand on; all of it outlives them.
struct SocketContext {
  net::Loop& loop;
  Graph& graph;
  const Catalog& catalog;
  const stream::AccessRules& access;
  stream::Instances& instances;
  Authenticator& authenticator;
  Log& log;
  const SocketOptions& options;
  bool token_required;
  /// How long until who comes from there may write once more (HttpServer::admit_write()).
  std::function<std::chrono::seconds(std::string_view network)> admit_write;
};

/// Whoever keeps the sessions.
class SocketSessionOwner {
 public:
  virtual SocketStats& stats() = 0;
  /// It has to be looked at by then.
  virtual void due(Timestamp when) = 0;
  /// Destroys `session`.
  virtual void leave(SocketSession& session) = 0;

 protected:
  ~SocketSessionOwner() = default;
};

/// One client of /v1/ws: deals with its messages, and holds the streams that it reads.
///
/// What a client may do follows from its caller: the one of the handshake, until it sends a token. When the token
/// expires, its streams end and it is nobody, until it sends another one.
///
/// Invariant: each opening that the socket made is given back, whatever ends the subscription.
/// Thread safety: belongs to the loop.
class SocketSession final : private net::WebSocketListener, private SubscriptionOwner {
 public:
  SocketSession(const SocketContext& context, SocketSessionOwner& owner, std::shared_ptr<net::WebSocket> socket,
                std::shared_ptr<const Caller> caller, std::shared_ptr<const net::Client> client);
  ~SocketSession();
  SocketSession(const SocketSession&) = delete;
  SocketSession& operator=(const SocketSession&) = delete;

  /// Does what is due by now: ends what a token allowed that has expired, or a client that sent none.
  void look(Timestamp now);
  /// When it has to be looked at; never, if unset.
  std::optional<Timestamp> due() const { return due_; }

  /// Where the owner keeps this session in its list.
  std::size_t index = 0;

 private:
  struct Subscription {
    SubscriptionPort* port;
    std::shared_ptr<const Caller> caller;  // who opened it; owners: this, and what was made for him
    bool is_opened;
  };

  // The socket.
  net::WebSocket& socket() override { return *socket_; }
  void on_message(net::MessageKind kind, std::string_view payload) override;
  void on_drained() override;
  void on_closed(net::CloseCode code, std::string_view reason) override;

  // What clients ask for.
  void handle(const ClientMessage& message);
  void subscribe(const ClientMessage& message);
  void join(const ClientMessage& message, const stream::Instances::Opened& opened, bool is_opened);
  void unsubscribe(const ClientMessage& message);
  void write(const ClientMessage& message);
  void take_token(const ClientMessage& message);
  void set_caller(std::shared_ptr<const Caller> caller);

  // Subscriptions.
  std::vector<Subscription>::iterator find(std::string_view stream);
  void ended(SubscriptionPort& port) override;
  Subscription take_out(std::vector<Subscription>::iterator at);
  void end(const Subscription& subscription, std::string_view reason);
  void end_all(std::string_view reason);

  // Answers.
  const Caller& user() const;
  void answer(std::string_view text);
  void refuse(std::string_view id, const Error& error);
  void nonsense(const ClientMessageFault& fault);
  void plan();

  const SocketContext& context_;
  SocketSessionOwner& owner_;
  const std::shared_ptr<net::WebSocket> socket_;     // owners: this, and the server until both ends have closed
  const std::shared_ptr<const net::Client> client_;  // owners: this, and who asked at the same time
  std::shared_ptr<const Caller> caller_;             // null: nobody; owners: this, and its subscriptions
  std::vector<Subscription> subscriptions_;
  std::optional<Timestamp> due_;
  std::size_t next_drained_ = 0;
  std::size_t nonsense_in_a_row_ = 0;
  std::size_t unread_answer_bytes_ = 0;
  std::shared_ptr<SocketSession*> awaiting_token_;  // owners: this, and the check of a token, which may outlive it
};

}  // namespace freshet::service
