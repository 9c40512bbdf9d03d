// SPDX-License-Identifier: MIT
#include "proc_reader.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <unistd.h>

#include <gmock/gmock.h>

namespace host_monitor {
namespace {

using namespace std::chrono_literals;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

/// A directory that looks like /proc and /sys, and is gone after the test.
class FakeMachine {
 public:
  FakeMachine() {
    std::string pattern = (std::filesystem::temp_directory_path() / "host_monitor_XXXXXX").string();
    root_ = ::mkdtemp(pattern.data());
    std::filesystem::create_directories(root_ / "proc");
    std::filesystem::create_directories(root_ / "sys");
  }
  ~FakeMachine() { std::filesystem::remove_all(root_); }
  FakeMachine(const FakeMachine&) = delete;
  FakeMachine& operator=(const FakeMachine&) = delete;

  void write(const std::string& path, std::string_view text) {
    std::filesystem::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path, std::ios::binary) << text;
  }
  void remove(const std::string& path) { std::filesystem::remove_all(root_ / path); }

  void write_process(int pid, const std::string& name, int cpu_ticks, int start_ticks = 100) {
    write("proc/" + std::to_string(pid) + "/stat", std::to_string(pid) + " (" + name + ") R 1 1 1 0 0 0 0 0 0 0 " +
                                                       std::to_string(cpu_ticks) + " 0 0 0 20 0 1 0 " +
                                                       std::to_string(start_ticks) + " 4096 10 0");
  }

  ProcReader::Options options() const { return {.proc = root_ / "proc", .sys = root_ / "sys"}; }

 private:
  std::filesystem::path root_;
};

/// Reads once per simulated second.
class EverySecond {
 public:
  explicit EverySecond(const ProcReader::Options& options) : reader_(options) {}

  HostReading read() {
    now_ += 1s;
    return reader_.read(freshet::Timestamp(now_.time_since_epoch()),
                        std::chrono::steady_clock::time_point(now_.time_since_epoch()));
  }

