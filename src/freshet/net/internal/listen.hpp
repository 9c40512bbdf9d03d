// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/net/internal/asio.hpp"

namespace freshet::net {

struct ListenOptions {
  std::string_view host;
  std::uint16_t port = 0;
  int backlog = 4096;
};

/// Opens listening sockets on all addresses of a host, all on one port; port 0 takes a free one. An address that this
/// machine does not have is passed over as long as another one works ("localhost" without IPv6).
///
/// Owners of an acceptor: the server, and the coroutine that accepts on it.
Result<std::vector<std::shared_ptr<TcpAcceptor>>> open_acceptors(asio::io_context& context,
                                                                 const ListenOptions& options);

/// Takes over a descriptor that listens. Errors: invalid_argument, where it does not, or not for TCP.
Result<std::shared_ptr<TcpAcceptor>> adopt_acceptor(asio::io_context& context, int descriptor);

}  // namespace freshet::net
