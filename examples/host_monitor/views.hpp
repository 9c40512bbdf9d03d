// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "models.hpp"

/// The functions that the views of the host monitor are made of; main.cpp puts them together.
namespace host_monitor {

/// Which processes a client wants to see.
struct BusyFilter {
  double min_cpu_percent = 1;
  double min_memory_percent = 1;
};
constexpr auto describe(freshet::of<BusyFilter>) {
  return freshet::model("busy_filter", doc("Processes that use at least this much of a CPU or of memory"),
                        field<&BusyFilter::min_cpu_percent>(range(0, 100'000), freshet::optional),
                        field<&BusyFilter::min_memory_percent>(range(0, 100), freshet::optional));
}
bool is_busy(const Process& process, const BusyFilter& filter);

/// How busy a CPU is and was, from its samples in order.
CpuLoad load_of(std::span<const CpuSample> samples);

/// The last of some samples.
template <class Sample> Sample newest(std::span<const Sample> samples) { return samples.back(); }

std::pair<std::string, Process> by_user(const Process& process);
UserTotal total_of(const std::string& user, std::span<const Process> processes);

}  // namespace host_monitor
