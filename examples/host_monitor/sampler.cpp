// SPDX-License-Identifier: MIT
#include "sampler.hpp"

#include "freshet/base/assert.hpp"

namespace host_monitor {
namespace {

constexpr std::chrono::milliseconds kFirstInterval{100};

}  // namespace

Inputs::Inputs(freshet::Graph& graph)
    : host(graph.input<std::string, Host>("host")),
      cpus(graph.input<std::string, CpuSample>("cpus")),
      memory(graph.input<std::string, MemorySample>("memory")),
      disks(graph.input<std::string, DiskSample>("disks")),
      interfaces(graph.input<std::string, InterfaceSample>("interfaces")),
      filesystems(graph.input<std::string, Filesystem>("filesystems")),
      sensors(graph.input<std::string, Sensor>("sensors")),
      processes(graph.input<int, Process>("processes")) {}

Mirrors::Mirrors(const Inputs& inputs, std::size_t history_max)
    : host_(inputs.host, &Host::host, 1),
      cpus_(inputs.cpus, &CpuSample::cpu, history_max),
      memory_(inputs.memory, &MemorySample::host, history_max),
      disks_(inputs.disks, &DiskSample::disk, history_max),
      interfaces_(inputs.interfaces, &InterfaceSample::interface, history_max),
      filesystems_(inputs.filesystems, &Filesystem::path, 1),
      sensors_(inputs.sensors, &Sensor::sensor, 1),
      processes_(inputs.processes, &Process::pid, 1) {}

freshet::Transaction Mirrors::transaction_of(const HostReading& reading) {
  freshet::Transaction transaction;
  host_.write({reading.host}, transaction);
  cpus_.write(reading.cpus, transaction);
  memory_.write({reading.memory}, transaction);
  disks_.write(reading.disks, transaction);
  interfaces_.write(reading.interfaces, transaction);
  filesystems_.write(reading.filesystems, transaction);
  sensors_.write(reading.sensors, transaction);
  processes_.write(reading.processes, transaction);
  return transaction;
}

Sampler::Sampler(freshet::Graph& graph, const Inputs& inputs, const Options& options)
    : graph_(graph), interval_(options.interval), reader_(options.reader), mirrors_(inputs, options.history_max) {
  read();  // a rate needs two readings: whoever comes first shall see rates already
  std::this_thread::sleep_for(kFirstInterval);
  const auto committed = graph_.commit(mirrors_.transaction_of(read()));
  FRESHET_ASSERT(committed.has_value());
  thread_ = std::jthread([this](std::stop_token stop) { run(std::move(stop)); });
}

HostReading Sampler::read() {
  return reader_.read(std::chrono::floor<std::chrono::milliseconds>(clock_.now()), clock_.steady_now());
}

void Sampler::run(std::stop_token stop) {
  auto next = clock_.steady_now() + interval_;
  while (wait(next, stop)) {
    // A loop that is so far behind that its queue is full gets the next reading, which says more than this one.
    (void)graph_.post(mirrors_.transaction_of(read()));
    // A machine that slept, or was too busy, does not make up for the readings it missed.
    next = std::max(next + interval_, clock_.steady_now());
  }
}

bool Sampler::wait(std::chrono::steady_clock::time_point until, std::stop_token stop) {
  std::unique_lock lock(mutex_);
  stopped_.wait_until(lock, stop, until, [] { return false; });
  return !stop.stop_requested();
}

}  // namespace host_monitor
