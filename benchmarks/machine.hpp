// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace freshet::bench {

/// One line on the processor, the kernel, the compiler and the date: what a figure means nothing without.
std::string machine_line();

/// The command line as it was typed, for the head of a report.
std::string command_line(int argc, const char* const* argv);

/// Binds the calling thread (and the children it starts from then on) to one processor; false when there is no such.
bool pin_to_cpu(int cpu);

/// CPU time that a process has used so far, user and system, of all the threads it has. Units: seconds.
double cpu_seconds(pid_t process);

/// The same of this process.
double own_cpu_seconds();
/// CPU time that all processors have spent on anything since the machine started. Units: seconds.
double busy_cpu_seconds();

/// Memory that a process holds, shared pages counted in proportion (PSS). Units: bytes.
std::int64_t proportional_bytes(pid_t process);

}  // namespace freshet::bench
