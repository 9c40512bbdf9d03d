// SPDX-License-Identifier: MIT
//
// The temperatures of a building, live: the last readings of each sensor become its average, the average an alert, and
// whoever opens `temperature_monitor` is told when an alert changes. This is the meta face: plain structs and
// functions. classic.cpp is the same program in classes.
#include <cmath>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "building.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"

namespace {

using freshet::Collection, freshet::Input;
using freshet::doc, freshet::field, freshet::key, freshet::model, freshet::of, freshet::range;

// [models]
struct Reading {
  std::string sensor, place;
  double celsius = 0;
};
constexpr auto describe(of<Reading>) {
  return model("reading", key<&Reading::sensor>(), field<&Reading::place>(), field<&Reading::celsius>(range(-90, 150)));
}

struct Range {
  double low = 0;
  double high = 0;
};
constexpr auto describe(of<Range>) {
  return model("range", doc("What is normal in a place"), field<&Range::low>(), field<&Range::high>());
}

struct Average {  // never leaves the program, so nobody needs to know what it is made of
  std::string place;
  double celsius = 0;
  bool operator==(const Average&) const = default;
};

enum class Level { normal, low, high, critical };
constexpr auto describe(of<Level>) {
  using enum Level;
  return freshet::enumeration<normal, low, high, critical>("level");
}

struct Alert {
  std::string place;
  double celsius = 0;
  Level level = Level::normal;
  Range normal;
};
constexpr auto describe(of<Alert>) {
  return model("alert", doc("How a sensor's average stands to what is normal"), field<&Alert::place>(),
               field<&Alert::celsius>(), field<&Alert::level>(), field<&Alert::normal>());
}

struct MonitorParams {
  double threshold = 30;
};
constexpr auto describe(of<MonitorParams>) {
  return model("monitor_params",
               field<&MonitorParams::threshold>(range(-90, 150), freshet::optional,
                                                doc("Above it, what is too warm for its place is critical")));
}
// [/models]

// [functions]
/// Many values of one key become one.
Average average(std::span<const Reading> readings) {
  double sum = 0;
  for (const Reading& reading : readings) sum += reading.celsius;
  const double mean = sum / static_cast<double>(readings.size());
  return {.place = readings.back().place, .celsius = std::round(mean * 10) / 10};
}

Level level_of(double celsius, const Range& normal, double threshold) {
  if (celsius < normal.low) return Level::low;
  if (celsius <= normal.high) return Level::normal;
  return celsius > threshold ? Level::critical : Level::high;
}

/// One value becomes one, or none while nobody has said what is normal. What it reads of `ranges` is remembered: when
/// the range of one place changes, the alerts of that place are computed again, and no others.
std::optional<Alert> alert(const Average& average, const Collection<std::string, Range>& ranges, double threshold) {
  const Range* normal = ranges.get(average.place);
  if (normal == nullptr) return std::nullopt;
  return Alert{.place = average.place,
               .celsius = average.celsius,
               .level = level_of(average.celsius, *normal, threshold),
               .normal = *normal};
}
// [/functions]

// [check]
/// What is wrong with a range that somebody wants to write; the whole transaction is then refused.
std::optional<std::string> objection_to(const std::string& place, const Range& range) {
  if (range.low <= range.high) return std::nullopt;
  return "the range of " + place + " ends below its beginning";
}
// [/check]

// [write]
/// Writes what happened in the building: all of it becomes visible at once.
void write(const temp_monitor::Tick& tick, freshet::Graph& graph, const Input<std::string, Reading>& readings,
           const Input<std::string, Range>& ranges) {
  constexpr std::size_t kReadingsKept = 10;
  freshet::Transaction transaction;
  for (const auto& [sensor, place, celsius] : tick.measurements) {
    auto last = readings.values(sensor).to_vector();
    while (last.size() >= kReadingsKept) last.erase(last.begin());
    last.push_back({sensor, place, celsius});
    transaction.set_all(readings, sensor, std::move(last));
  }
  for (const auto& [place, low, high] : tick.settings) transaction.set(ranges, place, {low, high});
  const auto committed = graph.commit(transaction);
  FRESHET_ASSERT(committed.has_value());
}
// [/write]

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  temp_monitor::Schedule schedule;
  const auto program = temp_monitor::program("temp_monitor_meta", schedule);
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;

  // [service]
  freshet::Service service(options);
  const auto readings = service.graph().input<std::string, Reading>("readings");
  const auto ranges = service.graph().input<std::string, Range>("ranges");
  ranges.check(objection_to);

  const auto averages = readings.reduce(average);
  service.resource<"temperature_monitor">(
      [=](const MonitorParams& params) { return averages.map(alert, ranges, params.threshold); },
      "The alert level of each sensor");
  service.writable(readings, "The last readings of each sensor, oldest first");
  service.writable(ranges, "What is normal in each place");
  // [/service]

  temp_monitor::Building building(schedule);
  const auto tick = [&] {
    write(building.next(), service.graph(), readings, ranges);
    return !building.is_over();
  };
  if (tick()) service.every(schedule.interval, tick);
  return service.run();
}
