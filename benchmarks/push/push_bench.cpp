// SPDX-License-Identifier: MIT
// What it costs to push one write to many subscribers: Freshet beside a bare epoll loop that sends the same bytes.
// Servers and load client run as processes of their own, each on its processor, started and ended here.
#include <filesystem>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>

#include <CLI/CLI.hpp>

#include "machine.hpp"
#include "push/child.hpp"
#include "push/socket.hpp"
#include "report.hpp"

namespace {

using namespace freshet::bench;

struct Options {
  std::vector<std::size_t> subscribers{100, 1'000, 5'000};
  double seconds = 4;
  int rounds = 3;
  double deliveries_per_second = 40'000;
  int window = 4;
  int server_cpu = 0;
  int client_cpu = 1;
  bool quick = false;
  std::string json;
};

/// What push_client prints, by name.
using Figures = std::map<std::string, double>;

struct Metric {
  const char* figure;
  const char* workload;
  std::uint64_t batch;
  const char* metric;
  const char* unit;
};

// The batch is the number of writes that are sent in one go.
constexpr Metric kMetrics[] = {
    {"paced_cpu_per_delivery_us", "paced", 1, "cpu_per_delivery", "us"},
    {"peak_cpu_per_delivery_us", "flat out", 1, "cpu_per_delivery", "us"},
    {"burst_cpu_per_delivery_us", "paced bursts", 16, "cpu_per_delivery", "us"},
    {"paced_latency_p50_us", "paced", 1, "write_to_delivery_p50", "us"},
    {"paced_latency_p99_us", "paced", 1, "write_to_delivery_p99", "us"},
    {"burst_latency_p50_us", "paced bursts", 16, "write_to_delivery_p50", "us"},
    {"burst_latency_p99_us", "paced bursts", 16, "write_to_delivery_p99", "us"},
    {"paced_latency_p999_us", "paced", 1, "write_to_delivery_p99.9", "us"},
    {"paced_latency_first_us", "paced", 1, "write_to_first_subscriber", "us"},
    {"paced_latency_last_us", "paced", 1, "write_to_last_subscriber", "us"},
    {"peak_deliveries_per_second", "flat out", 1, "events_per_second", "1/s"},
    {"paced_deliveries_per_second", "paced", 1, "events_per_second", "1/s"},
    {"burst_deliveries_per_second", "paced bursts", 16, "events_per_second", "1/s"},
    {"paced_wire_bytes_per_delivery", "paced", 1, "wire_bytes_per_event", "B"},
    {"idle_bytes_per_connection", "idle", 1, "memory_per_connection", "B"},
};

std::string beside_this_program(const char* name) {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path() / name;
}

std::uint16_t port_in(const std::string& line) {
  const auto at = line.rfind(':');
  if (!line.starts_with("listening on http://") || at == std::string::npos)
    throw std::runtime_error("not the line that a server begins with: " + line);
  return static_cast<std::uint16_t>(std::stoi(line.substr(at + 1)));
}

Figures run_once(std::string_view contender, std::size_t subscribers, const Options& options) {
  Child server(contender == kFloor ? std::vector<std::string>{beside_this_program("push_floor")}
                                   : std::vector<std::string>{beside_this_program("push_freshet"), "--port", "0"},
               options.server_cpu);
  const auto greeting = server.read_line(std::chrono::seconds(10));
  if (!greeting) throw std::runtime_error("the server does not listen");
  Child client({beside_this_program("push_client"), "--port", std::to_string(port_in(*greeting)), "--server",
                std::to_string(server.id()), "--subscribers", std::to_string(subscribers), "--seconds",
                std::to_string(options.seconds), "--deliveries-per-second",
                std::to_string(options.deliveries_per_second), "--window", std::to_string(options.window)},
               options.client_cpu);
  const std::chrono::milliseconds patience(60'000 + static_cast<int>(options.seconds * 5'000));
  Figures figures;
  while (const auto line = client.read_line(patience)) {
    std::istringstream words(*line);
    std::string name;
    double value = 0;
    if (words >> name >> value) figures[name] = value;
  }
  if (!client.wait(patience))
    throw std::runtime_error("void: the load client failed against " + std::string(contender));
  if (figures["faults"] != 0)
    throw std::runtime_error("void: events were lost, doubled or changed by " + std::string(contender));
  return figures;
}

void bench(std::size_t subscribers, const Options& options, Report& report) {
  std::map<std::string_view, std::vector<Figures>> rounds;
  for (int round = 0; round < options.rounds; ++round)
    for (const bool first : {true, false}) {
      // Taking turns at going first, so that whatever else the machine does meets both.
      const std::string_view contender = first == (round % 2 == 0) ? kFloor : kFreshet;
      rounds[contender].push_back(run_once(contender, subscribers, options));
    }
  for (const Metric& metric : kMetrics)
    for (const auto& [contender, figures] : rounds) {
      std::vector<double> values;
      for (const Figures& one : figures) values.push_back(one.at(metric.figure));
      report.add({.bench = {},
                  .workload = metric.workload,
                  .n = subscribers,
                  .batch = metric.batch,
                  .contender = std::string(contender),
                  .metric = metric.metric,
                  .unit = metric.unit,
                  .value = median(values),
                  .ratio_to_floor = {}});
    }
}

Options parse(int argc, char** argv, CLI::App& app) {
  Options options;
  app.add_option("--subscribers", options.subscribers, "Numbers of subscribers")->delimiter(',');
  app.add_option("--seconds", options.seconds, "Length of each window of time")->check(CLI::PositiveNumber);
  app.add_option("--rounds", options.rounds, "Runs of each contender, by turns; the median counts")
      ->check(CLI::Range(1, 100));
  app.add_option("--deliveries-per-second", options.deliveries_per_second, "Offered while paced")
      ->check(CLI::PositiveNumber);
  app.add_option("--window", options.window, "Writes under way when going flat out")->check(CLI::PositiveNumber);
  app.add_option("--server-cpu", options.server_cpu, "The processor of the server; -1 for any");
  app.add_option("--client-cpu", options.client_cpu, "The processor of the load client; -1 for any");
  app.add_flag("--quick", options.quick, "Few subscribers, briefly: to see that it works");
  app.add_option("--json", options.json, "Write the figures to this file");
  app.parse(argc, argv);
  if (options.quick) {
    options.subscribers = {20};
    options.seconds = 0.3;
    options.rounds = 1;
    options.deliveries_per_second = 2'000;
  }
  return options;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Measures what it costs to push one write to many subscribers, beside a bare epoll loop");
  try {
    const Options options = parse(argc, argv, app);
    raise_file_limit();
    Report report("push", "subscribers", "batch");
    for (const std::size_t subscribers : options.subscribers) bench(subscribers, options, report);
    std::cout << report.table(command_line(argc, argv));
    if (!options.json.empty() && !report.write_json(options.json))
      throw std::runtime_error("cannot write " + options.json);
  } catch (const CLI::ParseError& error) {
    return app.exit(error);
  } catch (const std::exception& error) {
    std::cerr << "push_bench: " << error.what() << '\n';
    return 1;
  }
}
