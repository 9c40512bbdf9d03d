// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The texts of Linux' /proc as plain numbers. Every parser is a pure function of text: it takes what it understands,
/// leaves out lines it does not, and never throws on bad text.
namespace host_monitor {

/// What one CPU did since boot, in clock ticks; a line of /proc/stat.
struct CpuTicks {
  std::string cpu{};  // "all" for the whole machine, else "cpu0", "cpu1", ...
  std::uint64_t user = 0;
  std::uint64_t system = 0;  // with interrupts
  std::uint64_t io_wait = 0;
  std::uint64_t idle = 0;
  std::uint64_t stolen = 0;  // taken by the hypervisor

  bool operator==(const CpuTicks&) const = default;
};
std::vector<CpuTicks> parse_cpu_ticks(std::string_view stat);

/// /proc/meminfo, in bytes.
struct MemoryBytes {
  std::uint64_t total = 0;
  std::uint64_t available = 0;
  std::uint64_t cached = 0;
  std::uint64_t swap_total = 0;
  std::uint64_t swap_free = 0;

  bool operator==(const MemoryBytes&) const = default;
};
MemoryBytes parse_memory(std::string_view meminfo);

/// /proc/loadavg.
struct LoadAverage {
  std::array<double, 3> load{};  // over 1, 5 and 15 minutes
  std::uint64_t running_count = 0;
  std::uint64_t thread_count = 0;

  bool operator==(const LoadAverage&) const = default;
};
LoadAverage parse_load_average(std::string_view loadavg);

/// Seconds since boot, from /proc/uptime.
double parse_uptime(std::string_view uptime);

/// What one block device did since boot; a line of /proc/diskstats.
struct DiskCounters {
  std::string disk{};
  std::uint64_t read_bytes = 0;
  std::uint64_t written_bytes = 0;
  std::uint64_t busy_ms = 0;

  bool operator==(const DiskCounters&) const = default;
};
/// Leaves out devices that were never used and those that only stand for others (loop, ram, zram, dm, md): their
/// traffic is counted where it lands.
std::vector<DiskCounters> parse_disks(std::string_view diskstats);

/// What one network interface carried since it came up; a line of /proc/net/dev.
struct InterfaceCounters {
  std::string interface;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t error_count = 0;  // errors and drops, both directions

  bool operator==(const InterfaceCounters&) const = default;
};
/// Leaves out interfaces that never carried a byte.
std::vector<InterfaceCounters> parse_interfaces(std::string_view net_dev);

/// A mounted file system worth watching; a line of /proc/self/mounts.
struct Mount {
  std::string device, path, type;

  bool operator==(const Mount&) const = default;
};
/// Keeps file systems on local disks, and the root whatever it is (an overlay in a container). Leaves out network file
/// systems, since asking a dead server how full it is would block, and read-only images, which are always full. A
/// device mounted in several places is named once, by its shortest path.
std::vector<Mount> parse_mounts(std::string_view mounts);

/// What one process is and used since it began; /proc/PID/stat.
struct ProcessTicks {
  int pid = 0;
  std::string name{};  // as the kernel has it: any bytes, at most 15 (threads of the kernel: longer)
  char state = '?';
  std::uint64_t cpu_ticks = 0;
  std::uint64_t thread_count = 0;
  std::uint64_t start_ticks = 0;  // since boot; with the pid it tells a process from a later one with the same pid
  std::uint64_t resident_pages = 0;

  bool operator==(const ProcessTicks&) const = default;
};
std::optional<ProcessTicks> parse_process(std::string_view stat);

/// The arguments of /proc/PID/cmdline joined by spaces; empty for a thread of the kernel.
std::string parse_command_line(std::string_view cmdline, std::size_t bytes_max);

/// A file that holds one number, as most of /sys do; none if it does not.
std::optional<std::int64_t> parse_integer(std::string_view text);

/// Makes any bytes fit to be shown and sent: invalid UTF-8 becomes U+FFFD, control characters become spaces.
std::string printable(std::string_view bytes);

/// By how much a counter grew. One that went back (it wrapped, or the device was plugged in anew) did not grow: a rate
/// that is too low once does less harm than one that is absurdly high.
constexpr std::uint64_t grown(std::uint64_t now, std::uint64_t before) { return now > before ? now - before : 0; }

}  // namespace host_monitor
