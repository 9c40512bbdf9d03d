// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "freshet/base/clock.hpp"
#include "freshet/service/remote/upstreams.hpp"
#include "freshet/service/testing/test_service.hpp"

/// Two services in one thread, the second of which follows the first. Not installed.
namespace freshet::testing {

struct ChainWorld {
  explicit ChainWorld(ServiceOptions upstream_options = {}) : upstream(std::move(upstream_options)) {}

  std::string url() const { return "http://127.0.0.1:" + std::to_string(upstream.port); }
  /// Once everything is declared: the second service begins.
  void begin() {
    const auto listening = service.listen();
    if (!listening) throw std::runtime_error(to_string(listening.error()));
    port = *listening;
  }
  /// Of the second service.
  net::testing::HttpClient connect() {
    net::testing::ClientOptions options;
    options.pump = [this] { turn(); };
    return net::testing::HttpClient(port, std::move(options));
  }
  void turn() {
    upstream.service.loop().poll();
    service.loop().poll();
  }
  bool settle_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      turn();
    }
    return true;
  }
  /// Time passes for the second service, in steps, until something has come about.
  bool pass_until(const std::function<bool()>& condition) {
    for (int step = 0; step < 2'000 && !condition(); ++step) {
      clock.advance(std::chrono::milliseconds(50));
      for (int count = 0; count < 20; ++count) turn();
    }
    return condition();
  }

  TestService upstream;
  SimulatedClock clock;
  Service service{options(), clock};
  std::uint16_t port = 0;

 private:
  static ServiceOptions options() {
    ServiceOptions options;
    options.port = 0;
    options.log_level = "off";
    return options;
  }
};

}  // namespace freshet::testing
