// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"
#include "models.hpp"

/// What is measured, what limits it has, and the alerts that come of both.
namespace host_monitor {

/// What can have a limit.
enum class Metric {
  cpu_percent,
  memory_percent,
  swap_percent,
  load_per_cpu,
  filesystem_percent,
  disk_busy_percent,
  network_mb_per_s,
  process_cpu_percent,
  temperature_celsius
};
constexpr auto describe(freshet::of<Metric>) {
  using enum Metric;
  return freshet::enumeration<cpu_percent, memory_percent, swap_percent, load_per_cpu, filesystem_percent,
                              disk_busy_percent, network_mb_per_s, process_cpu_percent, temperature_celsius>("metric");
}

/// One figure that a limit can be held against.
struct Measure {
  Metric metric{};
  std::string subject{};
  double value = 0;
};
constexpr auto describe(freshet::of<Measure>) {
  return freshet::model("measure", key<&Measure::metric>(), key<&Measure::subject>(), field<&Measure::value>());
}

struct Limit {
  Metric metric{};
  double warning = 0;
  double critical = 0;
};
constexpr auto describe(freshet::of<Limit>) {
  return freshet::model("limit", doc("From where on a metric is worth an alert"), key<&Limit::metric>(),
                        field<&Limit::warning>(range(0, 100'000)), field<&Limit::critical>(range(0, 100'000)));
}

enum class Level { warning, critical };
constexpr auto describe(freshet::of<Level>) { return freshet::enumeration<Level::warning, Level::critical>("level"); }

struct Alert {
  Metric metric{};
  std::string subject{};
  Level level{};
  double value = 0;
  double limit = 0;
};
constexpr auto describe(freshet::of<Alert>) {
  return freshet::model("alert", doc("A figure that reached its limit"), key<&Alert::metric>(), key<&Alert::subject>(),
                        field<&Alert::level>(), field<&Alert::value>(), field<&Alert::limit>());
}

/// The limits that a monitor starts with.
std::vector<Limit> default_limits();

/// Why a limit makes no sense, if so.
std::optional<std::string> objection_to(const Metric& metric, const Limit& limit);

using Measures = std::vector<std::pair<std::string, Measure>>;
Measures measures_of(const Host& host);
Measures measures_of(const CpuLoad& cpu);
Measures measures_of(const MemorySample& memory);
Measures measures_of(const DiskSample& disk);
Measures measures_of(const InterfaceSample& interface);
Measures measures_of(const Filesystem& filesystem);
Measures measures_of(const Sensor& sensor);
Measures measures_of(const Process& process);

/// The measures of a row of any kind, as one name for flat_map().
inline constexpr auto to_measures = [](const auto& row) { return measures_of(row); };

/// The alert that a measure is worth. Reading the limit is tracked, so changing it recomputes the rows of its metric
/// alone.
std::optional<Alert> alert(const Measure& measure, const freshet::Collection<Metric, Limit>& limits);

}  // namespace host_monitor
