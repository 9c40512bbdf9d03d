// SPDX-License-Identifier: MIT
#include "limits.hpp"

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace host_monitor {
namespace {

using freshet::Transaction;

int alerts_computed = 0;
std::optional<Alert> counted_alert(const Measure& measure, const freshet::Collection<Metric, Limit>& limits) {
  ++alerts_computed;
  return alert(measure, limits);
}

/// Two measures of memory and one of a disk, under the default limits.
class Alerts : public testing::Test {
 protected:
  Alerts() {
    alerts_computed = 0;
    limits.check(objection_to);
    Transaction transaction;
    for (const auto& limit : default_limits()) transaction.set(limits, limit.metric, limit);
    transaction.set(measures, "memory a", {Metric::memory_percent, "a", 50});
    transaction.set(measures, "memory b", {Metric::memory_percent, "b", 90});
    transaction.set(measures, "disk", {Metric::disk_busy_percent, "sda", 60});
    EXPECT_TRUE(graph.commit(transaction));
  }

  auto set_limit(Metric metric, double warning, double critical) {
    return graph.commit(std::move(Transaction().set(limits, metric, {metric, warning, critical})));
  }

  freshet::Graph graph;
  freshet::Input<Metric, Limit> limits = graph.input<Metric, Limit>("limits");
  freshet::Input<std::string, Measure> measures = graph.input<std::string, Measure>("measures");
  freshet::Collection<std::string, Alert> alerts = measures.map(counted_alert, limits);
};

TEST_F(Alerts, name_the_limit_that_was_reached) {
  EXPECT_EQ(alerts.size(), 1u);
  const auto* found = alerts.get("memory b");
  ASSERT_NE(found, nullptr);
  EXPECT_EQ(found->level, Level::warning);
  EXPECT_EQ(found->limit, 80);
}

TEST_F(Alerts, follow_a_changed_limit_at_once) {
  ASSERT_TRUE(set_limit(Metric::memory_percent, 50, 90));
  EXPECT_EQ(alerts.get("memory a")->level, Level::warning);
  EXPECT_EQ(alerts.get("memory b")->level, Level::critical);
  ASSERT_TRUE(set_limit(Metric::memory_percent, 91, 92));
  EXPECT_EQ(alerts.size(), 0u);
}

TEST_F(Alerts, are_computed_anew_only_where_the_limit_changed) {
  alerts_computed = 0;
  ASSERT_TRUE(set_limit(Metric::memory_percent, 50, 90));
  EXPECT_EQ(alerts_computed, 2);
  ASSERT_TRUE(set_limit(Metric::temperature_celsius, 10, 20));
  EXPECT_EQ(alerts_computed, 2);
}

TEST_F(Alerts, need_a_limit) {
  ASSERT_TRUE(graph.commit(std::move(Transaction().erase(limits, Metric::memory_percent))));
  EXPECT_EQ(alerts.size(), 0u);
  ASSERT_TRUE(set_limit(Metric::memory_percent, 0, 100));
  EXPECT_EQ(alerts.size(), 2u);
}

TEST_F(Alerts, survive_a_limit_that_makes_no_sense) {
  EXPECT_FALSE(set_limit(Metric::memory_percent, 60, 50));
  EXPECT_FALSE(set_limit(Metric::memory_percent, 60, 101));
  EXPECT_EQ(limits.get(Metric::memory_percent)->warning, 80);
}

TEST(Limits, of_a_share_end_at_100_and_others_do_not) {
  EXPECT_TRUE(objection_to(Metric::cpu_percent, {Metric::cpu_percent, 0, 100.1}));
  EXPECT_FALSE(objection_to(Metric::process_cpu_percent, {Metric::process_cpu_percent, 0, 800}));
  EXPECT_FALSE(objection_to(Metric::network_mb_per_s, {Metric::network_mb_per_s, 0, 5000}));
  EXPECT_TRUE(objection_to(Metric::cpu_percent, {Metric::memory_percent, 0, 100}));
}

TEST(Limits, that_a_monitor_starts_with_make_sense) {
  for (const auto& limit : default_limits()) EXPECT_FALSE(objection_to(limit.metric, limit));
}

TEST(Measures, are_taken_of_all_that_can_have_a_limit) {
  EXPECT_EQ(measures_of(Host{.host = "h", .cpu_count = 2, .load_1 = 3}).at(0).second.value, 1.5);
  EXPECT_EQ(measures_of(CpuLoad{.cpu = "all", .recent_percent = 12}).at(0).second.value, 12);
  EXPECT_TRUE(measures_of(CpuLoad{.cpu = "cpu0", .recent_percent = 12}).empty());
  EXPECT_EQ(measures_of(MemorySample{.host = "h", .used_percent = 1, .swap_percent = 2}).at(1).first, "swap_percent h");
  EXPECT_EQ(measures_of(DiskSample{.disk = "sda", .busy_percent = 3}).at(0).first, "disk_busy_percent sda");
  const InterfaceSample interface { .interface = "eth0", .received_bytes_per_s = 2e6, .sent_bytes_per_s = 1e6 };
  EXPECT_EQ(measures_of(interface).at(0).second.value, 3);
  EXPECT_EQ(measures_of(Filesystem{.path = "/", .used_percent = 4}).at(0).second.metric, Metric::filesystem_percent);
  EXPECT_EQ(measures_of(Sensor{.sensor = "zone0", .celsius = 40}).at(0).second.value, 40);
  EXPECT_EQ(measures_of(Process{.pid = 7, .command = "x", .cpu_percent = 5}).at(0).second.subject, "x (7)");
}

}  // namespace
}  // namespace host_monitor
