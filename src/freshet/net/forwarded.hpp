// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/net/ip_address.hpp"

namespace freshet::net {

/// What one proxy says of where a request came from.
struct ForwardedHop {
  /// Nothing where the proxy does not know it, or keeps it to itself.
  std::optional<IpAddress> address;
  /// Whether it came by https.
  bool secure = false;
};

/// More hops in one field are refused.
inline constexpr std::size_t kForwardedHopsMax = 32;

/// Reads the value of one Forwarded field, in the order of the hops: the nearest to the client first. Strict: what is
/// not exactly of the RFC's form is refused as a whole.
/// Errors: invalid_argument. Source: RFC 7239 sections 4 to 6.
Result<std::vector<ForwardedHop>> parse_forwarded(std::string_view value);

/// Reads one element of an X-Forwarded-For field: an address with or without a port, of IPv6 with or without brackets;
/// or `unknown`. Errors: invalid_argument.
Result<ForwardedHop> parse_x_forwarded_for(std::string_view element);

}  // namespace freshet::net
