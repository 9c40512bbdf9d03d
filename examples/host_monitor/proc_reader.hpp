// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models.hpp"
#include "proc_text.hpp"
#include "process_table.hpp"
#include "text_directory.hpp"

namespace host_monitor {

/// The whole machine at one moment.
struct HostReading {
  Host host;
  MemorySample memory;
  std::vector<CpuSample> cpus;
  std::vector<DiskSample> disks;
  std::vector<InterfaceSample> interfaces;
  std::vector<Filesystem> filesystems;
  std::vector<Sensor> sensors;
  std::vector<Process> processes;
};

/// Reads this machine from /proc and /sys, and remembers what it read to tell rates from counters.
///
/// What a machine does not have (disks in a container, sensors in a virtual machine) is empty in the reading, never an
/// error.
///
/// Thread safety: belongs to one thread. It waits for the kernel, so it is kept off the loop of a service.
class ProcReader {
 public:
  struct Options {
    std::filesystem::path proc = "/proc";
    std::filesystem::path sys = "/sys";
    ProcessTable::Options processes{};
  };

  explicit ProcReader(const Options& options);

  /// Rates are averages since the reading before; in the first reading they are zero.
  HostReading read(freshet::Timestamp at, std::chrono::steady_clock::time_point now);

 private:
  Host read_host(const HostReading& reading);
  MemorySample read_memory(freshet::Timestamp at);
  std::vector<CpuSample> read_cpus(freshet::Timestamp at);
  std::vector<DiskSample> read_disks(freshet::Timestamp at, double seconds);
  std::vector<InterfaceSample> read_interfaces(freshet::Timestamp at, double seconds);
  std::vector<Filesystem> read_filesystems();
  std::vector<Sensor> read_sensors();
  bool is_whole_disk(const std::string& disk) const;

  TextDirectory proc_;
  TextDirectory sys_;
  ProcessTable process_table_;
  std::string hostname_, kernel_;

  // What the reading before found, by name.
  std::chrono::steady_clock::time_point last_read_{};
  std::map<std::string, CpuTicks> cpus_;
  std::map<std::string, DiskCounters> disks_;
  std::map<std::string, InterfaceCounters> interfaces_;
};

}  // namespace host_monitor
