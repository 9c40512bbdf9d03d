// SPDX-License-Identifier: MIT
//
// Shows the alerts of a temperature monitor in a terminal, live and in colour.
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <unistd.h>

#include <CLI/CLI.hpp>

#include "alert_log.hpp"
#include "freshet/codec/json_writer.hpp"
#include "resource_reader.hpp"

namespace {

using temp_monitor::AlertLog;

struct Wishes {
  std::string url = "http://127.0.0.1:8080";
  std::optional<double> threshold;
  bool once = false;
};

/// Nothing: go on; otherwise the status to exit with.
std::optional<int> parse_command_line(int argc, char** argv, Wishes& wishes) {
  CLI::App app("Shows the alerts of temp_monitor_meta or temp_monitor_classic. Ctrl-C ends it.", "temp_client");
  app.add_option("--url", wishes.url, "Where the service listens")->capture_default_str();
  app.add_option("--threshold", wishes.threshold, "Above it, what is too warm for its place is critical");
  app.add_flag("--once", wishes.once, "Print how things stand, and end");
  try {
    app.parse(argc, argv);
    return std::nullopt;
  } catch (const CLI::CallForHelp&) {
    std::fputs(app.help().c_str(), stdout);
    return 0;
  } catch (const CLI::ParseError& error) {
    std::fprintf(stderr, "temp_client: %s (--help lists the options)\n", error.what());
    return 2;
  }
}

std::string params_of(const Wishes& wishes) {
  std::string json = "{}";
  if (!wishes.threshold) return json;
  json = R"({"threshold":)";
  if (!freshet::codec::append_json_number(json, *wishes.threshold)) json += "null";
  return json + "}";
}

/// See https://no-color.org.
bool wants_colour() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  if (no_color != nullptr && *no_color != '\0') return false;
  if (terminal != nullptr && std::string_view(terminal) == "dumb") return false;
  return isatty(STDOUT_FILENO) == 1;
}

int complain(const freshet::Error& error) {
  std::fprintf(stderr, "temp_client: %s\n", to_string(error).c_str());
  return 1;
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  localtime_r(&now, &local);
  char text[16];
  return {text, std::strftime(text, sizeof text, "%H:%M:%S  ", &local)};
}

void print(const AlertLog::Lines& lines, const std::string& before) {
  for (const auto& line : lines) std::fprintf(stdout, "%s%s\n", before.c_str(), line.c_str());
  std::fflush(stdout);
}

int print_once(const temp_monitor::ResourceAddress& address) {
  const auto rows = temp_monitor::fetch_snapshot(address);
  if (!rows) return complain(rows.error());
  const auto lines = AlertLog(wants_colour()).take_all(*rows);
  if (!lines) return complain(lines.error());
  print(*lines, "");
  return 0;
}

int print_live(const temp_monitor::ResourceAddress& address) {
  AlertLog log(wants_colour());
  const auto ended = temp_monitor::follow(
      address, {.on_event =
                    [&log](const freshet::codec::SseEvent& event) {
                      const auto lines = log.take(event);
                      lines ? print(*lines, time_of_day()) : void(complain(lines.error()));
                    },
                .on_notice = [](std::string_view text) { std::fprintf(stderr, "temp_client: %s\n", text.data()); }});
  return ended ? 0 : complain(ended.error());
}

int run(const Wishes& wishes) {
  auto service = temp_monitor::parse_service_url(wishes.url);
  if (!service) return complain(service.error());
  const temp_monitor::ResourceAddress address{
      .service = *service, .resource = "temperature_monitor", .params = params_of(wishes)};
  return wishes.once ? print_once(address) : print_live(address);
}

}  // namespace

int main(int argc, char** argv) {
  try {
    Wishes wishes;
    if (const auto status = parse_command_line(argc, argv, wishes)) return *status;
    return run(wishes);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "temp_client: %s\n", error.what());
    return 1;
  }
}
