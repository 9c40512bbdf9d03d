// SPDX-License-Identifier: MIT
#include "views.hpp"

#include <array>
#include <vector>

#include <gtest/gtest.h>

namespace host_monitor {
namespace {

TEST(Views, tell_how_busy_a_cpu_is_and_was) {
  std::vector<CpuSample> samples;
  for (int i = 0; i < 20; ++i) samples.push_back({.cpu = "cpu0", .busy_percent = i == 3 ? 99.0 : i < 10 ? 0.0 : 50.0});
  samples.back().busy_percent = 10;
  const auto load = load_of(samples);
  EXPECT_EQ(load.cpu, "cpu0");
  EXPECT_EQ(load.busy_percent, 10);
  EXPECT_EQ(load.recent_percent, 46);
  EXPECT_EQ(load.peak_percent, 99);
}

TEST(Views, tell_the_load_from_a_single_sample) {
  const std::array<CpuSample, 1> samples{{{.cpu = "all", .busy_percent = 7}}};
  const auto load = load_of(samples);
  EXPECT_EQ(load.recent_percent, 7);
  EXPECT_EQ(load.peak_percent, 7);
}

TEST(Views, show_a_process_that_uses_enough_of_either) {
  const BusyFilter filter{.min_cpu_percent = 5, .min_memory_percent = 10};
  EXPECT_TRUE(is_busy({.cpu_percent = 5, .memory_percent = 0}, filter));
  EXPECT_TRUE(is_busy({.cpu_percent = 0, .memory_percent = 10}, filter));
  EXPECT_FALSE(is_busy({.cpu_percent = 4.9, .memory_percent = 9.9}, filter));
}

TEST(Views, add_up_what_the_processes_of_a_user_use) {
  const std::array<Process, 2> processes{{{.user = "ann", .cpu_percent = 0.1, .memory_bytes = 100},
                                          {.user = "ann", .cpu_percent = 0.2, .memory_bytes = 50}}};
  const auto total = total_of("ann", processes);
  EXPECT_EQ(total.user, "ann");
  EXPECT_EQ(total.process_count, 2u);
  EXPECT_EQ(total.cpu_percent, 0.3);
  EXPECT_EQ(total.memory_bytes, 150u);
}

}  // namespace
}  // namespace host_monitor
