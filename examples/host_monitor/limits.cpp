// SPDX-License-Identifier: MIT
#include "limits.hpp"

#include <string_view>

#include "freshet/model/type_of.hpp"

namespace host_monitor {
namespace {

std::string_view name_of(Metric metric) { return freshet::type_of<Metric>().read_enum(&metric); }

std::pair<std::string, Measure> figure(Metric metric, std::string subject, double value) {
  auto key = std::string(name_of(metric)) + ' ' + subject;
  return {std::move(key), Measure{.metric = metric, .subject = std::move(subject), .value = to_tenths(value)}};
}

/// Whether the metric is a share of a whole. A process' use of CPUs is not: it may have several.
bool ends_at_100(Metric metric) {
  return name_of(metric).ends_with("_percent") && metric != Metric::process_cpu_percent;
}

}  // namespace

std::vector<Limit> default_limits() {
  return {{Metric::cpu_percent, 85, 95},         {Metric::memory_percent, 80, 95},
          {Metric::swap_percent, 50, 90},        {Metric::load_per_cpu, 2, 4},
          {Metric::filesystem_percent, 85, 95},  {Metric::disk_busy_percent, 80, 95},
          {Metric::network_mb_per_s, 100, 1000}, {Metric::process_cpu_percent, 200, 400},
          {Metric::temperature_celsius, 80, 95}};
}

std::optional<std::string> objection_to(const Metric& metric, const Limit& limit) {
  if (limit.metric != metric) return "the limit is for another metric than its key says";
  if (limit.warning > limit.critical) return "warning must not be above critical";
  if (ends_at_100(metric) && limit.critical > 100) return "critical must be at most 100, as the metric is a share";
  return std::nullopt;
}

Measures measures_of(const Host& host) {
  return {figure(Metric::load_per_cpu, host.host, host.load_1 / static_cast<double>(host.cpu_count))};
}

Measures measures_of(const CpuLoad& cpu) {
  if (cpu.cpu != "all") return {};  // one busy CPU among many is no reason to alert anybody
  return {figure(Metric::cpu_percent, "all CPUs", cpu.recent_percent)};
}

Measures measures_of(const MemorySample& memory) {
  return {figure(Metric::memory_percent, memory.host, memory.used_percent),
          figure(Metric::swap_percent, memory.host, memory.swap_percent)};
}

Measures measures_of(const DiskSample& disk) {
  return {figure(Metric::disk_busy_percent, disk.disk, disk.busy_percent)};
}

Measures measures_of(const InterfaceSample& interface) {
  const double bytes_per_s = interface.received_bytes_per_s + interface.sent_bytes_per_s;
  return {figure(Metric::network_mb_per_s, interface.interface, bytes_per_s / 1e6)};
}

Measures measures_of(const Filesystem& filesystem) {
  return {figure(Metric::filesystem_percent, filesystem.path, filesystem.used_percent)};
}

Measures measures_of(const Sensor& sensor) {
  return {figure(Metric::temperature_celsius, sensor.sensor, sensor.celsius)};
}

Measures measures_of(const Process& process) {
  const auto subject = process.command + " (" + std::to_string(process.pid) + ")";
  return {figure(Metric::process_cpu_percent, subject, process.cpu_percent)};
}

std::optional<Alert> alert(const Measure& measure, const freshet::Collection<Metric, Limit>& limits) {
  const auto* limit = limits.get(measure.metric);
  if (limit == nullptr || measure.value < limit->warning) return std::nullopt;
  const bool critical = measure.value >= limit->critical;
  return Alert{.metric = measure.metric,
               .subject = measure.subject,
               .level = critical ? Level::critical : Level::warning,
               .value = measure.value,
               .limit = critical ? limit->critical : limit->warning};
}

}  // namespace host_monitor
