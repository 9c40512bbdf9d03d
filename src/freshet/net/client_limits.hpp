// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "freshet/net/ip_address.hpp"
#include "freshet/net/rate_limit.hpp"

namespace freshet::net {

/// How much of a server one client may have. What counts as one client is its address, of IPv6 the first 64 bits: that
/// is what a customer is given. A rate of 0 per second, and a number of 0, is no limit.
///
/// Addresses are remembered in a table of bounded size. When it is full, the one that was used least recently, of those
/// without a connection, is forgotten, and would begin anew with full rates. Where each has a connection, a new one is
/// let in without limits of its own: those of the whole server hold.
struct ClientLimits {
  /// Connections at once, streams included; one more is answered with 429 and closed.
  std::size_t connections_max = 1'000;
  /// Requests; more are answered with 429.
  RateLimit requests{.per_second = 500, .burst = 2'000};
  /// Of these, requests that may change something: all but GET, HEAD and OPTIONS; with the writes over WebSockets.
  RateLimit writes{.per_second = 200, .burst = 1'000};
  /// Addresses that are remembered.
  std::size_t clients_max = 100'000;
  /// Who has no limits of its own: this machine. What comes from here is either a program of the same operator or a
  /// proxy that nobody has told the server about, and one client's limits would then hold for all of them together.
  std::vector<IpNetwork> unlimited = loopback_networks();
};

/// The field that proxies put a client's address into.
enum class ForwardedField : std::uint8_t {
  x_forwarded_for,  ///< X-Forwarded-For and X-Forwarded-Proto: nginx, HAProxy, most clouds
  forwarded,        ///< Forwarded, RFC 7239
};

/// Whose word counts about where a request comes from.
///
/// The chain is followed from the connection's other end backwards as long as each is one of the trusted: the first
/// that is not is the client. Nobody else's fields are looked at, and only one of the two kinds ever is: a proxy that
/// writes the one passes on whatever a client wrote into the other.
struct ProxyOptions {
  /// None by default. Their own connections are not limited by ClientLimits::connections_max, since they carry others'.
  std::vector<IpNetwork> trusted = {};
  ForwardedField field = ForwardedField::x_forwarded_for;
};

/// The part of ServerStats that is about ClientLimits and ProxyOptions. Each limit has its counter.
struct ClientStats {
  std::size_t known = 0;  ///< now: addresses in the table

  std::uint64_t connections_refused = 0;  ///< connections_max
  std::uint64_t requests_refused = 0;     ///< requests
  std::uint64_t writes_refused = 0;       ///< writes
  std::uint64_t forgotten = 0;            ///< clients_max: the least recently used
  std::uint64_t untracked = 0;            ///< clients_max: let in without limits
  std::uint64_t forwarded_faults = 0;     ///< malformed fields of trusted proxies: 400
};

}  // namespace freshet::net
