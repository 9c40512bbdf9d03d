// SPDX-License-Identifier: MIT
// SIGTERM in the middle of writes: every client is told to come back, and has got all that was acknowledged before.
#include <algorithm>
#include <stdexcept>

#include "push/workload.hpp"

namespace freshet::bench {

namespace {

std::vector<Case> cases(const Scale& scale) {
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "end " + std::string(to_string(transport)),
                   .setup = {.transport = transport},
                   .clients = scale.pick<std::size_t>(2'000, 50),
                   .payload_bytes = 128,
                   .seconds = scale.pick(2.0, 0.3),
                   .rate = 0});
  return all;
}

Figures run(Server& server, const Case& one) {
  ClientOptions options = one.client_options();
  options.survives_end = true;
  LoadClient client(server, options);
  client.prepare();
  client.add_subscribers(one.clients);
  Pace pace = one_by_one(1, 0);
  pace.under_way = 0;
  const std::int64_t start = monotonic_ns();
  client.run_until(pace, [&] { return static_cast<double>(monotonic_ns() - start) > one.seconds * 1e9; });
  // One write is under way.
  client.write_tick({0}, monotonic_ns());
  server.process().terminate();
  const std::int64_t asked = monotonic_ns();
  client.wait_until("streams did not end", [&] { return client.ended_count() == one.clients; });

  // One key, so that its number is that of the tick; what was not answered may or may not have happened.
  const std::uint64_t acknowledged = client.audit().tick_count() - client.answers_due();
  std::size_t behind = 0, untold = 0;
  for (std::size_t at = 0; at < client.size(); ++at) {
    if (client.subscriber(at).knowledge.numbers[0] < acknowledged) ++behind;
    if (!client.subscriber(at).was_told_to_leave) ++untold;
  }
  const Faults& faults = client.audit().faults();
  if (faults.doubled + faults.garbled > 0) throw std::runtime_error("rows came twice, or are not what was written");
  if (behind > 0) throw std::runtime_error(std::to_string(behind) + " clients lack acknowledged writes");
  if (untold > 0) throw std::runtime_error(std::to_string(untold) + " clients were not told to come back");
  return {{"time_to_end", "ms", static_cast<double>(monotonic_ns() - asked) / 1e6},
          {"acknowledged_writes", "", static_cast<double>(acknowledged)}};
}

}  // namespace

const Workload kEnd = {"end", "end", "SIGTERM in the middle", false, true, true, cases, run};

}  // namespace freshet::bench
