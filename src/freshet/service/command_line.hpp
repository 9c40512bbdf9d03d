// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "freshet/model/type_of.hpp"

namespace freshet {

struct ServiceConfig;
struct ServiceOptions;

/// A configuration of a program's own: a described struct that derives from ServiceConfig.
struct ConfigBinding {
  const Type* type = nullptr;
  void* object = nullptr;
  ServiceConfig* service = nullptr;
};
/// `{.config = bind_config(config)}`. Lifetime: `config` outlives the binding.
template <class Config> ConfigBinding bind_config(Config& config) { return {&type_of<Config>(), &config, &config}; }

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
  /// Filled in from the configuration file and the environment; without it, the settings that all services have are.
  std::optional<ConfigBinding> config = std::nullopt;
};

/// Reads a service program's command line: --host, --port, --tls-certificate, --tls-key, --log-level, --idle-time-ms,
/// --cors-origin, --help and the options of `program`; before it the TOML file that --config or FRESHET_CONFIG names,
/// and the environment. What stands later wins: defaults, file, environment, command line. --print-config shows what
/// comes out, with secrets hidden;
/// --check-config only checks it.
///
/// Returns nothing when the program shall go on, with `options` filled in; otherwise the status to exit with: 0 after
/// --help, --print-config and --check-config on standard output, 2 after what is wrong on standard error: one line
/// about the command line, or one for each thing that is wrong with the configuration.
///
/// Example: examples/host_monitor/main.cpp
std::optional<int> parse_command_line(int argc, const char* const* argv, const Program& program,
                                      ServiceOptions& options);

}  // namespace freshet
