// SPDX-License-Identifier: MIT
#include "views.hpp"

namespace host_monitor {
namespace {

constexpr std::size_t kRecentSamples = 10;

}  // namespace

bool is_busy(const Process& process, const BusyFilter& filter) {
  return process.cpu_percent >= filter.min_cpu_percent || process.memory_percent >= filter.min_memory_percent;
}

CpuLoad load_of(std::span<const CpuSample> samples) {
  const auto recent = samples.last(std::min(samples.size(), kRecentSamples));
  CpuLoad load{.at = samples.back().at, .cpu = samples.back().cpu, .busy_percent = samples.back().busy_percent};
  for (const auto& sample : recent) load.recent_percent += sample.busy_percent / static_cast<double>(recent.size());
  load.recent_percent = to_tenths(load.recent_percent);
  for (const auto& sample : samples) load.peak_percent = std::max(load.peak_percent, sample.busy_percent);
  return load;
}

std::pair<std::string, Process> by_user(const Process& process) { return {process.user, process}; }

UserTotal total_of(const std::string& user, std::span<const Process> processes) {
  UserTotal total{.user = user, .process_count = processes.size()};
  for (const auto& process : processes) {
    total.cpu_percent += process.cpu_percent;
    total.memory_bytes += process.memory_bytes;
  }
  total.cpu_percent = to_tenths(total.cpu_percent);
  return total;
}

}  // namespace host_monitor
