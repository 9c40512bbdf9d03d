// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace freshet {

struct ServiceOptions;

/// An option that one program takes beside those that all take: `{"--seed", &seed, "Start of the random numbers"}`.
struct ProgramOption {
  std::string name;
  /// Where the value goes; what stands there before is the default. A bool is a flag without a value; milliseconds are
  /// written as a plain number.
  std::variant<bool*, std::int64_t*, std::uint64_t*, double*, std::string*, std::chrono::milliseconds*> value;
  std::string doc;
};

/// What `--help` says about a program, and the options it adds.
struct Program {
  std::string name;
  std::string about;
  std::vector<ProgramOption> options = {};
};

/// Reads a service program's command line: --host, --port, --log-level, --idle-time-ms, --cors-origin, --help and the
/// options of `program`.
///
/// Returns nothing when the program shall go on, with `options` filled in; otherwise the status to exit with: 0 after
/// --help on standard output, 2 after one line on standard error about what is wrong.
///
/// Example: examples/host_monitor/main.cpp
std::optional<int> parse_command_line(int argc, const char* const* argv, const Program& program,
                                      ServiceOptions& options);

}  // namespace freshet
