// SPDX-License-Identifier: MIT
#include "process_table.hpp"

#include <algorithm>
#include <pwd.h>
#include <unistd.h>

namespace host_monitor {
namespace {

constexpr std::size_t kCommandBytesMax = 200;

ProcessState state_of(char letter) {
  switch (letter) {
    case 'R':
      return ProcessState::running;
    case 'D':
      return ProcessState::waiting_for_io;
    case 'T':
    case 't':
      return ProcessState::stopped;
    case 'Z':
      return ProcessState::zombie;
    case 'I':
      return ProcessState::idle;
    default:
      return ProcessState::sleeping;
  }
}

bool is_pid(const std::string& name) { return name.find_first_not_of("0123456789") == std::string::npos; }

}  // namespace

ProcessTable::ProcessTable(Options options) : options_(options) {}

std::vector<Process> ProcessTable::read(TextDirectory& proc, SteadyTime now, std::uint64_t memory_total_bytes) {
  static const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ++reading_;
  std::vector<Process> processes;
  for (const auto& pid : proc.list(".")) {
    if (!is_pid(pid)) continue;
    const auto owner = proc.owner(pid);
    const auto ticks = parse_process(proc.read(pid + "/stat"));
    if (!owner || !ticks) continue;
    auto& known = recall(*ticks, now);
    if (known.name != ticks->name) {  // new, or it became another program
      known.name = ticks->name;
      known.command = command_of(proc, pid, ticks->name);
    }
    const auto memory_bytes = ticks->resident_pages * page_bytes;
    processes.push_back({.pid = ticks->pid,
                         .command = known.command,
                         .user = user_name(*owner),
                         .state = state_of(ticks->state),
                         .cpu_percent = to_tenths(cpu_percent(known, {now, ticks->cpu_ticks})),
                         .memory_bytes = memory_bytes,
                         .memory_percent = to_tenths(percent(memory_bytes, memory_total_bytes)),
                         .thread_count = ticks->thread_count});
  }
  std::erase_if(known_, [&](const auto& entry) { return entry.second.reading != reading_; });
  last_read_ = now;
  return processes;
}

ProcessTable::Known& ProcessTable::recall(const ProcessTicks& ticks, SteadyTime now) {
  auto& known = known_[ticks.pid];
  if (known.reading == 0 || known.start_ticks != ticks.start_ticks) {
    known = Known{};
    known.start_ticks = ticks.start_ticks;
    // All that a new process ever used, it used since the last reading. What one used that was there before the first
    // reading says nothing about now.
    known.uses[0] = reading_ > 1 ? CpuUse{last_read_, 0} : CpuUse{now, ticks.cpu_ticks};
    known.use_count = 1;
  }
  known.reading = reading_;
  return known;
}

double ProcessTable::cpu_percent(Known& known, CpuUse use) const {
  static const auto ticks_per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  const auto size = known.uses.size();
  const auto oldest = known.uses[known.use_count < size ? 0 : known.use_count % size];
  known.uses[known.use_count++ % size] = use;
  const double seconds = std::chrono::duration<double>(use.at - oldest.at).count();
  return seconds <= 0 ? 0 : 100.0 * static_cast<double>(grown(use.ticks, oldest.ticks)) / (seconds * ticks_per_second);
}

std::string ProcessTable::command_of(TextDirectory& proc, const std::string& pid, const std::string& name) const {
  const auto arguments =
      options_.command_lines ? parse_command_line(proc.read(pid + "/cmdline"), kCommandBytesMax) : "";
  return printable(arguments.empty() ? name : arguments);
}

const std::string& ProcessTable::user_name(uid_t uid) {
  const auto [entry, is_new] = users_.try_emplace(uid);
  if (is_new) {
    std::array<char, 4096> buffer;
    passwd account{};
    passwd* found = nullptr;
    ::getpwuid_r(uid, &account, buffer.data(), buffer.size(), &found);
    entry->second = found ? printable(found->pw_name) : std::to_string(uid);
  }
  return entry->second;
}

}  // namespace host_monitor
