// SPDX-License-Identifier: MIT
// W2: one topic, many subscribers, as fast as four messages under way at a time go. W12: the same with TLS. W13: the
// same with permessage-deflate.
#include "push/workload.hpp"

namespace freshet::bench {

namespace {

std::vector<Case> cases(const Scale& scale) {
  const auto clients = scale.pick<std::size_t>(1'000, 20);
  const double seconds = scale.seconds;
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket}) {
    const std::string name = "fan-out " + std::string(to_string(transport));
    for (const std::size_t bytes : {64, 128, 1'024})
      all.push_back({name, {.transport = transport}, clients, bytes, seconds});
    if (!scale.quick) all.push_back({name, {.transport = transport}, 9'500, 128, seconds});
    all.push_back({name + ", tls", {.transport = transport, .tls = true}, clients, 128, seconds});
  }
  all.push_back({"fan-out ws, deflate", {.transport = Transport::websocket, .deflate = true}, clients, 1'024, seconds});
  return all;
}

Figures run(Server& server, const Case& one) { return deliver(server, one, one_by_one(1, 0)); }

}  // namespace

const Workload kFanOut = {
    "fan-out", "W2", "one topic, many subscribers; with TLS (W12) and deflate (W13)", true, false, false, cases, run};

}  // namespace freshet::bench
