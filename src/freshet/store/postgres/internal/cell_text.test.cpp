// SPDX-License-Identifier: MIT
#include "freshet/store/postgres/internal/cell_text.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/store/internal/cell_of.hpp"

namespace freshet::store::postgres {
namespace {

using std::chrono::microseconds;
using std::chrono::sys_days;
using std::chrono::year;

std::string text_of(const Cell& cell) {
  std::string text;
  EXPECT_TRUE(append_text(cell, text).has_value());
  return text;
}

TEST(CellText, reads_back_what_it_writes) {
  const Timestamp first = sys_days(year(0) / 1 / 1);
  const Timestamp last = Timestamp(sys_days(year(10000) / 1 / 1)) - microseconds(1);
  const std::vector<Cell> cells = {true,
                                   false,
                                   std::numeric_limits<std::int64_t>::min(),
                                   std::numeric_limits<std::int64_t>::max(),
                                   0.1,
                                   -5e-324,
                                   1.7976931348623157e308,
                                   std::numeric_limits<double>::infinity(),
                                   -std::numeric_limits<double>::infinity(),
                                   std::string(),
                                   std::string("ünï\n'\"\\"),
                                   first,
                                   last,
                                   Timestamp(microseconds(-1)),
                                   Timestamp(sys_days(year(2024) / 2 / 29)) + microseconds(86'399'999'999),
                                   Json{"{\"a\": [1, 2.50]}"}};
  for (const Cell& cell : cells) {
    const auto read = parse_cell(internal::kind_of(cell), text_of(cell));
    ASSERT_TRUE(read.has_value()) << to_string(read.error());
    EXPECT_EQ(*read, cell) << text_of(cell);
  }
  const auto nan = parse_cell(ColumnKind::real, text_of(std::nan("")));
  EXPECT_TRUE(std::isnan(std::get<double>(*nan)));
}

TEST(CellText, writes_times_as_postgresql_reads_them) {
  EXPECT_EQ(text_of(Timestamp(sys_days(year(2026) / 11 / 21)) + microseconds(1500)), "2026-11-21 00:00:00.001500+00");
  EXPECT_EQ(text_of(Timestamp(sys_days(year(0) / 1 / 1))), "0001-01-01 00:00:00.000000+00 BC");
}

TEST(CellText, reads_all_times_that_postgresql_has) {
  const auto time = [](const char* text) { return parse_timestamptz(text).value(); };
  EXPECT_EQ(time("1970-01-01 00:00:00+00"), Timestamp());
  EXPECT_EQ(time("1970-01-01 05:45:00.5+05:45"), Timestamp(microseconds(500'000)));
  EXPECT_EQ(time("1969-12-31T20:00:00-04"), Timestamp());
  EXPECT_EQ(time("1969-12-31 23:59:28-00:00:32"), Timestamp()) << "local mean time, before there were zones";
  EXPECT_EQ(time("294246-12-31 23:59:59.999999+00").time_since_epoch().count(), 9223371244799999999);
  EXPECT_EQ(time("4714-11-24 00:00:00+00 BC").time_since_epoch().count(), -210866803200000000);
  EXPECT_EQ(time("294276-12-31 23:59:59.999999+00"), time("infinity")) << "beyond 64 bits";
  EXPECT_EQ(time("infinity"), Timestamp(sys_days(year(10000) / 1 / 1)) - microseconds(1));
  EXPECT_EQ(time("-infinity"), Timestamp(sys_days(year(0) / 1 / 1)));
}

TEST(CellText, refuses_what_postgresql_never_writes) {
  for (const char* text :
       {"", "2026", "2026-11-21", "2026-13-01 00:00:00+00", "2026-02-29 00:00:00+00", "2026-11-21 24:00:00+00",
        "2026-11-21 00:00:00", "2026-11-21 00:00:00+00 AD", "2026-11-21 00:00:00.+00", "2026-11-21 00:00:00+0",
        "21.11.2026 00:00:00+00", "99999999-01-01 00:00:00+00"}) {
    EXPECT_FALSE(parse_timestamptz(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_cell(ColumnKind::boolean, "true").has_value());
  for (const char* text : {"", "1.5", "9223372036854775808", "1 ", "x"}) {
    EXPECT_FALSE(parse_cell(ColumnKind::integer, text).has_value()) << text;
  }
  for (const char* text : {"", "1,5", "1 ", "one"})
    EXPECT_FALSE(parse_cell(ColumnKind::real, text).has_value()) << text;
}

TEST(CellText, refuses_nul) {
  std::string out;
  for (const Cell& cell : {Cell(std::string("a\0b", 3)), Cell(Json{std::string("\"\0\"", 3)})}) {
    const auto written = append_text(cell, out);
    ASSERT_FALSE(written.has_value());
    EXPECT_EQ(written.error().code, ErrorCode::invalid_argument);
  }
}

}  // namespace
}  // namespace freshet::store::postgres
