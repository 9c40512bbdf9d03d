// SPDX-License-Identifier: MIT
// The server has no descriptor left: who is there goes on to be served, who comes is turned away, and who comes when
// others have gone gets in.
#include <array>
#include <stdexcept>
#include <string_view>

#include "push/workload.hpp"

namespace freshet::bench {

namespace {

std::vector<Case> cases(const Scale&) {
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    all.push_back({.name = "no descriptors " + std::string(to_string(transport)),
                   .setup = {.transport = transport, .files_max = 200},
                   .clients = 100,
                   .payload_bytes = 128,
                   .seconds = 1,
                   .rate = 200});
  return all;
}

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  client.add_subscribers(one.clients);
  const Pace pace = one_by_one(1, one.rate);
  client.run(pace, 0.2);

  // More than there are descriptors left.
  std::vector<Channel> newcomers;
  for (unsigned at = 0; at < one.setup.files_max; ++at) {
    newcomers.emplace_back(connect_to(server.port(), 0), ClientTls::none());
    newcomers.back().send(server.subscribe(0, {}).request);
  }
  const Run crowded = client.run(pace, one.seconds);
  require_flawless(client);

  std::size_t served = 0, refused = 0, silent = 0;
  std::array<char, 4096> buffer;
  for (Channel& newcomer : newcomers) {
    const auto size = newcomer.receive(buffer);
    const std::string_view answer(buffer.data(), size.value_or(0));
    const bool is_served = answer.starts_with("HTTP/1.1 200") || answer.starts_with("HTTP/1.1 101");
    (is_served ? served : size ? refused : silent) += 1;
  }
  if (served == newcomers.size()) throw std::runtime_error("there were descriptors for everybody");
  if (silent > 0) throw std::runtime_error(std::to_string(silent) + " newcomers were left without an answer");
  newcomers.clear();
  constexpr std::size_t kLater = 20;
  client.add_subscribers(kLater);
  client.run(pace, 0.2);
  require_flawless(client);
  return {{"newcomers_served", "", static_cast<double>(served)},
          {"newcomers_turned_away", "", static_cast<double>(refused)},
          {"latency_p99", "us", crowded.latencies.p99_us}};
}

}  // namespace

const Workload kFiles = {"files", "files", "no descriptors left", false, true, false, cases, run};

}  // namespace freshet::bench
