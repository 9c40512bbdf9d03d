// SPDX-License-Identifier: MIT
#include "push/workload.hpp"

#include <array>
#include <stdexcept>

namespace freshet::bench {

std::span<const Workload* const> workloads() {
  static constexpr std::array kWorkloads = {&kIdle,  &kFanOut,      &kRooms, &kTicks,  &kSlow,  &kResume,
                                            &kChurn, &kPropagation, &kJoin,  &kFaults, &kFiles, &kEnd};
  return kWorkloads;
}

std::string_view to_string(Transport transport) { return transport == Transport::sse ? "sse" : "ws"; }

void require_converged(const LoadClient& client) {
  const Faults& faults = client.audit().faults();
  if (faults.doubled + faults.garbled > 0)
    throw std::runtime_error(std::to_string(faults.doubled) + " rows came twice or too late, " +
                             std::to_string(faults.garbled) + " are not what was written");
  if (!client.are_all_up_to_date()) throw std::runtime_error("clients do not have the last rows");
}

void require_flawless(const LoadClient& client) {
  if (client.audit().faults().skipped > 0)
    throw std::runtime_error(std::to_string(client.audit().faults().skipped) + " writes were lost");
  require_converged(client);
}

void add_delivery_figures(const Run& run, Figures& figures) {
  const auto deliveries = static_cast<double>(run.deliveries);
  figures.push_back({"cpu_per_event", "us", run.cpu_us_per_delivery()});
  figures.push_back({"events_per_second", "1/s", deliveries / run.seconds});
  figures.push_back({"wire_bytes_per_event", "B", static_cast<double>(run.bytes) / deliveries});
  figures.push_back({"latency_p50", "us", run.latencies.p50_us});
  figures.push_back({"latency_p99", "us", run.latencies.p99_us});
  figures.push_back({"latency_p99.9", "us", run.latencies.p999_us});
  figures.push_back({"latency_first_client", "us", run.latencies.first_us});
  figures.push_back({"latency_last_client", "us", run.latencies.last_us});
  figures.push_back({"foreign_cpus", "", run.foreign_cpus});
}

Pace one_by_one(std::uint64_t keys, double ticks_per_second) {
  return {.ticks_per_second = ticks_per_second,
          .under_way = 4,
          .choose = [keys](std::uint64_t tick, std::vector<std::uint64_t>& chosen) { chosen = {tick % keys}; }};
}

Figures deliver(Server& server, const Case& one, const Pace& pace) {
  LoadClient client(server, one.client_options());
  client.prepare();
  client.add_subscribers(one.clients);
  client.run(pace, one.seconds / 10);
  const Run measured = client.run(pace, one.seconds);
  require_flawless(client);
  Figures figures;
  add_delivery_figures(measured, figures);
  return figures;
}

}  // namespace freshet::bench
