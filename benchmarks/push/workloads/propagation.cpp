// SPDX-License-Identifier: MIT
// W8: single writes to one of many rows, with ten watchers each, at a steady rate: how soon they see them.
#include "push/workload.hpp"

namespace freshet::bench {

namespace {

constexpr std::size_t kWatchers = 10;

std::vector<Case> cases(const Scale& scale) {
  const auto watched = scale.pick<std::uint64_t>(900, 5);
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "write to watchers " + std::string(to_string(transport)),
                   .setup = {.transport = transport, .keys = scale.pick<std::uint64_t>(100'000, 100)},
                   .clients = watched * kWatchers,
                   .payload_bytes = 128,
                   .seconds = scale.seconds,
                   .rate = scale.pick(5'000.0, 200.0)});
  return all;
}

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  const std::uint64_t watched = one.clients / kWatchers;
  client.add_subscribers_of(watched, one.clients);
  // Half of the writes are to rows that somebody watches.
  const Pace pace{.ticks_per_second = one.rate,
                  .under_way = 0,
                  .choose = [watched, keys = one.setup.keys](std::uint64_t tick, std::vector<std::uint64_t>& chosen) {
                    chosen = {tick % 2 == 0 ? tick / 2 * 7 % watched : watched + tick * 7 % (keys - watched)};
                  }};
  client.run(pace, one.seconds / 10);
  const Run measured = client.run(pace, one.seconds);
  require_flawless(client);
  Figures figures;
  add_delivery_figures(measured, figures);
  figures.push_back({"cpu_per_write", "us", measured.server_cpu_seconds * 1e6 / static_cast<double>(measured.ticks)});
  return figures;
}

}  // namespace

const Workload kPropagation = {"watch", "W8", "single writes to watched rows", true, false, false, cases, run};

}  // namespace freshet::bench
