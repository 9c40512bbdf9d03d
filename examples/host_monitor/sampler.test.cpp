// SPDX-License-Identifier: MIT
#include "sampler.hpp"

#include <atomic>

#include <gtest/gtest.h>

namespace host_monitor {
namespace {

using namespace std::chrono_literals;

HostReading reading_of(std::vector<CpuSample> cpus, std::vector<Process> processes) {
  HostReading reading;
  reading.host.host = reading.memory.host = "h";
  reading.cpus = std::move(cpus);
  reading.processes = std::move(processes);
  return reading;
}

class MirrorsTest : public testing::Test {
 protected:
  void commit(const HostReading& reading) { ASSERT_TRUE(graph.commit(mirrors.transaction_of(reading))); }

  freshet::Graph graph;
  Inputs inputs{graph};
  Mirrors mirrors{inputs, 3};
};

TEST_F(MirrorsTest, keep_the_last_samples_of_each_key_in_order) {
  for (double busy = 1; busy <= 5; ++busy) commit(reading_of({{.cpu = "cpu0", .busy_percent = busy}}, {}));
  std::vector<double> kept;
  for (const auto& sample : inputs.cpus.values("cpu0")) kept.push_back(sample.busy_percent);
  EXPECT_EQ(kept, (std::vector<double>{3, 4, 5}));
}

TEST_F(MirrorsTest, keep_one_row_of_what_has_no_history) {
  commit(reading_of({}, {{.pid = 7, .cpu_percent = 1}}));
  commit(reading_of({}, {{.pid = 7, .cpu_percent = 2}}));
  EXPECT_EQ(inputs.processes.values(7).size(), 1u);
  EXPECT_EQ(inputs.processes.get(7)->cpu_percent, 2);
}

TEST_F(MirrorsTest, take_away_what_is_gone) {
  commit(reading_of({{.cpu = "cpu0"}, {.cpu = "cpu1"}}, {{.pid = 7}, {.pid = 8}}));
  commit(reading_of({{.cpu = "cpu0"}}, {{.pid = 8}}));
  EXPECT_EQ(inputs.cpus.get("cpu1"), nullptr);
  EXPECT_EQ(inputs.processes.get(7), nullptr);
  EXPECT_NE(inputs.processes.get(8), nullptr);
  commit(reading_of({{.cpu = "cpu0"}, {.cpu = "cpu1"}}, {}));
  EXPECT_EQ(inputs.cpus.values("cpu1").size(), 1u) << "its history begins anew";
}

TEST(Sampler, fills_the_inputs_at_once_and_goes_on_from_its_own_thread) {
  freshet::Graph graph;
  std::atomic<int> posted = 0;
  graph.set_wakeup([&] {
    ++posted;
    posted.notify_one();
  });
  const Inputs inputs(graph);
  const Sampler sampler(graph, inputs, {.interval = 50ms});
  EXPECT_EQ(graph.version(), 1u);
  EXPECT_GT(inputs.processes.size(), 0u);
  EXPECT_EQ(inputs.host.size(), 1u);
  posted.wait(0);
  EXPECT_GE(graph.run_posted(), 1u);
  EXPECT_GE(inputs.cpus.values("all").size(), 2u);
}

TEST(Sampler, ends_without_waiting_for_its_next_reading) {
  freshet::Graph graph;
  graph.set_wakeup([] {});
  const Inputs inputs(graph);
  const auto begin = std::chrono::steady_clock::now();
  { const Sampler sampler(graph, inputs, {.interval = 10s}); }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

}  // namespace
}  // namespace host_monitor
