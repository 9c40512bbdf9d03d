// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "freshet/net/testing/http_client.hpp"
#include "freshet/service/mediators/mediators.hpp"
#include "freshet/service/service.hpp"
#include "freshet/store/live.hpp"
#include "freshet/store/store.hpp"

/// A service with mediators, for the tests of both faces. Not installed.
namespace freshet::mediators::testing {

/// The service under test over a store in memory, in the test's own thread: clients run the loop while they wait.
class Served {
 public:
  explicit Served(ServiceOptions options = {}, Mediators::MayLook may_look = {})
      : service(quiet(std::move(options))), mediators(service, store, std::move(may_look)) {}

  void serve() { port = service.listen().value(); }
  net::testing::HttpClient connect() {
    return net::testing::HttpClient(port, {.pump = [this] { pump(); }});
  }
  net::testing::ClientResponse request(const std::string& method, const std::string& target,
                                       const std::string& body = {}, std::vector<std::string> headers = {}) {
    headers.emplace_back("Content-Type: application/json");
    return connect().request(method, target, body, headers);
  }
  void pump() {
    while (service.loop().poll()) {
    }
  }
  /// Runs the loop until something comes about; false if it does not.
  bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      pump();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }
  MediatorStatus status(const std::string& name) const {
    for (const MediatorStatus& status : mediators.list()) {
      if (status.name == name) return status;
    }
    return {};
  }
  bool runs(const std::string& name) {
    return eventually([&] { return status(name).state == MediatorStatus::State::running; });
  }
  /// The id of a stream of a resource.
  std::string open(const std::string& resource) {
    const auto answer = request("POST", "/v1/streams/" + resource, "{}");
    const std::size_t begin = answer.body.find(':') + 2;
    return answer.body.substr(begin, answer.body.find('"', begin) - begin);
  }

  Store store = Store::open("memory:").value();
  Service service;
  LiveStore live{store, service.graph()};
  Mediators mediators;
  std::uint16_t port = 0;

 private:
  static ServiceOptions quiet(ServiceOptions options) {
    options.port = 0;
    options.log_level = "off";
    return options;
  }
};

/// Options with which nothing is long in coming.
inline MediatorOptions fast() {
  MediatorOptions options;
  options.checkpoint = std::chrono::milliseconds(5);
  options.poll = std::chrono::milliseconds(10);
  options.retry = {
      .attempts_max = 2, .delay_min = std::chrono::milliseconds(1), .delay_max = std::chrono::milliseconds(5)};
  return options;
}

}  // namespace freshet::mediators::testing
