// SPDX-License-Identifier: MIT
// W1: many connections with one subscription each, and nothing happens but heartbeats.
#include "push/workload.hpp"

namespace freshet::bench {

namespace {

std::vector<Case> cases(const Scale& scale) {
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "idle " + std::string(to_string(transport)),
                   .setup = {.transport = transport},
                   .clients = scale.pick<std::size_t>(9'500, 50),
                   .payload_bytes = 64,
                   // One heartbeat of each.
                   .seconds = scale.pick(25.0, 0.2)});
  return all;
}

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  // Code and tables that the first clients make the server touch are no cost of a client.
  constexpr std::size_t kFirst = 20;
  client.add_subscribers(kFirst);
  client.idle(0.3);
  const double before = client.server_bytes();
  client.add_subscribers(one.clients);
  client.idle(0.5);
  const double grown = client.server_bytes() - before;
  const double cpu_before = client.server_cpu_seconds();
  client.idle(one.seconds);
  const double cpu = client.server_cpu_seconds() - cpu_before;
  // They are all still there.
  const Run last = client.run(one_by_one(1, 10), 0.3);
  require_flawless(client);
  const auto clients = static_cast<double>(one.clients);
  return {{"memory_per_client", "B", grown / clients},
          {"idle_cpu_per_client", "us/s", cpu * 1e6 / one.seconds / clients},
          {"foreign_cpus", "", last.foreign_cpus}};
}

}  // namespace

const Workload kIdle = {"idle", "W1", "idle connections with a subscription each", true, false, false, cases, run};

}  // namespace freshet::bench
