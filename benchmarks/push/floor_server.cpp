// SPDX-License-Identifier: MIT
// The floor of the push benchmark: the barest server that answers the load client's requests with the bytes that
// Freshet would send. What a write changes goes out with one send() per subscriber and write, there and then; it is
// encoded, and compressed, once. It checks nothing and lets nobody in or out; bytes that a full socket does not take
// wait, however many, so that it loses nothing either.
//
// push_floor sse|websocket KEYS WIDTH HISTORY deflate|- [CERTIFICATE KEY]
#include <charconv>
#include <csignal>
#include <cstdio>
#include <deque>
#include <stdexcept>
#include <string>
#include <sys/epoll.h>
#include <vector>

#include "push/floor/connection.hpp"
#include "push/floor/wire_form.hpp"

namespace {

using namespace freshet::bench;

constexpr int kEventsPerWait = 512;
constexpr std::string_view kEndOfHead = "\r\n\r\n";

struct FloorOptions {
  std::size_t keys{}, width{}, history{};
};

/// The keys that are followed together, and who follows them.
struct FollowedWindow {
  std::vector<FloorConnection*> followers;
  std::uint64_t version = 0;
  /// What a new follower gets: the rows at some version and what came after it.
  std::string init, since;
  /// What those who come back get, the last at the end.
  std::deque<std::string> events;
  /// Of the write that is being taken in.
  std::string changed;
};

class FloorServer {
 public:
  FloorServer(const FloorOptions& options, WireForm form, FloorTls tls)
      : options_(options),
        form_(std::move(form)),
        tls_(std::move(tls)),
        listener_(listen_on(0)),
        epoll_(epoll_create1(EPOLL_CLOEXEC)),
        rows_(options.keys),
        windows_((options.keys + options.width - 1) / options.width) {
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    epoll_ctl(epoll_.number(), EPOLL_CTL_ADD, listener_.number(), &event);
  }

  std::uint16_t port() const { return port_of(listener_); }

  [[noreturn]] void run() {
    epoll_event events[kEventsPerWait];
    while (true) {
      const int count = epoll_wait(epoll_.number(), events, kEventsPerWait, -1);
      for (int i = 0; i < count; ++i) handle(events[i]);
      for (FloorConnection* gone : gone_) delete gone;
      gone_.clear();
    }
  }

 private:
  void handle(const epoll_event& event) {
    auto* const connection = static_cast<FloorConnection*>(event.data.ptr);
    if (connection == nullptr) return accept_all();
    if (event.events & EPOLLOUT) connection->send_rest();
    if ((event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) return;
    if (!connection->receive()) return leave(connection);
    while (serve(*connection)) {
    }
  }

  void accept_all() {
    while (auto connection = FloorConnection::accept(listener_, epoll_, tls_)) connection.release();
  }

  void leave(FloorConnection* connection) {
    if (connection->window >= 0)
      std::erase(windows_[static_cast<std::size_t>(connection->window)].followers, connection);
    connection->close();
    gone_.push_back(connection);
  }

  /// Answers the first request that is there; false when none is complete.
  bool serve(FloorConnection& connection) {
    std::string& received = connection.received;
    const auto head_size = received.find(kEndOfHead);
    if (head_size == std::string::npos || connection.window >= 0) return false;
    const std::string_view head = std::string_view(received).substr(0, head_size);
    const std::size_t body_at = head_size + kEndOfHead.size();
    const std::size_t body_size = content_length(head);
    if (received.size() < body_at + body_size) return false;
    if (head.starts_with("GET /")) {
      subscribe(connection, head);
    } else {
      publish(connection, std::string_view(received).substr(body_at, body_size));
    }
    received.erase(0, body_at + body_size);
    return true;
  }

  void subscribe(FloorConnection& connection, std::string_view head) {
    std::size_t number = 0;
    std::from_chars(head.data() + std::string_view("GET /").size(), head.data() + head.size(), number);
    FollowedWindow& window = windows_[number];
    connection.window = static_cast<int>(number);
    window.followers.push_back(&connection);
    connection.write(form_.response_head());

    constexpr std::string_view kSince = "Last-Event-ID: floor-";
    if (const auto at = head.find(kSince); at != std::string_view::npos) {
      std::uint64_t since = 0;
      std::from_chars(head.data() + at + kSince.size(), head.data() + head.size(), since);
      return catch_up(connection, window, window.version - since);
    }
    if (window.init.empty() || window.since.size() > window.init.size()) renew_init(window, number);
    connection.write(window.init + window.since);
  }

  static void catch_up(FloorConnection& connection, const FollowedWindow& window, std::size_t missed) {
    std::string bytes;
    for (std::size_t at = window.events.size() - std::min(missed, window.events.size()); at < window.events.size();
         ++at)
      bytes += window.events[at];
    if (!bytes.empty()) connection.write(bytes);
  }

  void renew_init(FollowedWindow& window, std::size_t number) {
    std::string rows;
    for (std::size_t key = number * options_.width; key < std::min((number + 1) * options_.width, rows_.size()); ++key)
      if (!rows_[key].empty()) rows.append(rows.empty() ? "" : ",").append(rows_[key]);
    window.init = form_.message("init", window.version, rows);
    window.since.clear();
  }

  /// Takes lines of `KEY<tab>ROW`.
  void publish(FloorConnection& writer, std::string_view lines) {
    std::vector<FollowedWindow*> changed;
    while (!lines.empty()) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(line.size() + 1);
      std::size_t key = 0;
      const auto end = std::from_chars(line.data(), line.data() + line.size(), key).ptr;
      const std::string_view row = line.substr(static_cast<std::size_t>(end - line.data()) + 1);
      rows_[key] = row;
      FollowedWindow& window = windows_[key / options_.width];
      if (window.changed.empty()) changed.push_back(&window);
      window.changed.append(window.changed.empty() ? "" : ",").append(row);
    }
    writer.write("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    for (FollowedWindow* window : changed) tell(*window);
  }

  void tell(FollowedWindow& window) {
    std::string bytes = form_.message("update", ++window.version, window.changed);
    window.changed.clear();
    for (FloorConnection* follower : window.followers) follower->write(bytes);
    if (!window.init.empty() && window.since.size() <= window.init.size()) window.since += bytes;
    if (options_.history == 0) return;
    window.events.push_back(std::move(bytes));
    if (window.events.size() > options_.history) window.events.pop_front();
  }

  FloorOptions options_;
  WireForm form_;
  FloorTls tls_;
  Descriptor listener_;
  Descriptor epoll_;
  /// By key.
  std::vector<std::string> rows_;
  std::vector<FollowedWindow> windows_;
  /// Deleted when nothing of this turn can name them any more.
  std::vector<FloorConnection*> gone_;
};

}  // namespace

int main(int argc, char** argv) {
  try {
    const std::vector<std::string> words(argv + 1, argv + argc);
    if (words.size() != 5 && words.size() != 7) throw std::runtime_error("see the head of floor_server.cpp");
    raise_file_limit();
    // A client that went away is seen when it is read.
    signal(SIGPIPE, SIG_IGN);
    const FloorOptions options{
        .keys = std::stoul(words[1]), .width = std::stoul(words[2]), .history = std::stoul(words[3])};
    FloorServer server(options, WireForm(words[0] == "sse", words[4] == "deflate"),
                       words.size() == 7 ? FloorTls::load(words[5], words[6]) : FloorTls::none());
    std::printf("listening on http://127.0.0.1:%u\n", unsigned{server.port()});
    std::fflush(stdout);
    server.run();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "push_floor: %s\n", error.what());
    return 1;
  }
}