 private:
  ProcReader reader_;
  std::chrono::sys_time<std::chrono::microseconds> now_{100s};
};

TEST(ProcReader, tells_how_busy_each_cpu_was_since_the_reading_before) {
  FakeMachine machine;
  machine.write("proc/stat", "cpu 0 0 0 0 0 0 0 0\ncpu0 100 0 100 800 0 0 0 0\n");
  EverySecond reader(machine.options());
  EXPECT_EQ(reader.read().cpus.at(1).busy_percent, 0);
  machine.write("proc/stat", "cpu 0 0 0 0 0 0 0 0\ncpu0 120 0 110 860 10 0 0 0\n");
  const auto cpu = reader.read().cpus.at(1);
  EXPECT_EQ(cpu.cpu, "cpu0");
  EXPECT_EQ(cpu.busy_percent, 30);
  EXPECT_EQ(cpu.user_percent, 20);
  EXPECT_EQ(cpu.system_percent, 10);
  EXPECT_EQ(cpu.io_wait_percent, 10);
}

TEST(ProcReader, tells_the_rates_of_disks_and_interfaces) {
  FakeMachine machine;
  machine.write("proc/diskstats", "8 0 sda 1 0 100 0 1 0 200 0 0 0 0\n");
  machine.write("proc/net/dev", "eth0: 1000 1 0 0 0 0 0 0 500 1 0 0 0 0 0 0\n");
  EverySecond reader(machine.options());
  reader.read();
  machine.write("proc/diskstats", "8 0 sda 1 0 102 0 1 0 210 0 0 250 0\n");
  machine.write("proc/net/dev", "eth0: 3000 1 2 0 0 0 0 0 1500 1 0 0 0 0 0 0\n");
  const auto reading = reader.read();
  ASSERT_EQ(reading.disks.size(), 1u);
  EXPECT_EQ(reading.disks[0].read_bytes_per_s, 1024);
  EXPECT_EQ(reading.disks[0].written_bytes_per_s, 5120);
  EXPECT_EQ(reading.disks[0].busy_percent, 25);
  ASSERT_EQ(reading.interfaces.size(), 1u);
  EXPECT_EQ(reading.interfaces[0].received_bytes_per_s, 2000);
  EXPECT_EQ(reading.interfaces[0].sent_bytes_per_s, 1000);
  EXPECT_EQ(reading.interfaces[0].errors_per_s, 2);
}

TEST(ProcReader, shows_no_rate_for_a_counter_that_was_reset_and_goes_on_after_it) {
  FakeMachine machine;
  const auto received = [&](const std::string& bytes) {
    machine.write("proc/net/dev", "eth0: " + bytes + " 1 0 0 0 0 0 0 0 1 0 0 0 0 0 0\n");
  };
  received("4294967000");
  EverySecond reader(machine.options());
  reader.read();
  received("100");
  EXPECT_EQ(reader.read().interfaces.at(0).received_bytes_per_s, 0);
  received("350");
  EXPECT_EQ(reader.read().interfaces.at(0).received_bytes_per_s, 250);
}

TEST(ProcReader, leaves_out_partitions_where_sys_knows_the_whole_disks) {
  FakeMachine machine;
  machine.write("proc/diskstats",
                "8 0 sda 1 0 100 0 1 0 200 0 0 0 0\n8 1 sda1 1 0 100 0 1 0 200 0 0 0 0\n"
                "104 0 cciss/c0d0 1 0 100 0 1 0 200 0 0 0 0\n");
  EverySecond reader(machine.options());
  EXPECT_EQ(reader.read().disks.size(), 3u);
  machine.write("sys/block/sda/size", "1");
  machine.write("sys/block/cciss!c0d0/size", "1");
  EXPECT_THAT(reader.read().disks,
              ElementsAre(Field(&DiskSample::disk, "sda"), Field(&DiskSample::disk, "cciss/c0d0")));
}

TEST(ProcReader, takes_the_cpu_share_of_a_process_over_its_last_four_readings) {
  FakeMachine machine;
  machine.write_process(7, "busy", 5000);
  EverySecond reader(machine.options());
  const auto cpu_percent_after = [&](int ticks) {
    machine.write_process(7, "busy", ticks);
    return reader.read().processes.at(0).cpu_percent;
  };
  const double percent_per_tick = 100.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_EQ(cpu_percent_after(5000), 0);  // what it used before says nothing about now
  EXPECT_NEAR(cpu_percent_after(5040), 40 * percent_per_tick, 0.1);
  EXPECT_NEAR(cpu_percent_after(5040), 20 * percent_per_tick, 0.1);
  for (int i = 0; i < 3; ++i) cpu_percent_after(5040);
  EXPECT_EQ(cpu_percent_after(5040), 0);
}

TEST(ProcReader, counts_all_that_a_new_process_used) {
  FakeMachine machine;
  machine.write_process(7, "old", 0);
  EverySecond reader(machine.options());
  reader.read();
  machine.write_process(8, "new", 50);
  const double percent_per_tick = 100.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  EXPECT_THAT(reader.read().processes,
              UnorderedElementsAre(Field(&Process::cpu_percent, 0),
                                   Field(&Process::cpu_percent, DoubleNear(50 * percent_per_tick, 0.1))));
}

TEST(ProcReader, takes_another_process_with_the_same_pid_for_another_process) {
  FakeMachine machine;
  machine.write_process(7, "first", 900, 100);
  EverySecond reader(machine.options());
  reader.read();
  machine.write_process(7, "second", 10, 200);
  const auto process = reader.read().processes.at(0);
  EXPECT_EQ(process.command, "second");
  EXPECT_NEAR(process.cpu_percent, 10 * 100.0 / static_cast<double>(::sysconf(_SC_CLK_TCK)), 0.1);
}

TEST(ProcReader, leaves_out_what_is_no_process_or_vanished) {
  FakeMachine machine;
  machine.write_process(7, "here", 0);
  machine.write("proc/8/comm", "its stat is gone already");
  machine.write("proc/9/stat", "");
  machine.write("proc/sys/kernel/hostname", "fake\n");
  EverySecond reader(machine.options());
  EXPECT_THAT(reader.read().processes, ElementsAre(Field(&Process::command, "here")));
  machine.remove("proc/7");
  EXPECT_THAT(reader.read().processes, IsEmpty());
}

TEST(ProcReader, shows_arguments_only_when_told_to) {
  FakeMachine machine;
  machine.write_process(7, "login", 0);
  machine.write("proc/7/cmdline", std::string_view("login\0--password=secret\0", 24));
  auto options = machine.options();
  EXPECT_EQ(EverySecond(options).read().processes.at(0).command, "login");
  options.processes.command_lines = true;
  EXPECT_EQ(EverySecond(options).read().processes.at(0).command, "login --password=secret");
}

TEST(ProcReader, makes_odd_names_fit_to_be_sent) {
  FakeMachine machine;
  machine.write_process(7, "bad\xff\nname", 0);
  EverySecond reader(machine.options());
  EXPECT_EQ(reader.read().processes.at(0).command, "bad\uFFFD name");
}

TEST(ProcReader, reads_sensors_that_answer) {
  FakeMachine machine;
  machine.write("sys/class/thermal/thermal_zone0/temp", "47250\n");
  machine.write("sys/class/thermal/thermal_zone0/type", "x86_pkg_temp\n");
  machine.write("sys/class/thermal/thermal_zone1/type", "broken\n");
  machine.write("sys/class/thermal/cooling_device0/type", "Fan\n");
  EverySecond reader(machine.options());
  const auto sensors = reader.read().sensors;
  ASSERT_EQ(sensors.size(), 1u);
  EXPECT_EQ(sensors[0].sensor, "zone0 x86_pkg_temp");
  EXPECT_EQ(sensors[0].celsius, 47.3);
}

TEST(ProcReader, reads_a_machine_that_has_nothing) {
  FakeMachine machine;
  EverySecond reader(machine.options());
  reader.read();
  const auto reading = reader.read();
  EXPECT_EQ(reading.host.host, "localhost");
  EXPECT_EQ(reading.host.cpu_count, 1u);
  EXPECT_EQ(reading.memory.total_bytes, 0u);
  EXPECT_EQ(reading.memory.used_percent, 0);
  EXPECT_THAT(reading.cpus, IsEmpty());
  EXPECT_THAT(reading.disks, IsEmpty());
  EXPECT_THAT(reading.interfaces, IsEmpty());
  EXPECT_THAT(reading.filesystems, IsEmpty());
  EXPECT_THAT(reading.sensors, IsEmpty());
  EXPECT_THAT(reading.processes, IsEmpty());
}

TEST(ProcReader, reads_a_machine_without_proc_or_sys) {
  EverySecond reader({.proc = "/nowhere", .sys = "/nowhere"});
  EXPECT_THAT(reader.read().processes, IsEmpty());
}

TEST(ProcReader, finds_this_very_process_at_work) {
  ProcReader reader({});
  const auto begin = std::chrono::steady_clock::now();
  reader.read({}, begin);
  volatile double sink = 1;
  while (std::chrono::steady_clock::now() - begin < 200ms) sink = sink * 1.000001;

  const auto reading = reader.read({}, std::chrono::steady_clock::now());
  const auto self = std::find_if(reading.processes.begin(), reading.processes.end(),
                                 [](const Process& process) { return process.pid == ::getpid(); });
  ASSERT_NE(self, reading.processes.end());
  EXPECT_EQ(self->state, ProcessState::running);
  EXPECT_GT(self->cpu_percent, 5);  // a busy machine may give this loop a small share
  EXPECT_LT(self->cpu_percent, 120);
  EXPECT_GT(self->memory_bytes, 100'000u);
  EXPECT_FALSE(self->user.empty());
  EXPECT_GE(reading.host.cpu_count, 1u);
  EXPECT_EQ(reading.cpus.size(), reading.host.cpu_count + 1);
  EXPECT_GT(reading.memory.used_bytes, 0u);
  EXPECT_GE(reading.host.process_count, 1u);
}

}  // namespace
}  // namespace host_monitor
