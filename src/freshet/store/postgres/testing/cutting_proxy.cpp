// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/testing/cutting_proxy.hpp"

#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <set>
#include <stdexcept>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace freshet::store::testing {
namespace {

constexpr int kMoment = 50;  // milliseconds

int connect_to(const std::string& path) {
  const int server = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return server;
  ::close(server);
  return -1;
}

bool send_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

std::string_view take_string(std::string_view& bytes) {
  const std::string_view text = bytes.substr(0, bytes.find('\0'));
  bytes.remove_prefix(std::min(bytes.size(), text.size() + 1));
  return text;
}

/// One direction of a connection, message by message: a byte that says what it is, four of length, the rest.
class Messages {
 public:
  explicit Messages(bool begins_untyped) : is_untyped_(begins_untyped) {}

  bool read_from(int socket) {
    std::array<char, 65536> buffer{};
    const ssize_t size = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (size > 0) bytes_.append(buffer.data(), static_cast<std::size_t>(size));
    return size > 0;
  }
  /// The next whole message; empty if there is none.
  std::string next() {
    const std::size_t head = is_untyped_ ? 0 : 1;
    if (bytes_.size() < head + 4) return {};
    std::uint32_t length = 0;
    std::memcpy(&length, bytes_.data() + head, 4);
    const std::size_t size = head + ntohl(length);
    if (bytes_.size() < size) return {};
    is_untyped_ = false;
    std::string message = bytes_.substr(0, size);
    bytes_.erase(0, size);
    return message;
  }

 private:
  bool is_untyped_;
  std::string bytes_;
};

/// Knows which statement a client has prepared as COMMIT, and when it runs it.
class CommitWatch {
 public:
  bool is_commit(std::string_view message) {
    const char kind = message.front();
    std::string_view rest = message.substr(std::min<std::size_t>(5, message.size()));
    if (kind == 'P') {
      const std::string name(take_string(rest));
      if (take_string(rest) == "COMMIT") names_.insert(name);
    }
    if (kind != 'B') return false;
    take_string(rest);  // the portal
    return names_.contains(take_string(rest));
  }

 private:
  std::set<std::string, std::less<>> names_;
};

bool says_committed(std::string_view message) { return message.front() == 'C' && message.substr(5, 6) == "COMMIT"; }

}  // namespace

CuttingProxy::CuttingProxy(const std::string& folder) : server_path_(folder + "/.s.PGSQL.5432") {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_, 64) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    throw std::runtime_error("the proxy cannot listen");
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_clients(); });
}

CuttingProxy::~CuttingProxy() {
  is_stopped_ = true;
  acceptor_.join();
  for (std::thread& connection : connections_) connection.join();
  ::close(listener_);
}

std::string CuttingProxy::url(const std::string& database) const {
  return "postgres://freshet@127.0.0.1:" + std::to_string(port_) + "/" + database +
         "?sslmode=disable&gssencmode=disable";
}

void CuttingProxy::accept_clients() {
  while (!is_stopped_) {
    pollfd waiting{.fd = listener_, .events = POLLIN, .revents = 0};
    if (::poll(&waiting, 1, kMoment) <= 0) continue;
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (is_refused_) {
      ::close(client);
    } else {
      connections_.emplace_back([this, client] { serve(client); });
    }
  }
}

void CuttingProxy::serve(int client) {
  const int server = connect_to(server_path_);
  Messages asked(true);
  Messages answered(false);
  CommitWatch watch;
  Cut cut = Cut::never;  // of the COMMIT under way
  const auto pass_question = [&](const std::string& message) {
    if (cut == Cut::never && watch.is_commit(message)) cut = next_cut_.exchange(Cut::never);
    if (cut == Cut::before_commit) return false;
    if (!send_all(server, message)) return false;
    return cut != Cut::with_commit || message.front() != 'S';
  };
  const auto pass_answer = [&](const std::string& message) {
    if (cut == Cut::after_commit && says_committed(message)) return false;
    return send_all(client, message);
  };
  const auto pass_all = [](Messages& messages, int from, const auto& pass) {
    if (!messages.read_from(from)) return false;
    for (std::string message = messages.next(); !message.empty(); message = messages.next()) {
      if (!pass(message)) return false;
    }
    return true;
  };
  bool goes_on = server >= 0;
  while (goes_on && !is_stopped_) {
    std::array<pollfd, 2> waiting = {pollfd{.fd = client, .events = POLLIN, .revents = 0},
                                     pollfd{.fd = server, .events = POLLIN, .revents = 0}};
    if (::poll(waiting.data(), waiting.size(), kMoment) <= 0) continue;
    if (waiting[0].revents != 0) goes_on = pass_all(asked, client, pass_question);
    if (goes_on && waiting[1].revents != 0) goes_on = pass_all(answered, server, pass_answer);
  }
  if (cut != Cut::never) ++cuts_;
  ::close(client);
  if (server >= 0) ::close(server);
}

}  // namespace freshet::store::testing
