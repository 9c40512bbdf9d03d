// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <sys/types.h>
#include <unordered_map>
#include <vector>

#include "models.hpp"
#include "proc_text.hpp"
#include "text_directory.hpp"

namespace host_monitor {

/// The processes of /proc, with what they used lately.
///
/// The kernel counts a process' time in steps of 10 ms, so its share of a CPU is taken over the last four readings.
///
/// Cost: about 10 us per process and reading; most of it is the kernel's.
class ProcessTable {
 public:
  using SteadyTime = std::chrono::steady_clock::time_point;

  struct Options {
    /// Show the arguments of processes too, not only their names. Off, since arguments may hold secrets.
    bool command_lines = false;
  };

  explicit ProcessTable(Options options);

  /// Reads all processes, in no order. One that ends meanwhile is left out.
  std::vector<Process> read(TextDirectory& proc, SteadyTime now, std::uint64_t memory_total_bytes);

 private:
  struct CpuUse {
    SteadyTime at;
    std::uint64_t ticks = 0;
  };
  /// What is remembered of a process from one reading to the next.
  struct Known {
    std::uint64_t start_ticks = 0;
    std::uint64_t reading = 0;  // the last one that found it
    std::string name, command;
    std::array<CpuUse, 4> uses{};  // a ring
    std::size_t use_count = 0;
  };

  Known& recall(const ProcessTicks& ticks, SteadyTime now);
  double cpu_percent(Known& known, CpuUse use) const;
  std::string command_of(TextDirectory& proc, const std::string& pid, const std::string& name) const;
  const std::string& user_name(uid_t uid);

  Options options_;
  std::uint64_t reading_ = 0;
  SteadyTime last_read_{};
  std::unordered_map<int, Known> known_;
  std::unordered_map<uid_t, std::string> users_;
};

}  // namespace host_monitor
