// SPDX-License-Identifier: MIT
#include "freshet/net/testing/forwarded_properties.hpp"

#include <string>
#include <vector>

#include "freshet/base/assert.hpp"
#include "freshet/net/forwarded.hpp"

namespace freshet::net::testing {
namespace {

bool same(const ForwardedHop& left, const ForwardedHop& right) {
  return left.address == right.address && left.secure == right.secure;
}

std::string text_of(const ForwardedHop& hop) {
  std::string node = "unknown";
  if (hop.address) node = hop.address->is_v4() ? hop.address->text() : "[" + hop.address->text() + "]";
  return "for=\"" + node + "\";proto=" + (hop.secure ? "https" : "http");
}

void check_list(std::string_view bytes) {
  const auto hops = parse_forwarded(bytes);
  if (!hops) {
    FRESHET_ASSERT(hops.error().code == ErrorCode::invalid_argument);
    return;
  }
  FRESHET_ASSERT(hops->size() <= kForwardedHopsMax);
  std::string written;
  for (const ForwardedHop& hop : *hops) written.append(written.empty() ? "" : ", ").append(text_of(hop));
  const auto again = parse_forwarded(written);
  FRESHET_ASSERT(again.has_value() && again->size() == hops->size());
  for (std::size_t at = 0; at < hops->size(); ++at) FRESHET_ASSERT(same((*hops)[at], (*again)[at]));
  if (hops->size() == kForwardedHopsMax) return;
  const auto behind = parse_forwarded("for=192.0.2.1," + std::string(bytes));
  FRESHET_ASSERT(behind.has_value() && behind->size() == hops->size() + 1);
  for (std::size_t at = 0; at < hops->size(); ++at) FRESHET_ASSERT(same((*hops)[at], (*behind)[at + 1]));
}

void check_address(std::string_view bytes) {
  if (const auto address = IpAddress::parse(bytes)) {
    const auto again = IpAddress::parse(address->text());
    FRESHET_ASSERT(again.has_value() && *again == *address);
    FRESHET_ASSERT(address->masked(128) == *address);
    const auto alone = IpNetwork::parse(address->text());
    FRESHET_ASSERT(alone.has_value() && alone->contains(*address));
  }
  if (const auto network = IpNetwork::parse(bytes)) {
    const auto again = IpNetwork::parse(network->text());
    FRESHET_ASSERT(again.has_value() && *again == *network);
  }
  const auto hop = parse_x_forwarded_for(bytes);
  if (!hop || !hop->address) return;
  const auto again = parse_x_forwarded_for(hop->address->text());
  FRESHET_ASSERT(again.has_value() && same(*again, *hop));
}

}  // namespace

void check_forwarded(std::string_view bytes) {
  check_list(bytes);
  check_address(bytes);
}

}  // namespace freshet::net::testing
