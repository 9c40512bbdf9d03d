// SPDX-License-Identifier: MIT
//
// The temperatures of a building, live: the last readings of each sensor become its average, the average an alert, and
// whoever opens `temperature_monitor` is told when an alert changes. This is the classic face: records, mapper classes
// and a resource class. meta.cpp is the same program in functions.
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "building.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/classic/resource.hpp"
#include "freshet/classic/verbs.hpp"
#include "freshet/model/record.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"

namespace {

using freshet::Collection, freshet::Describer, freshet::Input;

// [models]
struct Reading : freshet::Record {
  std::string sensor, place;
  double celsius = 0;

  void describe(Describer& d) {
    d.name("reading");
    d.key("sensor", sensor);
    d.field("place", place);
    d.field("celsius", celsius).range(-90, 150);
  }
};

struct Range : freshet::Record {
  double low = 0;
  double high = 0;

  void describe(Describer& d) {
    d.name("range");
    d.doc("What is normal in a place");
    d.field("low", low);
    d.field("high", high);
  }
};

struct Average {  // never leaves the program, so nobody needs to know what it is made of
  std::string place;
  double celsius = 0;
  bool operator==(const Average&) const = default;
};

enum class Level { normal, low, high, critical };
constexpr auto describe(freshet::of<Level>) {
  using enum Level;
  return freshet::enumeration<normal, low, high, critical>("level");
}

struct Alert : freshet::Record {
  std::string place;
  double celsius = 0;
  Level level = Level::normal;
  Range normal;

  void describe(Describer& d) {
    d.name("alert");
    d.doc("How a sensor's average stands to what is normal");
    d.field("place", place);
    d.field("celsius", celsius);
    d.field("level", level);
    d.field("normal", normal);
  }
};

struct MonitorParams : freshet::Record {
  double threshold = 30;

  void describe(Describer& d) {
    d.name("monitor_params");
    d.field("threshold", threshold)
        .range(-90, 150)
        .optional()
        .doc("Above it, what is too warm for its place is critical");
  }
};
// [/models]

// [mappers]
/// Many values of one key become one.
class AverageMapper final : public freshet::ManyToOneMapper<std::string, Reading, Average> {
 public:
  std::optional<Average> map_values(std::span<const Reading> readings) override {
    double sum = 0;
    for (const Reading& reading : readings) sum += reading.celsius;
    const double mean = sum / static_cast<double>(readings.size());
    return Average{.place = readings.back().place, .celsius = std::round(mean * 10) / 10};
  }
};

/// One value becomes one, or none while nobody has said what is normal. What it reads of `ranges` is remembered: when
/// the range of one place changes, the alerts of that place are computed again, and no others.
class AlertMapper final : public freshet::OneToOneMapper<std::string, Average, Alert> {
 public:
  AlertMapper(Collection<std::string, Range> ranges, double threshold)
      : ranges_(std::move(ranges)), threshold_(threshold) {}

  std::optional<Alert> map_value(const Average& average) override {
    const Range* normal = ranges_.get(average.place);
    if (normal == nullptr) return std::nullopt;
    Alert alert;
    alert.place = average.place;
    alert.celsius = average.celsius;
    alert.level = level_of(average.celsius, *normal);
    alert.normal = *normal;
    return alert;
  }

 private:
  Level level_of(double celsius, const Range& normal) const {
    if (celsius < normal.low) return Level::low;
    if (celsius <= normal.high) return Level::normal;
    return celsius > threshold_ ? Level::critical : Level::high;
  }

  Collection<std::string, Range> ranges_;
  double threshold_;
};
// [/mappers]

// [resource]
class TemperatureMonitor final : public freshet::Resource<MonitorParams, std::string, Alert> {
 public:
  TemperatureMonitor(Collection<std::string, Reading> readings, Collection<std::string, Range> ranges)
      : averages_(readings.map<AverageMapper>()), ranges_(std::move(ranges)) {}

  Collection<std::string, Alert> build(const MonitorParams& params) override {
    return averages_.map<AlertMapper>(ranges_, params.threshold);
  }

 private:
  Collection<std::string, Average> averages_;
  Collection<std::string, Range> ranges_;
};
// [/resource]

// [simulation]
/// Brings what happens in the building into the graph.
class Simulation {
 public:
  Simulation(const temp_monitor::Schedule& schedule, freshet::Graph& graph)
      : building_(schedule),
        graph_(graph),
        readings_(graph.input<std::string, Reading>("readings")),
        ranges_(graph.input<std::string, Range>("ranges")) {
    ranges_.check(objection_to);
  }

  const Input<std::string, Reading>& readings() const { return readings_; }
  const Input<std::string, Range>& ranges() const { return ranges_; }

  /// Writes what happened next: all of it becomes visible at once. Returns whether there is more to come.
  bool step() {
    const auto tick = building_.next();
    freshet::Transaction transaction;
    for (const auto& measurement : tick.measurements) add(measurement, transaction);
    for (const auto& [place, low, high] : tick.settings) {
      Range range;
      range.low = low;
      range.high = high;
      transaction.set(ranges_, place, range);
    }
    const auto committed = graph_.commit(transaction);
    FRESHET_ASSERT(committed.has_value());
    return !building_.is_over();
  }

 private:
  static constexpr std::size_t kReadingsKept = 10;

  /// What is wrong with a range that somebody wants to write; the whole transaction is then refused.
  static std::optional<std::string> objection_to(const std::string& place, const Range& range) {
    if (range.low <= range.high) return std::nullopt;
    return "the range of " + place + " ends below its beginning";
  }

  void add(const temp_monitor::Measurement& measurement, freshet::Transaction& transaction) const {
    Reading reading;
    reading.sensor = measurement.sensor;
    reading.place = measurement.place;
    reading.celsius = measurement.celsius;
    auto last = readings_.values(reading.sensor).to_vector();
    while (last.size() >= kReadingsKept) last.erase(last.begin());
    last.push_back(reading);
    transaction.set_all(readings_, reading.sensor, std::move(last));
  }

  temp_monitor::Building building_;
  freshet::Graph& graph_;
  Input<std::string, Reading> readings_;
  Input<std::string, Range> ranges_;
};
// [/simulation]

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  temp_monitor::Schedule schedule;
  const auto program = temp_monitor::program("temp_monitor_classic", schedule);
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;

  // [service]
  freshet::Service service(options);
  Simulation simulation(schedule, service.graph());
  service.resource("temperature_monitor",
                   std::make_unique<TemperatureMonitor>(simulation.readings(), simulation.ranges()),
                   "The alert level of each sensor");
  service.writable(simulation.readings(), "The last readings of each sensor, oldest first");
  service.writable(simulation.ranges(), "What is normal in each place");
  // [/service]

  const auto tick = [&] { return simulation.step(); };
  if (tick()) service.every(schedule.interval, tick);
  return service.run();
}
