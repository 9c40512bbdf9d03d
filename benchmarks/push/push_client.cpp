// SPDX-License-Identifier: MIT
// The load client of the push benchmark as a program: prints what it found, one `name value` per line.
#include <iomanip>
#include <iostream>

#include <CLI/CLI.hpp>

#include "push/load_client.hpp"

namespace {

using namespace freshet::bench;

/// As many writes in one go as a tick of a busy source makes.
constexpr std::size_t kBurst = 16;

void print(const std::string& name, double value) { std::cout << name << ' ' << std::setprecision(9) << value << '\n'; }

void print(const std::string& prefix, const WindowResult& result) {
  const auto count = static_cast<double>(result.deliveries.count);
  print(prefix + "deliveries_per_second", count / result.seconds);
  print(prefix + "events_per_second", static_cast<double>(result.writes) / result.seconds);
  print(prefix + "cpu_per_delivery_us", result.server_cpu_seconds * 1e6 / count);
  print(prefix + "wire_bytes_per_delivery", static_cast<double>(result.bytes) / count);
  print(prefix + "latency_p50_us", result.deliveries.p50_us);
  print(prefix + "latency_p99_us", result.deliveries.p99_us);
  print(prefix + "latency_p999_us", result.deliveries.p999_us);
  print(prefix + "latency_first_us", result.deliveries.first_us);
  print(prefix + "latency_last_us", result.deliveries.last_us);
}

void run(const LoadOptions& options) {
  LoadClient client(options);
  print("idle_bytes_per_connection", client.connect());
  client.run_paced(options.seconds / 10);
  print("paced_", client.run_paced(options.seconds));
  client.run_flat_out(options.seconds / 10);
  print("peak_", client.run_flat_out(options.seconds));
  print("burst_", client.run_paced(options.seconds, kBurst));
  print("writes", static_cast<double>(client.audit().written_count()));
  print("deliveries", static_cast<double>(client.audit().delivered_count()));
  print("faults", static_cast<double>(client.audit().fault_count()));
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Subscribes many times to one stream, writes, and checks what arrives");
  LoadOptions options;
  app.add_option("--port", options.port, "Where the server listens")->required();
  app.add_option("--server", options.server, "The server's process id")->required();
  app.add_option("--subscribers", options.subscribers)->check(CLI::PositiveNumber);
  app.add_option("--seconds", options.seconds, "Length of each of the three windows of time")
      ->check(CLI::PositiveNumber);
  app.add_option("--deliveries-per-second", options.deliveries_per_second)->check(CLI::PositiveNumber);
  app.add_option("--window", options.window, "Writes under way at a time when going flat out")
      ->check(CLI::PositiveNumber);
  app.add_option("--payload-bytes", options.payload_bytes);
  CLI11_PARSE(app, argc, argv);
  try {
    run(options);
  } catch (const std::exception& error) {
    std::cerr << "push_client: " << error.what() << '\n';
    return 1;
  }
}
