// SPDX-License-Identifier: MIT
#include "freshet/store/cell.hpp"

#include <limits>

#include <gtest/gtest.h>

namespace freshet::store {
namespace {

TEST(Cell, is_null_unless_it_holds_something) {
  EXPECT_TRUE(is_null(Cell()));
  EXPECT_FALSE(is_null(Cell(false)));
  EXPECT_FALSE(is_null(Cell(std::string())));
}

TEST(Cell, is_ordered_within_its_kind_with_null_first) {
  EXPECT_TRUE(compare(Cell(), Cell(std::int64_t{-5})) < 0);
  EXPECT_TRUE(compare(Cell(false), Cell()) > 0);
  EXPECT_TRUE(compare(Cell(), Cell()) == 0);
  EXPECT_TRUE(compare(Cell(false), Cell(true)) < 0);
  EXPECT_TRUE(compare(Cell(std::numeric_limits<std::int64_t>::min()), Cell(std::int64_t{0})) < 0);
  EXPECT_TRUE(compare(Cell(-1.5), Cell(0.0)) < 0);
  EXPECT_TRUE(compare(Cell(-0.0), Cell(0.0)) == 0);
  EXPECT_TRUE(compare(Cell(Timestamp()), Cell(Timestamp(std::chrono::microseconds(1)))) < 0);
}

TEST(Cell, orders_text_by_its_bytes) {
  EXPECT_TRUE(compare(Cell(std::string("B")), Cell(std::string("a"))) < 0);
  EXPECT_TRUE(compare(Cell(std::string("z")), Cell(std::string("é"))) < 0) << "bytes above 127 come last";
  EXPECT_TRUE(compare(Cell(std::string("a")), Cell(std::string("aa"))) < 0);
  EXPECT_TRUE(compare(Cell(Json{"[1]"}), Cell(Json{"[1]"})) == 0);
}

TEST(Cell, tells_json_from_text) { EXPECT_NE(Cell(Json{"1"}), Cell(std::string("1"))); }

}  // namespace
}  // namespace freshet::store
