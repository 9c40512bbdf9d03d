// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/model/value.hpp"
#include "freshet/net/testing/http_client.hpp"
#include "freshet/net/testing/io_loops.hpp"
#include "freshet/service/service.hpp"

/// A service of a few inputs and resources, for the tests of the protocol. Not installed.
namespace freshet::testing {

struct Reading {
  std::string place;
  double celsius{};
};
constexpr auto describe(of<Reading>) { return model("readings", field<&Reading::place>(), field<&Reading::celsius>()); }

struct MonitorParams {
  double threshold = 20;
  std::vector<std::string> places;
};
constexpr auto describe(of<MonitorParams>) {
  return model("monitor_params", field<&MonitorParams::threshold>(range(-100, 100), optional),
               field<&MonitorParams::places>(length(0, 3), optional));
}

struct ZoneParams {
  std::string place;
};
constexpr auto describe(of<ZoneParams>) { return model("zone_params", field<&ZoneParams::place>()); }

struct Point {
  std::int32_t x{};
  std::int32_t y{};
};
constexpr auto describe(of<Point>) { return model("points", field<&Point::x>(), field<&Point::y>()); }

/// The service under test, in the test's own thread, on a free port and a simulated clock: clients run the loop while
/// they wait, and time passes when the test says so.
class TestService {
 public:
  explicit TestService(ServiceOptions options = {});

  net::testing::HttpClient connect(net::testing::ClientOptions options = {}) {
    options.pump = [this] { settle(); };
    return net::testing::HttpClient(port, std::move(options));
  }

  /// Runs the loop until nothing is left to do.
  void settle() {
    while (service.loop().poll()) {
    }
  }
  bool settle_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      service.loop().poll();
    }
    return true;
  }
  void pass(std::chrono::milliseconds time) {
    settle();
    clock.advance(time);
    settle();
  }

  /// Opens a resource; the id of the instance.
  std::string open(const std::string& resource, const std::string& params = "{}") {
    auto client = connect();
    const auto answer = client.request("POST", "/v1/streams/" + resource, params, {"Content-Type: application/json"});
    if (answer.status != 200) throw std::runtime_error(answer.body);
    const std::size_t begin = answer.body.find(':') + 2;
    return answer.body.substr(begin, answer.body.find('"', begin) - begin);
  }
  /// Writes rows to an input.
  net::testing::ClientResponse patch(const std::string& input, const std::string& rows) {
    auto client = connect();
    return client.request("PATCH", "/v1/inputs" + input, rows, {"Content-Type: application/json"});
  }
  void set(const std::string& sensor, double celsius) {
    Transaction transaction;
    transaction.set(readings(), sensor, Reading{"hall", celsius});
    if (!service.graph().commit(std::move(transaction))) throw std::runtime_error("refused");
  }

  /// The id of an event of that version.
  static std::string event_id(std::uint64_t version) { return "t-" + std::to_string(version); }
  const stream::StreamStats& streams() const { return service.stream_stats(); }
  const Input<std::string, Reading>& readings() const { return *readings_; }

  SimulatedClock clock;
  Service service;
  std::uint16_t port = 0;
  int builds = 0;  // of the resource "monitor"

 private:
  static ServiceOptions for_tests(ServiceOptions options) {
    options.port = 0;
    options.http = net::testing::on_test_io_loops(options.http);
    options.log_level = "off";
    if (options.streams.epoch.empty()) options.streams.epoch = "t";
    return options;
  }

  void declare_inputs();
  void declare_views();
  void declare_views_that_fail();

  std::optional<Input<std::string, Reading>> readings_;
  std::optional<Collection<std::string, double>> guard_;
};

}  // namespace freshet::testing
