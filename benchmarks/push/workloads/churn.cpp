// SPDX-License-Identifier: MIT
// W7: connections come at a steady rate, read a little while, and go.
#include <algorithm>
#include <cmath>

#include "push/workload.hpp"
#include "report.hpp"

namespace freshet::bench {

namespace {

std::vector<Case> cases(const Scale& scale) {
  std::vector<Case> all;
  for (const Transport transport : {Transport::sse, Transport::websocket})
    for (const bool tls : {false, true})
      all.push_back({.name = "churn " + std::string(to_string(transport)) + (tls ? ", tls" : ""),
                     .setup = {.transport = transport, .tls = tls},
                     .clients = scale.pick<std::size_t>(tls ? 500 : 2'000, 20),
                     .payload_bytes = 128,
                     .seconds = scale.seconds * 2,
                     .rate = scale.pick(tls ? 200.0 : 1'500.0, 50.0)});
  return all;
}

/// Opens a connection when it is due, in the place of the one that has been there longest.
class Comings {
 public:
  Comings(LoadClient& client, double rate) : client_(client), period_ns_(static_cast<std::int64_t>(1e9 / rate)) {
    next_ns_ = monotonic_ns();
  }

  void take_turn() {
    // A server that does not keep up has them wait, not the clock.
    constexpr int kPerTurn = 8;
    for (int i = 0; i < kPerTurn && next_ns_ <= monotonic_ns(); ++i, next_ns_ += period_ns_) {
      const std::size_t index = opened_++ % client_.size();
      note(index);
      client_.cut(index);
      client_.open(index, 0);
      client_.subscriber(index).opened_ns = next_ns_;
    }
  }

  std::size_t opened() const { return opened_; }
  std::size_t unready() const { return unready_; }
  std::vector<double>& times_us() { return times_us_; }

 private:
  void note(std::size_t index) {
    const Subscriber& one = client_.subscriber(index);
    if (opened_ <= client_.size()) return;
    if (!one.knowledge.is_ready) ++unready_;
    if (one.knowledge.is_ready) times_us_.push_back(static_cast<double>(one.ready_ns - one.opened_ns) / 1e3);
  }

  LoadClient& client_;
  std::int64_t period_ns_;
  std::int64_t next_ns_ = 0;
  std::size_t opened_ = 0;
  std::size_t unready_ = 0;
  std::vector<double> times_us_;
};

Figures run(Server& server, const Case& one) {
  LoadClient client(server, one.client_options());
  client.prepare();
  client.add_subscribers(one.clients);
  const double cpu_before = client.server_cpu_seconds();
  Comings comings(client, one.rate);
  const std::int64_t end = monotonic_ns() + static_cast<std::int64_t>(one.seconds * 1e9);
  client.run_until(one_by_one(1, 1), [&] {
    comings.take_turn();
    return monotonic_ns() >= end;
  });
  client.wait_until("connections without a beginning", [&] { return client.ready_count() == client.size(); });
  client.wait_until("clients without the last row", [&] { return client.are_all_up_to_date(); });
  const double cpu = client.server_cpu_seconds() - cpu_before;
  require_flawless(client);
  const auto opened = static_cast<double>(comings.opened());
  Figures figures{{"connections_per_cpu_second", "1/s", opened / cpu},
                  {"cpu_per_connection", "us", cpu * 1e6 / opened},
                  {"connections_without_answer", "", static_cast<double>(comings.unready())}};
  if (!comings.times_us().empty()) {
    figures.push_back({"connect_p50", "us", percentile(comings.times_us(), 0.5)});
    figures.push_back({"connect_p99", "us", percentile(comings.times_us(), 0.99)});
  }
  return figures;
}

}  // namespace

const Workload kChurn = {"churn", "W7", "connections come and go", true, false, false, cases, run};

}  // namespace freshet::bench
