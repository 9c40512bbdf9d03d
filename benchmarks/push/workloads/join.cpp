// SPDX-License-Identifier: MIT
// W11: clients join a megabyte of rows within a second, while rows change; each must end with exactly the last rows.
#include <stdexcept>

#include "push/workload.hpp"
#include "report.hpp"

namespace freshet::bench {

namespace {

std::vector<Case> cases(const Scale& scale) {
  const auto keys = scale.pick<std::uint64_t>(10'000, 500);
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "join " + std::string(to_string(transport)),
                   .setup = {.transport = transport, .keys = keys, .width = keys, .begins_with_rows = true},
                   .clients = scale.pick<std::size_t>(200, 10),
                   .payload_bytes = 100,
                   .seconds = 1,
                   .rate = scale.pick(500.0, 100.0)});
  return all;
}

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  const double bytes_before = client.server_bytes();
  const double cpu_before = client.server_cpu_seconds();
  const std::int64_t start = monotonic_ns();
  const double between_ns = one.seconds * 1e9 / static_cast<double>(one.clients);
  client.run_until(one_by_one(one.setup.keys, one.rate), [&] {
    while (client.size() < one.clients &&
           static_cast<double>(monotonic_ns() - start) >= static_cast<double>(client.size()) * between_ns)
      client.open(client.add_closed(), 0);
    if (static_cast<double>(monotonic_ns() - start) > 60e9) throw std::runtime_error("clients did not get their rows");
    return client.size() == one.clients && client.ready_count() == one.clients;
  });
  const double peak = client.server_bytes() - bytes_before;
  client.wait_until("clients without the last rows", [&] { return client.are_all_up_to_date(); });
  const double cpu = client.server_cpu_seconds() - cpu_before;
  require_flawless(client);

  std::vector<double> times_ms;
  for (std::size_t at = 0; at < client.size(); ++at)
    times_ms.push_back(static_cast<double>(client.subscriber(at).ready_ns - client.subscriber(at).opened_ns) / 1e6);
  Figures figures{{"cpu_per_join", "us", cpu * 1e6 / static_cast<double>(one.clients)},
                  {"time_to_state_p50", "ms", percentile(times_ms, 0.5)},
                  {"time_to_state_p99", "ms", percentile(times_ms, 0.99)},
                  {"memory_grown", "kB", peak / 1e3}};
  for (const Figure& figure : server.own_figures()) figures.push_back(figure);
  return figures;
}

}  // namespace

const Workload kJoin = {"join", "W11", "clients join a large table while it changes", true, false, false, cases, run};

}  // namespace freshet::bench
