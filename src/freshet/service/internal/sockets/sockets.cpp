// SPDX-License-Identifier: MIT
#include "freshet/service/internal/sockets/sockets.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include <service_files.hpp>

#include "freshet/net/http.hpp"
#include "freshet/service/static_files.hpp"

namespace freshet::service {
namespace {

constexpr std::chrono::milliseconds kSweepInterval{1'000};

net::WebSocketOptions endpoint_options(const SocketOptions& options, const std::vector<std::string>& cors_origins) {
  net::WebSocketOptions result = options.websocket;
  result.subprotocols = {kSocketProtocol};
  result.origins.insert(result.origins.end(), cors_origins.begin(), cors_origins.end());
  return result;
}

}  // namespace

Sockets::Sockets(const SocketContext& context, const std::vector<std::string>& cors_origins)
    : context_(context),
      endpoint_(endpoint_options(context.options, cors_origins)),
      sweep_timer_(context.loop.every(kSweepInterval, [this] { sweep(); })) {}

Sockets::~Sockets() = default;

void Sockets::add_routes(net::Router& router) {
  router.add(net::Method::get, "/v1/ws", [this](net::Request& request, const net::PathParams&) {
    return endpoint_.accept(
        request, [this, caller = request.caller, client = request.client](std::shared_ptr<net::WebSocket> socket) {
          take(std::move(socket), caller, client);
        });
  });
  router.add(net::Method::get, "/v1/asyncapi.yaml", [](net::Request&, const net::PathParams&) {
    const auto file = std::ranges::find(service_files(), "asyncapi.yaml", &StaticFile::path);
    return net::Response::bytes(std::string(file->content_type), net::make_block(std::string(file->bytes)));
  });
}

void Sockets::take(std::shared_ptr<net::WebSocket> socket, std::shared_ptr<const Caller> caller,
                   std::shared_ptr<const net::Client> client) {
  SocketSessionOwner& owner = *this;
  sessions_.push_back(
      std::make_unique<SocketSession>(context_, owner, std::move(socket), std::move(caller), std::move(client)));
  sessions_.back()->index = sessions_.size() - 1;
}

void Sockets::due(Timestamp when) { next_due_ = std::min(next_due_, when); }

void Sockets::leave(SocketSession& session) {
  const std::size_t index = session.index;
  std::swap(sessions_[index], sessions_.back());
  sessions_[index]->index = index;
  sessions_.pop_back();
}

void Sockets::sweep() {
  const Timestamp now = context_.loop.clock().now();
  if (now < next_due_) return;
  next_due_ = Timestamp::max();
  for (const auto& session : sessions_) {
    session->look(now);
    if (session->due()) next_due_ = std::min(next_due_, *session->due());
  }
}

}  // namespace freshet::service
