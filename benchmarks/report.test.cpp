// SPDX-License-Identifier: MIT
#include "report.hpp"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace freshet::bench {
namespace {

using testing::HasSubstr;

Row row(std::string contender, double value, std::uint64_t n = 100) {
  return {.bench = {},
          .workload = "w",
          .n = n,
          .batch = 1,
          .contender = std::move(contender),
          .metric = "time",
          .unit = "ns",
          .value = value,
          .ratio_to_floor = {},
          .low = {},
          .high = {}};
}

TEST(Median, is_the_middle_value) {
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 3, 2}), 2.5);
  EXPECT_EQ(median({7}), 7);
}

TEST(Percentile, is_the_value_at_the_nearest_rank) {
  std::vector<double> values;
  for (int i = 100; i > 0; --i) values.push_back(i);
  EXPECT_EQ(percentile(values, 0.50), 50);
  EXPECT_EQ(percentile(values, 0.99), 99);
  EXPECT_EQ(percentile(values, 1.0), 100);
  EXPECT_EQ(percentile(values, 0.0), 1);
}

TEST(Report, compares_each_row_with_the_floor_of_its_own_size) {
  Report report("engine", "rows", "batch");
  report.add(row("freshet", 30));
  report.add(row("floor", 10));
  report.add(row("floor", 20, 1000));
  report.add(row("freshet", 30, 1000));
  report.add(row("freshet", 5, 7));
  const auto rows = report.rows();
  EXPECT_EQ(rows[0].ratio_to_floor, 3.0);
  EXPECT_EQ(rows[1].ratio_to_floor, 1.0);
  EXPECT_EQ(rows[3].ratio_to_floor, 1.5);
  EXPECT_EQ(rows[4].ratio_to_floor, std::nullopt);
}

TEST(Report, prints_a_line_per_size_and_a_column_per_contender) {
  Report report("engine", "rows", "batch");
  report.add(row("floor", 10));
  report.add(row("freshet", 25));
  const std::string table = report.table("engine_bench --quick");
  EXPECT_THAT(table, HasSubstr("# engine_bench --quick\n"));
  EXPECT_THAT(table, HasSubstr("time [ns]  rows  batch  floor  freshet  freshet/floor\n"));
  EXPECT_THAT(table, HasSubstr("w           100      1   10.0     25.0           2.50\n"));
}

TEST(Report, compares_freshet_with_what_is_written_by_hand_and_other_engines_with_freshet) {
  Report report("engine", "rows", "batch");
  report.add(row("floor", 10));
  report.add(row("freshet", 20));
  report.add(row("bare", 5));
  report.add(row("other", 100));
  report.add(row("freshet", 20, 7));
  const std::string table = report.table("engine_bench");
  EXPECT_THAT(table, HasSubstr("freshet  bare  other  freshet/floor  freshet/bare  other/freshet\n"));
  EXPECT_THAT(table, HasSubstr("20.0  5.00    100           2.00          4.00           5.00\n"));
  EXPECT_THAT(table, HasSubstr("20.0     -      -              -             -              -\n"));
}

TEST(Report, writes_json_with_the_fields_that_scripts_rely_on) {
  Report report("push", "subscribers", "batch");
  report.add(row("floor", 1.5));
  EXPECT_EQ(report.json(),
            R"({"rows":[{"bench":"push","workload":"w","n":100,"batch":1,"contender":"floor","metric":"time",)"
            R"("unit":"ns","value":1.5,"ratio_to_floor":1,"low":null,"high":null}]})");
}

TEST(Report, shows_how_far_rounds_were_apart) {
  Report report("push", "clients", "bytes");
  Row of_rounds = row("freshet", 25);
  of_rounds.low = 20;
  of_rounds.high = 31;
  report.add(of_rounds);
  EXPECT_THAT(report.table("push_bench"), HasSubstr("25.0 (20.0-31.0)"));
}

}  // namespace
}  // namespace freshet::bench
