// SPDX-License-Identifier: MIT
#include "machine.hpp"

#include <ctime>
#include <filesystem>
#include <fstream>
#include <sched.h>
#include <sstream>
#include <sys/utsname.h>
#include <thread>
#include <unistd.h>

namespace freshet::bench {

namespace {

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  return "unknown processor";
}

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc);
  return text;
}

constexpr const char* kCompiler =
#if defined(__clang__)
    "Clang " __clang_version__;
#else
    "GCC " __VERSION__;
#endif

constexpr const char* kBuild =
#if defined(__OPTIMIZE__)
    "optimised";
#else
    "NOT optimised: these figures mean nothing";
#endif

}  // namespace

std::string machine_line() {
  utsname system{};
  uname(&system);
  std::ostringstream line;
  line << std::thread::hardware_concurrency() << " x " << processor_name() << ", " << system.sysname << ' '
       << system.release << ", " << kCompiler << ", " << kBuild << ", " << today();
  return line.str();
}

std::string command_line(int argc, const char* const* argv) {
  std::string line;
  for (int i = 0; i < argc; ++i) line.append(i == 0 ? "" : " ").append(argv[i]);
  return line;
}

bool pin_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(0, sizeof set, &set) == 0;
}

double cpu_seconds(pid_t process) {
  // What /proc/PID/stat says is rounded to hundredths of a second; the scheduler knows nanoseconds, thread by thread.
  double nanoseconds = 0;
  std::error_code ignored;
  for (const auto& thread :
       std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task", ignored)) {
    double spent = 0;
    std::ifstream(thread.path() / "schedstat") >> spent;
    nanoseconds += spent;
  }
  return nanoseconds / 1e9;
}

double own_cpu_seconds() { return cpu_seconds(getpid()); }

double busy_cpu_seconds() {
  std::ifstream file("/proc/stat");
  std::string cpu;
  // User, nice, system, idle, waiting, interrupts, soft interrupts.
  double user = 0, nice = 0, system = 0, idle = 0, waiting = 0, interrupts = 0, soft = 0;
  file >> cpu >> user >> nice >> system >> idle >> waiting >> interrupts >> soft;
  return (user + nice + system + interrupts + soft) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

std::int64_t proportional_bytes(pid_t process) {
  std::ifstream file("/proc/" + std::to_string(process) + "/smaps_rollup");
  for (std::string word; file >> word;)
    if (word == "Pss:") {
      std::int64_t kibibytes = 0;
      file >> kibibytes;
      return kibibytes * 1024;
    }
  return 0;
}

}  // namespace freshet::bench
