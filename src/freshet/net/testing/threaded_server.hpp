// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>

#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/server.hpp"
#include "freshet/net/testing/http_client.hpp"

namespace freshet::net::testing {

/// A server whose loop runs in a thread of its own, and its I/O loops in theirs, on the machine's clock: for tests of
/// what happens at the same time. Routes are added before start(). Not installed.
class ThreadedServer {
 public:
  explicit ThreadedServer(ServerOptions options, const std::optional<TlsOptions>& tls = std::nullopt)
      : server(std::make_unique<HttpServer>(loop, router, options)) {
    const auto listening = tls ? server->listen("127.0.0.1", 0, *tls) : server->listen("127.0.0.1", 0);
    if (!listening) throw std::runtime_error(listening.error().primary);
    port = *listening;
  }
  ~ThreadedServer() { join(); }
  ThreadedServer(const ThreadedServer&) = delete;
  ThreadedServer& operator=(const ThreadedServer&) = delete;

  void start() {
    thread_ = std::thread([this] { loop.run(); });
  }
  /// Ends the loop, whose server and streams stay as they are.
  void join() {
    if (!thread_.joinable()) return;
    loop.stop();
    thread_.join();
  }

  HttpClient connect(ClientOptions options = {}) { return HttpClient(port, std::move(options)); }

  /// Calls `fn` on the loop, and waits for its result.
  template <class Fn> auto on_loop(Fn fn) {
    std::packaged_task<decltype(fn())()> task(std::move(fn));
    auto result = task.get_future();
    loop.post([&task] { task(); });
    return result.get();
  }
  /// Waits until `condition`, asked on the loop, holds; false if it does not within many seconds.
  bool wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!on_loop(condition)) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  Loop loop;
  Router router;
  std::unique_ptr<HttpServer> server;
  std::uint16_t port = 0;

 private:
  std::thread thread_;
};

}  // namespace freshet::net::testing
