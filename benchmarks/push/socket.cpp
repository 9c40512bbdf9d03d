// SPDX-License-Identifier: MIT
#include "push/socket.hpp"

#include <algorithm>
#include <arpa/inet.h>
#include <cctype>
#include <cerrno>
#include <charconv>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string>
#include <strings.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace freshet::bench {

namespace {

constexpr int kBacklog = 4096;

void require(bool holds, const char* what) {
  if (!holds) throw std::system_error(errno, std::generic_category(), what);
}

sockaddr_in loopback(std::uint16_t port, unsigned host) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK + host);
  return address;
}

void set_option(int socket, int level, int option) {
  const int on = 1;
  require(setsockopt(socket, level, option, &on, sizeof on) == 0, "setsockopt");
}

}  // namespace

Descriptor::~Descriptor() {
  if (number_ >= 0) close(number_);
}

void raise_file_limit() {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

Descriptor listen_on(std::uint16_t port) {
  Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  require(listener.number() >= 0, "socket");
  set_option(listener.number(), SOL_SOCKET, SO_REUSEADDR);
  const sockaddr_in address = loopback(port, 0);
  require(bind(listener.number(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0, "bind");
  require(listen(listener.number(), kBacklog) == 0, "listen");
  return listener;
}

std::uint16_t port_of(const Descriptor& listener) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  require(getsockname(listener.number(), reinterpret_cast<sockaddr*>(&address), &size) == 0, "getsockname");
  return ntohs(address.sin_port);
}

Descriptor connect_to(std::uint16_t port, unsigned source, int receive_buffer) {
  Descriptor connection(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  require(connection.number() >= 0, "socket");
  set_option(connection.number(), IPPROTO_TCP, TCP_NODELAY);
  if (receive_buffer > 0)
    require(setsockopt(connection.number(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer) == 0,
            "setsockopt");
  if (source > 0) {
    // The port is chosen when the connection is made, from those that are free for this pair of addresses.
    set_option(connection.number(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT);
    const sockaddr_in from = loopback(0, source);
    require(bind(connection.number(), reinterpret_cast<const sockaddr*>(&from), sizeof from) == 0, "bind");
  }
  const sockaddr_in to = loopback(port, 0);
  require(connect(connection.number(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0, "connect");
  require(fcntl(connection.number(), F_SETFL, O_NONBLOCK) == 0, "fcntl");
  return connection;
}

void send_all(const Descriptor& socket, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN) {
      pollfd writable{.fd = socket.number(), .events = POLLOUT, .revents = 0};
      poll(&writable, 1, -1);
      continue;
    }
    require(sent > 0, "send");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::size_t content_length(std::string_view head) {
  constexpr std::string_view kName = "content-length:";
  const auto same = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  const auto at = std::search(head.begin(), head.end(), kName.begin(), kName.end(), same);
  if (at == head.end()) return 0;
  std::string_view value(at + kName.size(), head.end());
  value.remove_prefix(std::min(value.find_first_not_of(' '), value.size()));
  std::size_t length = 0;
  std::from_chars(value.data(), value.data() + value.size(), length);
  return length;
}

}  // namespace freshet::bench
