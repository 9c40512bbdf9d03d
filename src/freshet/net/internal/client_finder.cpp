// SPDX-License-Identifier: MIT
#include "freshet/net/internal/client_finder.hpp"

#include <iterator>
#include <utility>

#include "freshet/net/forwarded.hpp"
#include "freshet/net/internal/ascii.hpp"
#include "freshet/net/internal/endpoint_text.hpp"

namespace freshet::net {
namespace {

// What a customer is given of IPv6; counting by single addresses would give each 2^64 of them.
constexpr unsigned kV6NetworkBits = 64;

IpAddress address_of(const asio::ip::address& address) {
  if (address.is_v4()) return IpAddress::v4(address.to_v4().to_bytes());
  return IpAddress::v6(address.to_v6().to_bytes());
}

std::string network_text(const IpAddress& address) {
  if (address.is_v4()) return address.text();
  return address.masked(kV6NetworkBits).text() + "/" + std::to_string(kV6NetworkBits);
}

/// Follows the hops from the nearest on.
struct Trail {
  IpAddress client;
  bool secure = false;
  bool ended = false;
};

std::string_view last_element(std::string_view list) { return trim(list.substr(list.rfind(',') + 1)); }

// What the nearest proxy says of how it was asked.
bool says_https(const Headers& headers) {
  std::string_view value;
  for (const Header& field : headers) {
    if (equal_ignoring_case(field.name, "x-forwarded-proto")) value = field.value;
  }
  return equal_ignoring_case(last_element(value), "https");
}

}  // namespace

std::shared_ptr<const Client> ClientFinder::client_of(const IpAddress& address, bool secure) const {
  std::string network = any_contains(unlimited_, address) ? std::string() : network_text(address);
  return std::make_shared<const Client>(Client{address.text(), std::move(network), secure});
}

Peer ClientFinder::peer(const asio::ip::tcp::endpoint& endpoint, bool is_tls) const {
  const IpAddress address = address_of(endpoint.address());
  return {address, endpoint_text(endpoint), client_of(address, is_tls), trusts(address)};
}

Result<std::shared_ptr<const Client>> ClientFinder::find(const Peer& peer, const Headers& headers) const {
  if (!peer.is_trusted_proxy) return peer.client;
  return proxies_.field == ForwardedField::forwarded ? by_forwarded(peer, headers) : by_x_forwarded_for(peer, headers);
}

Result<std::shared_ptr<const Client>> ClientFinder::by_forwarded(const Peer& peer, const Headers& headers) const {
  Trail trail{peer.address, peer.client->secure};
  for (auto field = std::make_reverse_iterator(headers.end()); field != std::make_reverse_iterator(headers.begin());
       ++field) {
    if (!equal_ignoring_case(field->name, "forwarded")) continue;
    const auto hops = parse_forwarded(field->value);
    if (!hops) return fail(hops.error());
    for (auto hop = hops->rbegin(); hop != hops->rend(); ++hop) {
      trail.ended = trail.ended || !hop->address || !trusts(trail.client);
      if (trail.ended) break;
      trail.client = *hop->address;
      trail.secure = hop->secure;
    }
  }
  return client_of(trail.client, trail.secure);
}

Result<std::shared_ptr<const Client>> ClientFinder::by_x_forwarded_for(const Peer& peer, const Headers& headers) const {
  Trail trail{peer.address, peer.client->secure || says_https(headers)};
  for (auto field = std::make_reverse_iterator(headers.end()); field != std::make_reverse_iterator(headers.begin());
       ++field) {
    if (!equal_ignoring_case(field->name, "x-forwarded-for")) continue;
    // From the right, and no farther than somebody vouches for: what stands before it may be anything.
    std::string_view rest = field->value;
    while (!rest.empty() && !trail.ended) {
      if (!trusts(trail.client)) {
        trail.ended = true;
        break;
      }
      const std::string_view element = last_element(rest);
      const std::size_t comma = rest.rfind(',');
      rest = rest.substr(0, comma == std::string_view::npos ? 0 : comma);
      if (element.empty()) continue;
      const auto hop = parse_x_forwarded_for(element);
      if (!hop) return fail(hop.error());
      trail.ended = !hop->address;
      if (hop->address) trail.client = *hop->address;
    }
  }
  return client_of(trail.client, trail.secure);
}

}  // namespace freshet::net
