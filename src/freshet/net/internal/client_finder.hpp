// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "freshet/base/result.hpp"
#include "freshet/net/client.hpp"
#include "freshet/net/client_limits.hpp"
#include "freshet/net/http.hpp"
#include "freshet/net/internal/asio.hpp"

namespace freshet::net {

/// The other end of a connection.
struct Peer {
  IpAddress address;
  /// 192.0.2.7:50312 or [2001:db8::7]:50312.
  std::string remote;
  /// The client, where it is not a proxy. Owners: its connection and its requests.
  std::shared_ptr<const Client> client;
  bool is_trusted_proxy = false;
};

/// Finds out who a client is: from the connection, and from what trusted proxies say.
class ClientFinder {
 public:
  ClientFinder(ProxyOptions proxies, std::vector<IpNetwork> unlimited)
      : proxies_(std::move(proxies)), unlimited_(std::move(unlimited)) {}

  Peer peer(const asio::ip::tcp::endpoint& endpoint, bool is_tls) const;
  /// Who sent these fields over a connection of `peer`. Errors: invalid_argument, where a trusted proxy's field is
  /// malformed: whoever the client is, it has tampered with it.
  Result<std::shared_ptr<const Client>> find(const Peer& peer, const Headers& headers) const;

 private:
  std::shared_ptr<const Client> client_of(const IpAddress& address, bool secure) const;
  Result<std::shared_ptr<const Client>> by_forwarded(const Peer& peer, const Headers& headers) const;
  Result<std::shared_ptr<const Client>> by_x_forwarded_for(const Peer& peer, const Headers& headers) const;
  bool trusts(const IpAddress& address) const { return any_contains(proxies_.trusted, address); }

  const ProxyOptions proxies_;
  const std::vector<IpNetwork> unlimited_;
};

}  // namespace freshet::net
