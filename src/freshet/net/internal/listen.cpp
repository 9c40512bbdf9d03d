// SPDX-License-Identifier: MIT
#include "freshet/net/internal/listen.hpp"

#include <fcntl.h>
#include <string>
#include <sys/socket.h>
#include <utility>

namespace freshet::net {
namespace {

using asio::ip::tcp;
using Acceptors = std::vector<std::shared_ptr<TcpAcceptor>>;

// Several addresses need one port: a free one of the first may be taken on the second.
constexpr int kFreePortAttempts = 16;

std::string name_of(const ListenOptions& options) {
  std::string host(options.host);
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  return host + ":" + std::to_string(options.port);
}

std::vector<tcp::endpoint> addresses_of(asio::io_context& context, const ListenOptions& options, error_code& error) {
  std::string_view host = options.host;
  if (host.size() > 2 && host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  const asio::ip::address literal = asio::ip::make_address(host, error);
  if (!error) return {tcp::endpoint(literal, options.port)};
  asio::ip::basic_resolver<tcp, Executor> resolver(context);
  const auto found = resolver.resolve(host, std::to_string(options.port), tcp::resolver::passive, error);
  std::vector<tcp::endpoint> addresses;
  for (const auto& entry : found) addresses.push_back(entry.endpoint());
  return addresses;
}

std::shared_ptr<TcpAcceptor> open_acceptor(asio::io_context& context, const tcp::endpoint& address, int backlog,
                                           error_code& error) {
  auto acceptor = std::make_shared<TcpAcceptor>(context);
  if (acceptor->open(address.protocol(), error)) return nullptr;
  ::fcntl(acceptor->native_handle(), F_SETFD, FD_CLOEXEC);
  if (acceptor->set_option(asio::socket_base::reuse_address(true), error)) return nullptr;
  if (acceptor->bind(address, error)) return nullptr;
  if (acceptor->listen(backlog, error)) return nullptr;
  if (acceptor->native_non_blocking(true, error)) return nullptr;
  return acceptor;
}

bool is_absent(const error_code& error) {
  return error == asio::error::address_family_not_supported || error.value() == EADDRNOTAVAIL;
}

// The acceptors of all addresses, on the port of the first. `error` is that of the last address that failed.
Acceptors open_all(asio::io_context& context, std::vector<tcp::endpoint> addresses, int backlog, error_code& error) {
  Acceptors acceptors;
  for (tcp::endpoint& address : addresses) {
    if (!acceptors.empty()) address.port(acceptors.front()->local_endpoint().port());
    error_code failed;
    if (auto acceptor = open_acceptor(context, address, backlog, failed); acceptor != nullptr) {
      acceptors.push_back(std::move(acceptor));
      continue;
    }
    error = failed;
    if (!is_absent(failed)) return {};
  }
  return acceptors;
}

std::string lower_first(std::string text) {
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + ('a' - 'A'));
  return text;
}

int option_of(int descriptor, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  return ::getsockopt(descriptor, SOL_SOCKET, name, &value, &size) == 0 ? value : -1;
}

}  // namespace

Result<std::shared_ptr<TcpAcceptor>> adopt_acceptor(asio::io_context& context, int descriptor) {
  const int family = option_of(descriptor, SO_DOMAIN);
  const bool is_tcp = (family == AF_INET || family == AF_INET6) && option_of(descriptor, SO_TYPE) == SOCK_STREAM;
  if (!is_tcp || option_of(descriptor, SO_ACCEPTCONN) != 1) {
    return fail(ErrorCode::invalid_argument,
                "descriptor " + std::to_string(descriptor) + " is not a TCP socket that listens", "",
                "with systemd: ListenStream= and a port, in the unit of the socket");
  }
  auto acceptor = std::make_shared<TcpAcceptor>(context);
  error_code error;
  ::fcntl(descriptor, F_SETFD, FD_CLOEXEC);
  acceptor->assign(family == AF_INET ? tcp::v4() : tcp::v6(), descriptor, error);
  if (!error) acceptor->native_non_blocking(true, error);
  if (error)
    return fail(ErrorCode::unavailable, "cannot take over descriptor " + std::to_string(descriptor), error.message());
  return acceptor;
}

Result<Acceptors> open_acceptors(asio::io_context& context, const ListenOptions& options) {
  error_code error;
  const std::vector<tcp::endpoint> addresses = addresses_of(context, options, error);
  Acceptors acceptors;
  for (int attempt = 0; attempt < kFreePortAttempts && !addresses.empty() && acceptors.empty(); ++attempt) {
    acceptors = open_all(context, addresses, options.backlog, error);
    if (options.port != 0 || error != asio::error::address_in_use) break;
  }
  if (!acceptors.empty()) return acceptors;
  std::string hint;
  if (error == asio::error::address_in_use) hint = "another program listens there: end it or choose another port";
  if (error == asio::error::access_denied) hint = "ports below 1024 need a privilege: choose another port";
  if (addresses.empty()) hint = "give a name or an address of this machine, such as 127.0.0.1";
  return fail(ErrorCode::unavailable, "cannot listen on " + name_of(options) + ": " + lower_first(error.message()), "",
              std::move(hint));
}

}  // namespace freshet::net
