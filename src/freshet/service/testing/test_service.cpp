// SPDX-License-Identifier: MIT
#include "freshet/service/testing/test_service.hpp"

#include <cmath>

#include "freshet/graph/testing/functions.hpp"

namespace freshet::testing {

TestService::TestService(ServiceOptions options) : service(for_tests(std::move(options)), clock) {
  declare_inputs();
  declare_views();
  declare_views_that_fail();
  const auto listening = service.listen();
  if (!listening) throw std::runtime_error(to_string(listening.error()));
  port = *listening;
}

void TestService::declare_inputs() {
  Graph& graph = service.graph();
  const auto readings = graph.input<std::string, Reading>("readings");
  const auto values = graph.input<std::int64_t, Value>("values");
  const auto points = graph.input<Point, std::string>("points");
  graph.input<std::string, std::string>("secret");
  readings.check([](const std::string&, const Reading& reading) -> std::optional<std::string> {
    if (reading.celsius < -273.15) return "colder than cold";
    return std::nullopt;
  });
  readings_ = readings;
  guard_ = map(readings, [](const std::string&, const Reading& reading) {
             if (reading.celsius == 666) throw std::runtime_error("the guard says no");
             return reading.celsius;
           }).named("guard");
  guard_->strict();

  service.add_resource(stream::define_resource<NoParams, std::int64_t, Value>(
      "values", "", [values](const NoParams&) { return values; }));
  service.add_resource(stream::define_resource<NoParams, Point, std::string>(
      "points", "", [points](const NoParams&) { return points; }));
  service.writable(readings, "What the sensors say.");
  service.writable(values);
  service.writable(points);
}

void TestService::declare_views() {
  const auto& readings = *readings_;
  service.add_resource(stream::define_resource<MonitorParams, std::string, Reading>(
      "monitor", "Places that are too warm.", [this, readings](const MonitorParams& params) {
        ++builds;
        return filter(
            readings,
            [](const std::string&, const Reading& reading, double threshold) { return reading.celsius >= threshold; },
            params.threshold);
      }));
  service.add_resource(
      stream::define_resource<ZoneParams, std::string, Reading>("zone", "", [readings](const ZoneParams& params) {
        return filter(
            readings,
            [](const std::string&, const Reading& reading, const std::string& place) { return reading.place == place; },
            params.place);
      }));
}

void TestService::declare_views_that_fail() {
  const auto& readings = *readings_;
  service.add_resource(
      stream::define_resource<NoParams, std::string, double>("fragile", "", [readings](const NoParams&) {
        return map(readings,
                   [](const std::string&, const Reading& reading) {
                     if (reading.celsius > 1000) throw std::runtime_error("too hot");
                     return reading.celsius;
                   })
            .named("celsius");
      }));
  service.add_resource(stream::define_resource<NoParams, std::string, double>("roots", "", [readings](const NoParams&) {
    return map(readings, [](const std::string&, const Reading& reading) { return std::sqrt(reading.celsius); })
        .named("roots");
  }));
  service.add_resource(stream::define_resource<NoParams, std::string, Reading>(
      "broken", "",
      [](const NoParams&) -> Collection<std::string, Reading> { throw std::runtime_error("out of order"); }));
  service.add_resource(stream::define_resource<NoParams, std::string, Reading>(
      "absent", "", [](const NoParams&) -> Collection<std::string, Reading> {
        throw Failure({.code = ErrorCode::not_found, .primary = "no such station"});
      }));
  service.add_resource(
      stream::define_resource<NoParams, std::string, double>("strict", "", [readings](const NoParams&) {
        return map(readings, [](const std::string&, const Reading& reading) { return reading.celsius / 2; }).strict();
      }));
}

}  // namespace freshet::testing
