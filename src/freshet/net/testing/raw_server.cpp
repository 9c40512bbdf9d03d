// SPDX-License-Identifier: MIT
#include "freshet/net/testing/raw_server.hpp"

#include <array>
#include <cerrno>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>

namespace freshet::net::testing {
namespace {

sockaddr* as_address(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

}  // namespace

void RawServer::Connection::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto count = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // Whoever tests with more than a socket takes wants to see what becomes of that.
    if (count <= 0) return;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void RawServer::Connection::reset() {
  const linger none{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close();
}

RawServer::RawServer() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_.get(), as_address(address), size) != 0 || ::listen(listener_.get(), 64) != 0 ||
      ::getsockname(listener_.get(), as_address(address), &size) != 0) {
    throw std::runtime_error("cannot listen");
  }
  port_ = ntohs(address.sin_port);
}

void RawServer::poll() {
  while (true) {
    Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (socket.get() < 0) break;
    connections_.push_back({std::move(socket)});
    answered_.push_back(false);
  }
  std::array<char, 16 * 1024> buffer{};
  for (std::size_t at = 0; at < connections_.size(); ++at) {
    Connection& connection = connections_[at];
    while (connection.socket.get() >= 0 && !connection.ended) {
      const auto count = ::recv(connection.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
      if (count > 0) connection.received.append(buffer.data(), static_cast<std::size_t>(count));
      if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (count <= 0) connection.ended = true;
    }
    if (answered_[at] || !answer_ || !connection.has_request()) continue;
    answered_[at] = true;
    answer_(connection);
  }
}

}  // namespace freshet::net::testing
