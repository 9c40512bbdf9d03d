// SPDX-License-Identifier: MIT
// W4: each client follows 64 keys of a table of ten thousand; ten times a second sixteen of them change at once. W12:
// the same with TLS.
#include "push/workload.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kWidth = 64;
/// Every fourth key of a window changes.
constexpr std::uint64_t kStride = 4;

std::vector<Case> cases(const Scale& scale) {
  const auto windows = scale.pick<std::uint64_t>(156, 3);
  const auto clients = scale.pick<std::size_t>(500, 6);
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    for (const bool tls : {false, true})
      all.push_back({.name = "ticks " + std::string(to_string(transport)) + (tls ? ", tls" : ""),
                     .setup = {.transport = transport, .keys = windows * kWidth, .width = kWidth, .tls = tls},
                     .clients = clients,
                     .payload_bytes = 128,
                     .seconds = scale.seconds,
                     .rate = 10});
  return all;
}

Figures run(Server& server, const Case& one) {
  const Pace pace{.ticks_per_second = one.rate,
                  .under_way = 0,
                  .choose = [keys = one.setup.keys](std::uint64_t tick, std::vector<std::uint64_t>& chosen) {
                    chosen.clear();
                    for (std::uint64_t key = tick % kStride; key < keys; key += kStride) chosen.push_back(key);
                  }};
  return deliver(server, one, pace);
}

}  // namespace

const Workload kTicks = {
    "ticks", "W4", "sixteen of a client's 64 rows change at once, ten times a second", true, false, false, cases, run};

}  // namespace freshet::bench
