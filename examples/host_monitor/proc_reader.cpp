// SPDX-License-Identifier: MIT
#include "proc_reader.hpp"

#include <algorithm>
#include <sys/statvfs.h>
#include <utility>

namespace host_monitor {
namespace {

/// Remembers `now` under its name and returns what was remembered before; `now` itself if nothing was, so that
/// something new has not grown yet.
template <class Counters>
Counters exchange(std::map<std::string, Counters>& memory, const std::string& name, const Counters& now) {
  return std::exchange(memory.try_emplace(name, now).first->second, now);
}

double rate(std::uint64_t now, std::uint64_t before, double seconds) {
  return seconds <= 0 ? 0 : to_tenths(static_cast<double>(grown(now, before)) / seconds);
}

CpuSample cpu_sample(freshet::Timestamp at, const CpuTicks& now, const CpuTicks& before) {
  const auto user = grown(now.user, before.user);
  const auto system = grown(now.system, before.system);
  const auto io_wait = grown(now.io_wait, before.io_wait);
  const auto stolen = grown(now.stolen, before.stolen);
  const auto total = user + system + io_wait + stolen + grown(now.idle, before.idle);
  return {.at = at,
          .cpu = now.cpu,
          .busy_percent = to_tenths(percent(user + system + stolen, total)),
          .user_percent = to_tenths(percent(user, total)),
          .system_percent = to_tenths(percent(system, total)),
          .io_wait_percent = to_tenths(percent(io_wait, total))};
}

}  // namespace

ProcReader::ProcReader(const Options& options)
    : proc_(options.proc),
      sys_(options.sys),
      process_table_(options.processes),
      hostname_(printable(proc_.read_line("sys/kernel/hostname"))),
      kernel_("Linux " + printable(proc_.read_line("sys/kernel/osrelease"))) {
  if (hostname_.empty()) hostname_ = "localhost";
}

HostReading ProcReader::read(freshet::Timestamp at, std::chrono::steady_clock::time_point now) {
  const double seconds =
      last_read_ == decltype(last_read_){} ? 0 : std::chrono::duration<double>(now - last_read_).count();
  HostReading reading;
  reading.memory = read_memory(at);
  reading.cpus = read_cpus(at);
  reading.disks = read_disks(at, seconds);
  reading.interfaces = read_interfaces(at, seconds);
  reading.filesystems = read_filesystems();
  reading.sensors = read_sensors();
  reading.processes = process_table_.read(proc_, now, reading.memory.total_bytes);
  reading.host = read_host(reading);
  last_read_ = now;
  return reading;
}

Host ProcReader::read_host(const HostReading& reading) {
  const auto average = parse_load_average(proc_.read("loadavg"));
  const auto cpu_count = std::max<std::uint64_t>(reading.cpus.size(), 2) - 1;  // one row stands for all of them
  return {.host = hostname_,
          .kernel = kernel_,
          .uptime_seconds = static_cast<std::uint64_t>(parse_uptime(proc_.read("uptime"))),
          .cpu_count = cpu_count,
          .load_1 = average.load[0],
          .load_5 = average.load[1],
          .load_15 = average.load[2],
          .process_count = reading.processes.size(),
          .thread_count = average.thread_count};
}

MemorySample ProcReader::read_memory(freshet::Timestamp at) {
  const auto memory = parse_memory(proc_.read("meminfo"));
  const auto used = memory.total - memory.available;
  const auto swap_used = grown(memory.swap_total, memory.swap_free);
  return {.at = at,
          .host = hostname_,
          .total_bytes = memory.total,
          .used_bytes = used,
          .cached_bytes = memory.cached,
          .used_percent = to_tenths(percent(used, memory.total)),
          .swap_total_bytes = memory.swap_total,
          .swap_used_bytes = swap_used,
          .swap_percent = to_tenths(percent(swap_used, memory.swap_total))};
}

std::vector<CpuSample> ProcReader::read_cpus(freshet::Timestamp at) {
  std::vector<CpuSample> samples;
  for (const auto& now : parse_cpu_ticks(proc_.read("stat"))) {
    samples.push_back(cpu_sample(at, now, exchange(cpus_, now.cpu, now)));
  }
  return samples;
}

std::vector<DiskSample> ProcReader::read_disks(freshet::Timestamp at, double seconds) {
  std::vector<DiskSample> samples;
  for (const auto& now : parse_disks(proc_.read("diskstats"))) {
    if (!is_whole_disk(now.disk)) continue;
    const auto before = exchange(disks_, now.disk, now);
    const double busy_percent = rate(now.busy_ms, before.busy_ms, seconds) / 10;  // ms per s are tenths of a percent
    samples.push_back({.at = at,
                       .disk = now.disk,
                       .read_bytes_per_s = rate(now.read_bytes, before.read_bytes, seconds),
                       .written_bytes_per_s = rate(now.written_bytes, before.written_bytes, seconds),
                       .busy_percent = to_tenths(std::min(100.0, busy_percent))});
  }
  return samples;
}

std::vector<InterfaceSample> ProcReader::read_interfaces(freshet::Timestamp at, double seconds) {
  std::vector<InterfaceSample> samples;
  for (const auto& now : parse_interfaces(proc_.read("net/dev"))) {
    const auto before = exchange(interfaces_, now.interface, now);
    samples.push_back({.at = at,
                       .interface = printable(now.interface),
                       .received_bytes_per_s = rate(now.received_bytes, before.received_bytes, seconds),
                       .sent_bytes_per_s = rate(now.sent_bytes, before.sent_bytes, seconds),
                       .errors_per_s = rate(now.error_count, before.error_count, seconds)});
  }
  return samples;
}

std::vector<Filesystem> ProcReader::read_filesystems() {
  std::vector<Filesystem> filesystems;
  for (const auto& mount : parse_mounts(proc_.read("self/mounts"))) {
    struct statvfs status {};
    if (::statvfs(mount.path.c_str(), &status) != 0 || status.f_blocks == 0) continue;
    const std::uint64_t used = (status.f_blocks - status.f_bfree) * status.f_frsize;
    const std::uint64_t usable = used + status.f_bavail * status.f_frsize;  // without what is kept back for root
    filesystems.push_back({.path = printable(mount.path),
                           .device = printable(mount.device),
                           .type = printable(mount.type),
                           .total_bytes = usable,
                           .used_bytes = used,
                           .used_percent = to_tenths(percent(used, usable))});
  }
  return filesystems;
}

std::vector<Sensor> ProcReader::read_sensors() {
  std::vector<Sensor> sensors;
  for (const auto& zone : sys_.list("class/thermal")) {
    if (!zone.starts_with("thermal_zone")) continue;
    const auto path = "class/thermal/" + zone + "/";
    const auto millidegrees = parse_integer(sys_.read(path + "temp"));
    if (!millidegrees) continue;
    sensors.push_back(
        {.sensor = zone.substr(std::string_view("thermal_").size()) + " " + printable(sys_.read_line(path + "type")),
         .celsius = to_tenths(static_cast<double>(*millidegrees) / 1000)});
  }
  return sensors;
}

bool ProcReader::is_whole_disk(const std::string& disk) const {
  if (!sys_.contains("block")) return true;  // no /sys: rather a partition too many than no disk at all
  auto name = disk;
  std::replace(name.begin(), name.end(), '/', '!');
  return sys_.contains("block/" + name);
}

}  // namespace host_monitor
