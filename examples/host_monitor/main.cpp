// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdio>
#include <string>

#include "dashboard.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/meta/resource.hpp"
#include "freshet/meta/verbs.hpp"
#include "freshet/service/command_line.hpp"
#include "freshet/service/service.hpp"
#include "limits.hpp"
#include "sampler.hpp"
#include "views.hpp"
#include "web_files.hpp"

using namespace std::chrono_literals;
using namespace host_monitor;

namespace {

/// The limits are the one thing that clients write.
freshet::Input<Metric, Limit> make_limits(freshet::Graph& graph) {
  auto limits = graph.input<Metric, Limit>("limits");
  limits.check(objection_to);
  freshet::Transaction transaction;
  for (const auto& limit : default_limits()) transaction.set(limits, limit.metric, limit);
  const auto committed = graph.commit(transaction);
  FRESHET_ASSERT(committed.has_value());
  return limits;
}

/// Declares what clients can open of the past: the inputs as they are, with all their samples.
void declare_histories(freshet::Service& service, const Inputs& inputs) {
  service.resource<"cpu_history">([=] { return inputs.cpus; }, "The load of each CPU over the last samples");
  service.resource<"memory_history">([=] { return inputs.memory; }, "Memory over the last samples");
  service.resource<"disk_history">([=] { return inputs.disks; }, "Disk traffic over the last samples");
  service.resource<"interface_history">([=] { return inputs.interfaces; }, "Network traffic over the last samples");
}

/// Declares what clients can open of the present.
void declare_views(freshet::Service& service, const Inputs& inputs, const freshet::Input<Metric, Limit>& limits) {
  // As it is now: one row from the samples of each key.
  auto cpus = inputs.cpus.reduce(load_of);
  auto memory = inputs.memory.reduce(newest<MemorySample>);
  auto disks = inputs.disks.reduce(newest<DiskSample>);
  auto interfaces = inputs.interfaces.reduce(newest<InterfaceSample>);

  // Many to one: the processes under their user's name, and one total from each user's.
  auto users = inputs.processes.flat_map(by_user).reduce(total_of);

  // Everything that can have a limit, and what reached it. `alert` reads `limits` by key.
  auto measures = inputs.host.flat_map(to_measures)
                      .merge(cpus.flat_map(to_measures), memory.flat_map(to_measures), disks.flat_map(to_measures),
                             interfaces.flat_map(to_measures), inputs.filesystems.flat_map(to_measures),
                             inputs.sensors.flat_map(to_measures), inputs.processes.flat_map(to_measures));
  auto alerts = measures.map(alert, limits);

  service.resource<"cpus">([=] { return cpus; }, "The load of each CPU now");
  service.resource<"busiest_processes">(
      [=](const BusyFilter& filter) { return inputs.processes.filter(is_busy, filter); },
      "Processes that use at least so much of a CPU or of memory");
  service.resource<"user_totals">([=] { return users; }, "What the processes of each user use together");
  service.resource<"alerts">([=] { return alerts; }, "Figures that reached their limit");
  service.resource<"limits">([=] { return limits; }, "What raises an alert; written with PATCH /v1/inputs/limits");
  service.resource<"dashboard">(
      [=](const BusyFilter& filter) {
        return panels(inputs.host)
            .merge(panels(cpus), panels(memory), panels(disks), panels(interfaces), panels(inputs.filesystems),
                   panels(inputs.sensors), panels(inputs.processes.filter(is_busy, filter)), panels(users),
                   panels(alerts), panels(limits));
      },
      "All that the page shows, under model:key");

  service.writable(limits, "From where on a metric is worth an alert");
  service.files("/", web_files());
}

}  // namespace

int main(int argc, char** argv) {
  freshet::ServiceOptions options;
  Sampler::Options sampling;
  const freshet::Program program{
      .name = "host_monitor",
      .about = "Shows this machine live, in a browser and to whoever opens a stream.",
      .options = {{"--interval-ms", &sampling.interval, "Time between two readings, 50 to 10000"},
                  {"--history", &sampling.history_max, "Samples to keep of each CPU, disk and interface, 2 to 1000"},
                  {"--command-lines", &sampling.reader.processes.command_lines,
                   "Show the arguments of processes too; they may hold secrets"}}};
  if (const auto status = freshet::parse_command_line(argc, argv, program, options)) return *status;
  if (sampling.interval < 50ms || sampling.interval > 10s || sampling.history_max < 2 || sampling.history_max > 1000) {
    std::fputs("host_monitor: --interval-ms is 50 to 10000, --history 2 to 1000\n", stderr);
    return 2;
  }
  freshet::Service service(options);
  const Inputs inputs(service.graph());
  declare_histories(service, inputs);
  declare_views(service, inputs, make_limits(service.graph()));
  const Sampler sampler(service.graph(), inputs, sampling);
  return service.run();
}
