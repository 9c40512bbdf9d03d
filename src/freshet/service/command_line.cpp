// SPDX-License-Identifier: MIT
#include "freshet/service/command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>

#include "freshet/service/config/service_config.hpp"
#include "freshet/service/options.hpp"

namespace freshet {
namespace {

constexpr int kUsageError = 2;

// CLI11 takes an empty text for a number's default and wraps a negative one around to an unsigned number.
CLI::Validator number(bool is_signed) {
  return {[is_signed](const std::string& text) -> std::string {
            if (text.empty()) return "a number is missing";
            return !is_signed && text.front() == '-' ? text + " is negative" : std::string();
          },
          ""};
}

void add_option(CLI::App& app, const ProgramOption& option) {
  std::visit(
      [&]<class Value>(Value* value) {
        if constexpr (std::is_same_v<Value, bool>) {
          app.add_flag(option.name, *value, option.doc);
        } else if constexpr (std::is_same_v<Value, std::string>) {
          app.add_option(option.name, *value, option.doc)->capture_default_str();
        } else if constexpr (std::is_same_v<Value, std::chrono::milliseconds>) {
          const auto store = [value](const std::int64_t& count) { *value = std::chrono::milliseconds(count); };
          app.add_option_function<std::int64_t>(option.name, store, option.doc)
              ->check(CLI::Range(std::int64_t{1}, std::int64_t{86'400'000}))
              ->default_str(std::to_string(value->count()));
        } else {
          app.add_option(option.name, *value, option.doc)
              ->check(number(std::is_signed_v<Value>))
              ->capture_default_str();
        }
      },
      option.value);
}

/// The configuration behind a command line: where it comes from, and what is wrong with it.
struct Configuration {
  ServiceConfig own{};
  ConfigBinding binding{};
  std::string file{};
  std::vector<ConfigFault> faults{};
};

// What --config names. Looked for by hand: the file gives the defaults that the options are declared with.
std::string config_file(int argc, const char* const* argv, const std::map<std::string, std::string>& environment) {
  constexpr std::string_view kOption = "--config";
  for (int at = 1; at < argc; ++at) {
    const std::string_view argument = argv[at];
    if (argument == kOption && at + 1 < argc) return argv[at + 1];
    if (argument.starts_with(kOption) && argument.substr(kOption.size()).starts_with('=')) {
      return std::string(argument.substr(kOption.size() + 1));
    }
  }
  const auto variable = environment.find("FRESHET_CONFIG");
  return variable == environment.end() ? std::string() : variable->second;
}

void read_configuration(int argc, const char* const* argv, const Program& program, ServiceOptions& options,
                        Configuration& configuration) {
  take(options, configuration.own);
  configuration.binding = program.config.value_or(bind_config(configuration.own));
  ConfigSources sources{.environment = process_environment()};
  sources.file = configuration.file = config_file(argc, argv, sources.environment);
  const ConfigBinding& binding = configuration.binding;
  configuration.faults = config::read(*binding.type, binding.object, sources);
  const std::string place = sources.file.empty() ? "configuration" : sources.file;
  for (ConfigFault& fault : check(*binding.service, place)) configuration.faults.push_back(std::move(fault));
  apply(*binding.service, options);
}

int complain_of(const Program& program, const std::vector<ConfigFault>& faults) {
  for (const ConfigFault& fault : faults) std::cerr << program.name << ": " << to_string(fault) << "\n";
  return kUsageError;
}

int complain(const Program& program, std::string what) {
  std::replace(what.begin(), what.end(), '\n', ' ');
  std::cerr << program.name << ": " << what << " (--help lists the options)\n";
  return kUsageError;
}

}  // namespace

std::optional<int> parse_command_line(int argc, const char* const* argv, const Program& program,
                                      ServiceOptions& options) {
  Configuration configuration;
  read_configuration(argc, argv, program, options, configuration);
  bool print_config = false;
  bool check_config = false;
  CLI::App app(program.about, program.name);
  app.add_option("--config", configuration.file, "TOML file to read the configuration from");
  app.add_flag("--print-config", print_config, "Show the configuration that comes out, and exit");
  app.add_flag("--check-config", check_config, "Check the configuration, and exit");
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on; 0 takes a free one")
      ->check(number(false))
      ->capture_default_str();
  app.add_option("--io-loops", options.http.io_loops, "Threads that send streams and WebSockets")
      ->check(CLI::Range(0, 256))
      ->capture_default_str();
  app.add_option("--tls-certificate", options.tls.certificate_file, "PEM file; with its key, the service speaks TLS");
  app.add_option("--tls-key", options.tls.private_key_file, "PEM file with the certificate's key");
  app.add_option("--log-level", options.log_level, "What to log on standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warn", "error", "off"}))
      ->capture_default_str();
  add_option(app, {"--idle-time-ms", &options.streams.idle_time, "How long a stream that nobody reads is kept"});
  app.add_option("--cors-origin", options.cors_origins, "Origin whose pages may use the service, or *; may be repeated")
      ->allow_extra_args(false);
  for (const ProgramOption& option : program.options) add_option(app, option);
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help() << std::flush;
    return 0;
  } catch (const CLI::ParseError& error) {
    return complain(program, error.what());
  }
  if (!configuration.faults.empty()) return complain_of(program, configuration.faults);
  take(options, *configuration.binding.service);
  if (print_config) {
    std::cout << config::to_toml(*configuration.binding.type, configuration.binding.object) << std::flush;
    return 0;
  }
  if (!check_config) return std::nullopt;
  std::cout << "the configuration is fine" << std::endl;
  return 0;
}

}  // namespace freshet
