// SPDX-License-Identifier: MIT
// The floor of the push benchmark: the barest server that answers the load client's requests with the bytes that
// Freshet would send. A write goes out with one send() per subscriber, there and then. It parses no JSON, checks
// nothing and knows one stream; bytes that a full socket does not take wait, so that it loses nothing either.
#include <cstdio>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

#include "push/socket.hpp"

namespace {

using namespace freshet::bench;

constexpr int kEventsPerWait = 512;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

struct Connection {
  Descriptor socket;
  std::string received;
  /// What a full socket did not take.
  std::string unsent;
  bool is_subscriber = false;
};

class FloorServer {
 public:
  FloorServer() : listener_(listen_on(0)), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    watch(listener_, EPOLLIN, EPOLL_CTL_ADD);
  }

  std::uint16_t port() const { return port_of(listener_); }

  [[noreturn]] void run() {
    epoll_event events[kEventsPerWait];
    while (true) {
      const int count = epoll_wait(epoll_.number(), events, kEventsPerWait, -1);
      for (int i = 0; i < count; ++i) handle(events[i]);
    }
  }

 private:
  void watch(const Descriptor& socket, std::uint32_t interest, int operation) {
    epoll_event event{.events = interest, .data = {.fd = socket.number()}};
    epoll_ctl(epoll_.number(), operation, socket.number(), &event);
  }

  void handle(const epoll_event& event) {
    if (event.data.fd == listener_.number()) return accept_all();
    Connection& connection = connections_[static_cast<std::size_t>(event.data.fd)];
    if (event.events & EPOLLOUT) send_rest(connection);
    if (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(connection);
  }

  void accept_all() {
    const int on = 1;
    for (int number; (number = accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0;) {
      setsockopt(number, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      const auto index = static_cast<std::size_t>(number);
      if (connections_.size() <= index) connections_.resize(index + 1);
      connections_[index].socket = Descriptor(number);
      watch(connections_[index].socket, EPOLLIN, EPOLL_CTL_ADD);
    }
  }

  void receive(Connection& connection) {
    char buffer[4096];
    const ssize_t size = recv(connection.socket.number(), buffer, sizeof buffer, 0);
    if (size < 0 && errno == EAGAIN) return;
    if (size <= 0) return leave(connection);
    connection.received.append(buffer, static_cast<std::size_t>(size));
    while (serve(connection)) {
    }
  }

  void leave(Connection& connection) {
    if (connection.is_subscriber) std::erase(subscribers_, connection.socket.number());
    connection = Connection();
  }

  /// Answers the first request that is there; false when none is complete.
  bool serve(Connection& connection) {
    const auto head_size = connection.received.find(kEndOfHead);
    if (head_size == std::string::npos) return false;
    const std::string_view head = std::string_view(connection.received).substr(0, head_size);
    const std::size_t body_at = head_size + kEndOfHead.size();
    const std::size_t body_size = content_length(head);
    if (connection.received.size() < body_at + body_size) return false;
    const std::string body = connection.received.substr(body_at, body_size);
    const bool is_read = head.starts_with("GET ");
    const bool is_write = head.starts_with("PATCH ");
    connection.received.erase(0, body_at + body_size);

    if (is_read) {
      subscribe(connection);
    } else if (is_write) {
      publish(connection, body);
    } else {
      answer(connection, R"({"instance_id":"floor","reused":false})");
    }
    return true;
  }

  void answer(Connection& connection, const std::string& body) {
    write(connection, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                          std::to_string(body.size()) + "\r\n\r\n" + body);
  }

  void subscribe(Connection& connection) {
    connection.is_subscriber = true;
    connection.received = std::string();
    subscribers_.push_back(connection.socket.number());
    write(connection,
          "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n" +
              event("init"));
  }

  std::string event(const char* name) const {
    return std::string("event: ") + name + "\nid: " + std::to_string(version_) + "\ndata: " + rows_ + "\n\n";
  }

  void publish(Connection& writer, const std::string& body) {
    ++version_;
    rows_ = body;
    answer(writer, "{\"version\":" + std::to_string(version_) + "}");
    const std::string bytes = event("update");
    for (const int number : subscribers_) write(connections_[static_cast<std::size_t>(number)], bytes);
  }

  void write(Connection& connection, std::string_view bytes) {
    if (connection.unsent.empty()) {
      const ssize_t sent = send(connection.socket.number(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent == static_cast<ssize_t>(bytes.size())) return;
      if (sent > 0) bytes.remove_prefix(static_cast<std::size_t>(sent));
      watch(connection.socket, EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
    }
    connection.unsent.append(bytes);
  }

  void send_rest(Connection& connection) {
    const ssize_t sent =
        send(connection.socket.number(), connection.unsent.data(), connection.unsent.size(), MSG_NOSIGNAL);
    if (sent > 0) connection.unsent.erase(0, static_cast<std::size_t>(sent));
    if (connection.unsent.empty()) watch(connection.socket, EPOLLIN, EPOLL_CTL_MOD);
  }

  Descriptor listener_;
  Descriptor epoll_;
  /// By the number of the socket.
  std::vector<Connection> connections_;
  std::vector<int> subscribers_;
  std::string rows_ = "[]";
  std::uint64_t version_ = 0;
};

}  // namespace

int main() {
  raise_file_limit();
  FloorServer server;
  std::printf("listening on http://127.0.0.1:%u\n", unsigned{server.port()});
  std::fflush(stdout);
  server.run();
}
