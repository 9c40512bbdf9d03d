// SPDX-License-Identifier: MIT
// W6: all clients lose their connection at once, miss fifty events, and come back as fast as the server lets them.
#include <algorithm>

#include "push/workload.hpp"
#include "report.hpp"

namespace freshet::bench {

namespace {

constexpr std::size_t kMissed = 50;
/// Connections that are being opened at a time.
constexpr std::size_t kAtOnce = 256;

std::vector<Case> cases(const Scale& scale) {
  return {{.name = "reconnect storm sse",
           .setup = {.transport = Transport::sse, .history = 2 * kMissed},
           .clients = scale.pick<std::size_t>(9'000, 40),
           .payload_bytes = 100,
           .seconds = 1,
           .rate = 0}};
}

/// Connects them all again. Returns when each of them had everything, in seconds since the beginning.
std::vector<double> come_back(LoadClient& client) {
  const std::int64_t start = monotonic_ns();
  std::vector<double> recovered(client.size());
  std::vector<std::size_t> under_way;
  std::size_t next = 0;
  client.wait_until("clients that came back did not get what they missed", [&] {
    for (; next < client.size() && under_way.size() < kAtOnce; ++next) {
      client.reconnect(next);
      under_way.push_back(next);
    }
    std::erase_if(under_way, [&](std::size_t index) {
      if (!client.is_up_to_date(index)) return false;
      recovered[index] = static_cast<double>(monotonic_ns() - start) / 1e9;
      return true;
    });
    return next == client.size() && under_way.empty();
  });
  return recovered;
}

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  client.add_subscribers(one.clients);
  // Each has an id to come back with.
  client.run(one_by_one(1, 20), 0.2);
  const double bytes_before = client.server_bytes();
  for (std::size_t at = 0; at < client.size(); ++at) client.cut(at);
  for (std::size_t at = 0; at < kMissed; ++at) client.write_tick({0}, monotonic_ns());
  client.wait_until("writes were not answered", [&client] { return client.writer_is_answered(); });

  const std::uint64_t delivered_before = client.audit().delivered_count();
  const double cpu_before = client.server_cpu_seconds();
  std::vector<double> recovered = come_back(client);
  const double cpu = client.server_cpu_seconds() - cpu_before;
  require_flawless(client);
  const double events = static_cast<double>(client.audit().delivered_count() - delivered_before);
  const auto clients = static_cast<double>(one.clients);
  return {{"recoveries_per_cpu_second", "1/s", clients / cpu},
          {"time_to_99_percent", "s", percentile(recovered, 0.99)},
          {"events_per_recovery", "", events / clients},
          {"memory_grown", "kB", (client.server_bytes() - bytes_before) / 1e3}};
}

}  // namespace

const Workload kResume = {"resume", "W6", "all clients come back at once", true, false, false, cases, run};

}  // namespace freshet::bench
