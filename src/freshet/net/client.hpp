// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace freshet::net {

/// Where a request comes from: the other end of its connection, or whom trusted proxies name.
struct Client {
  /// 192.0.2.7 or 2001:db8::7.
  std::string address;
  /// What limits count by: the address, of IPv6 2001:db8:0:1::/64; empty where there are no limits.
  std::string network;
  /// Whether it speaks TLS, with the server or with the proxy in front.
  bool secure = false;
};

}  // namespace freshet::net
