// SPDX-License-Identifier: MIT
#include "freshet/service/command_line.hpp"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <CLI/CLI.hpp>

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

int complain(const Program& program, std::string what) {
  std::replace(what.begin(), what.end(), '\n', ' ');
  std::cerr << program.name << ": " << what << " (--help lists the options)\n";
  return kUsageError;
}

}  // namespace

std::optional<int> parse_command_line(int argc, const char* const* argv, const Program& program,
                                      ServiceOptions& options) {
  CLI::App app(program.about, program.name);
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("--port", options.port, "Port to listen on; 0 takes a free one")
      ->check(number(false))
      ->capture_default_str();
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
  return std::nullopt;
}

}  // namespace freshet
