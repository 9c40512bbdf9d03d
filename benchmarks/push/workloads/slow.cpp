// SPDX-License-Identifier: MIT
// W5: some clients stop reading, with the smallest receive buffers, while large rows change; then they read again.
#include <stdexcept>

#include "push/workload.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kKeys = 100;
constexpr int kReceiveBuffer = 4'096;

std::vector<Case> cases(const Scale& scale) {
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "slow readers " + std::string(to_string(transport)),
                   .setup = {.transport = transport, .keys = kKeys, .width = kKeys},
                   .clients = scale.pick<std::size_t>(200, 10),
                   .payload_bytes = 4'096,
                   .seconds = scale.pick(12.0, 0.5),
                   .rate = 150});
  return all;
}

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  client.add_subscribers(one.clients);
  const std::size_t stalled = std::max<std::size_t>(one.clients / 20, 1);
  client.add_subscribers(stalled, kReceiveBuffer);
  const Pace pace = one_by_one(kKeys, one.rate);
  const Run without = client.run(pace, one.seconds / 4);
  require_flawless(client);

  const double before = client.server_bytes();
  for (std::size_t at = 0; at < stalled; ++at) client.set_stalled(one.clients + at, true);
  // Those that are stalled are owed nothing in time.
  client.audit().add_follower(0, -static_cast<int>(stalled));
  const Run with = client.run(pace, one.seconds);
  const double grown = client.server_bytes() - before;

  const std::int64_t resumed = monotonic_ns();
  for (std::size_t at = 0; at < stalled; ++at) client.set_stalled(one.clients + at, false);
  client.wait_until("stalled clients did not get the last rows", [&client] { return client.are_all_up_to_date(); });
  const double converged = static_cast<double>(monotonic_ns() - resumed) / 1e6;
  require_converged(client);
  for (std::size_t at = 0; at < one.clients; ++at)
    if (client.subscriber(at).knowledge.skipped > 0) throw std::runtime_error("a client that kept up lost writes");

  return {{"memory_per_stalled_client", "kB", grown / 1e3 / static_cast<double>(stalled)},
          {"convergence", "ms", converged},
          {"cpu_per_event", "us", with.cpu_us_per_delivery()},
          {"cpu_per_event_without_stalls", "us", without.cpu_us_per_delivery()},
          {"latency_p99", "us", with.latencies.p99_us},
          {"latency_p99_without_stalls", "us", without.latencies.p99_us},
          {"foreign_cpus", "", with.foreign_cpus}};
}

}  // namespace

const Workload kSlow = {"slow", "W5", "one client in twenty stops reading", true, false, false, cases, run};

}  // namespace freshet::bench
