// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "freshet/net/internal/asio.hpp"

namespace freshet::net {

/// 192.0.2.7:50312 or [2001:db8::7]:50312.
inline std::string endpoint_text(const asio::ip::tcp::endpoint& endpoint) {
  const std::string address = endpoint.address().to_string();
  const std::string port = std::to_string(endpoint.port());
  return endpoint.address().is_v6() ? "[" + address + "]:" + port : address + ":" + port;
}

}  // namespace freshet::net
