// SPDX-License-Identifier: MIT
#pragma once

#include <cmath>
#include <cstdint>
#include <string>

#include "freshet/base/clock.hpp"
#include "freshet/model/describe.hpp"

/// The rows of the host monitor. A row called Sample is one of several under its key: the recent history, oldest first.
namespace host_monitor {

using freshet::doc;
using freshet::field;
using freshet::key;
using freshet::range;

/// Rounds to one decimal. What changes by less is no change, and is not sent.
inline double to_tenths(double value) { return std::round(value * 10) / 10; }

/// Which share of `whole` a part is; of nothing, none.
constexpr double percent(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : 100.0 * static_cast<double>(part) / static_cast<double>(whole);
}

struct Host {
  std::string host{}, kernel{};
  std::uint64_t uptime_seconds = 0;
  std::uint64_t cpu_count = 0;
  double load_1 = 0;
  double load_5 = 0;
  double load_15 = 0;
  std::uint64_t process_count = 0;
  std::uint64_t thread_count = 0;
};
constexpr auto describe(freshet::of<Host>) {
  return freshet::model(
      "host", doc("The machine as a whole"), key<&Host::host>(), field<&Host::kernel>(), field<&Host::uptime_seconds>(),
      field<&Host::cpu_count>(), field<&Host::load_1>(doc("Processes that ran or waited to run, over the last minute")),
      field<&Host::load_5>(doc("The same over 5 minutes")), field<&Host::load_15>(doc("The same over 15 minutes")),
      field<&Host::process_count>(), field<&Host::thread_count>());
}

struct CpuSample {
  freshet::Timestamp at{};
  std::string cpu{};
  double busy_percent = 0;
  double user_percent = 0;
  double system_percent = 0;
  double io_wait_percent = 0;
};
constexpr auto describe(freshet::of<CpuSample>) {
  return freshet::model("cpu_sample", doc("What a CPU did since the sample before"), field<&CpuSample::at>(),
                        key<&CpuSample::cpu>(doc("cpu0, cpu1, ..., or all: the mean of all")),
                        field<&CpuSample::busy_percent>(), field<&CpuSample::user_percent>(),
                        field<&CpuSample::system_percent>(),
                        field<&CpuSample::io_wait_percent>(doc("Idle, but something waited for a disk")));
}

struct CpuLoad {
  freshet::Timestamp at{};
  std::string cpu{};
  double busy_percent = 0;
  double recent_percent = 0;
  double peak_percent = 0;
};
constexpr auto describe(freshet::of<CpuLoad>) {
  return freshet::model("cpu_load", doc("How busy a CPU is"), field<&CpuLoad::at>(), key<&CpuLoad::cpu>(),
                        field<&CpuLoad::busy_percent>(doc("In the last sample")),
                        field<&CpuLoad::recent_percent>(doc("Mean of the last ten samples")),
                        field<&CpuLoad::peak_percent>(doc("The busiest sample of the history")));
}

struct MemorySample {
  freshet::Timestamp at{};
  std::string host{};
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;
  std::uint64_t cached_bytes = 0;
  double used_percent = 0;
  std::uint64_t swap_total_bytes = 0;
  std::uint64_t swap_used_bytes = 0;
  double swap_percent = 0;
};
constexpr auto describe(freshet::of<MemorySample>) {
  return freshet::model("memory_sample", doc("The memory of the machine"), field<&MemorySample::at>(),
                        key<&MemorySample::host>(), field<&MemorySample::total_bytes>(),
                        field<&MemorySample::used_bytes>(doc("What programs could not get without swapping")),
                        field<&MemorySample::cached_bytes>(), field<&MemorySample::used_percent>(),
                        field<&MemorySample::swap_total_bytes>(), field<&MemorySample::swap_used_bytes>(),
                        field<&MemorySample::swap_percent>());
}

struct DiskSample {
  freshet::Timestamp at{};
  std::string disk{};
  double read_bytes_per_s = 0;
  double written_bytes_per_s = 0;
  double busy_percent = 0;
};
constexpr auto describe(freshet::of<DiskSample>) {
  return freshet::model("disk_sample", doc("What a disk did since the sample before"), field<&DiskSample::at>(),
                        key<&DiskSample::disk>(), field<&DiskSample::read_bytes_per_s>(),
                        field<&DiskSample::written_bytes_per_s>(),
                        field<&DiskSample::busy_percent>(doc("Share of the time with a request under way")));
}

struct InterfaceSample {
  freshet::Timestamp at{};
  std::string interface;
  double received_bytes_per_s = 0;
  double sent_bytes_per_s = 0;
  double errors_per_s = 0;
};
constexpr auto describe(freshet::of<InterfaceSample>) {
  return freshet::model("interface_sample", doc("What a network interface carried since the sample before"),
                        field<&InterfaceSample::at>(), key<&InterfaceSample::interface>(),
                        field<&InterfaceSample::received_bytes_per_s>(), field<&InterfaceSample::sent_bytes_per_s>(),
                        field<&InterfaceSample::errors_per_s>(doc("Errors and drops, both directions")));
}

struct Filesystem {
  std::string path{}, device{}, type{};
  std::uint64_t total_bytes = 0;
  std::uint64_t used_bytes = 0;
  double used_percent = 0;
};
constexpr auto describe(freshet::of<Filesystem>) {
  return freshet::model("filesystem", doc("A mounted local file system"), key<&Filesystem::path>(),
                        field<&Filesystem::device>(), field<&Filesystem::type>(),
                        field<&Filesystem::total_bytes>(doc("Without what is kept back for root")),
                        field<&Filesystem::used_bytes>(), field<&Filesystem::used_percent>());
}

struct Sensor {
  std::string sensor{};
  double celsius = 0;
};
constexpr auto describe(freshet::of<Sensor>) {
  return freshet::model("sensor", doc("A temperature"), key<&Sensor::sensor>(), field<&Sensor::celsius>());
}

enum class ProcessState { running, sleeping, waiting_for_io, stopped, zombie, idle };
constexpr auto describe(freshet::of<ProcessState>) {
  using enum ProcessState;
  return freshet::enumeration<running, sleeping, waiting_for_io, stopped, zombie, idle>("process_state");
}

struct Process {
  int pid = 0;
  std::string command{}, user{};
  ProcessState state = ProcessState::sleeping;
  double cpu_percent = 0;
  std::uint64_t memory_bytes = 0;
  double memory_percent = 0;
  std::uint64_t thread_count = 0;
};
constexpr auto describe(freshet::of<Process>) {
  return freshet::model("process", key<&Process::pid>(), field<&Process::command>(),
                        field<&Process::user>(doc("Its effective user, by name if it has one")),
                        field<&Process::state>(),
                        field<&Process::cpu_percent>(doc("Of one CPU: busy threads can have more than 100 together")),
                        field<&Process::memory_bytes>(doc("Resident")), field<&Process::memory_percent>(),
                        field<&Process::thread_count>());
}

struct UserTotal {
  std::string user{};
  std::uint64_t process_count = 0;
  double cpu_percent = 0;
  std::uint64_t memory_bytes = 0;
};
constexpr auto describe(freshet::of<UserTotal>) {
  return freshet::model("user_total", doc("What all processes of a user use together"), key<&UserTotal::user>(),
                        field<&UserTotal::process_count>(), field<&UserTotal::cpu_percent>(),
                        field<&UserTotal::memory_bytes>(doc("Memory that several processes share counts for each")));
}

}  // namespace host_monitor
