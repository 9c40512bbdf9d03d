// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/net/loop.hpp"
#include "freshet/net/router.hpp"
#include "freshet/net/server.hpp"
#include "freshet/net/testing/http_client.hpp"
#include "freshet/net/testing/io_loops.hpp"

namespace freshet::net::testing {

/// A server on a free port, in the test's own thread and on a simulated clock: clients run the loop while they wait,
/// and time passes when the test says so. Not installed.
class ServerRig {
 public:
  /// With TLS where it is given.
  explicit ServerRig(ServerOptions options = {}, const std::optional<TlsOptions>& tls = std::nullopt)
      : server(loop, router, on_test_io_loops(options)) {
    const auto listening = tls ? server.listen("127.0.0.1", 0, *tls) : server.listen("127.0.0.1", 0);
    if (!listening) throw std::runtime_error(listening.error().primary);
    port = *listening;
  }

  HttpClient connect(ClientOptions options = {}) {
    options.pump = [this] { settle(); };
    return HttpClient(port, std::move(options));
  }

  bool has_io_loops() const { return server.options().io_loops > 0; }

  /// Runs the loop until nothing is left to do. Loopback is immediate: what was sent before has then been dealt with.
  void settle() {
    while (loop.poll()) {
    }
  }

  /// Runs the loop until `condition` holds; false if it does not within real seconds.
  bool settle_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      loop.poll();
    }
    return true;
  }

  void pass(std::chrono::milliseconds time) {
    settle();
    clock.advance(time);
    settle();
  }

  SimulatedClock clock;
  Loop loop{clock};
  Router router;
  HttpServer server;
  std::uint16_t port = 0;
};

}  // namespace freshet::net::testing
