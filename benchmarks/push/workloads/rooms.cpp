// SPDX-License-Identifier: MIT
// W3: a thousand rooms of ten, messages at a steady rate to one room after the other.
#include "push/workload.hpp"

namespace freshet::bench {

namespace {

constexpr std::size_t kClientsPerRoom = 10;

std::vector<Case> cases(const Scale& scale) {
  const auto rooms = scale.pick<std::uint64_t>(900, 10);
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "rooms " + std::string(to_string(transport)),
                   .setup = {.transport = transport, .keys = rooms},
                   .clients = rooms * kClientsPerRoom,
                   .payload_bytes = 128,
                   .seconds = scale.seconds,
                   .rate = scale.pick(4'000.0, 200.0)});
  return all;
}

Figures run(Server& server, const Case& one) { return deliver(server, one, one_by_one(one.setup.keys, one.rate)); }

}  // namespace

const Workload kRooms = {"rooms", "W3", "many rooms of ten, one message at a time", true, false, false, cases, run};

}  // namespace freshet::bench
