// SPDX-License-Identifier: MIT
#include "freshet/graph/exact_sum.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace freshet {
namespace {

double sum_of(const std::vector<double>& values) {
  ExactSum sum;
  for (const double value : values) sum.add(value);
  return sum.value();
}

TEST(ExactSum, rounds_once) {
  EXPECT_EQ(sum_of({}), 0.0);
  EXPECT_EQ(sum_of({0.1, 0.2}), 0.1 + 0.2);
  EXPECT_EQ(sum_of({1e16, 1.0, -1e16}), 1.0) << "a running sum gives 0";
  EXPECT_EQ(sum_of({1e300, 1.0, 1e-300, -1e300, -1.0}), 1e-300);
  EXPECT_EQ(sum_of(std::vector<double>(10, 0.1)), 1.0);
}

TEST(ExactSum, covers_the_whole_range_of_doubles) {
  const double least = std::numeric_limits<double>::denorm_min();
  const double greatest = std::numeric_limits<double>::max();
  EXPECT_EQ(sum_of({least}), least);
  EXPECT_EQ(sum_of({least, least}), 2 * least);
  EXPECT_EQ(sum_of({greatest, -greatest, least}), least);
  EXPECT_EQ(sum_of({greatest, greatest, -greatest}), greatest) << "beyond the range on the way, but not at the end";
  EXPECT_EQ(sum_of({greatest, greatest}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(sum_of({-greatest, least}), -greatest);
}

TEST(ExactSum, rounds_to_nearest_with_ties_to_even) {
  const double one_bit = std::ldexp(1.0, -53);
  EXPECT_EQ(sum_of({1.0, one_bit}), 1.0);
  EXPECT_EQ(sum_of({1.0, one_bit, 1e-300}), 1.0 + 2 * one_bit) << "a hair above the tie";
  EXPECT_EQ(sum_of({1.0 + 2 * one_bit, one_bit}), 1.0 + 4 * one_bit);
}

TEST(ExactSum, counts_what_is_not_finite_and_takes_it_away_again) {
  const double infinity = std::numeric_limits<double>::infinity();
  ExactSum sum;
  sum.add(1.5);
  sum.add(infinity);
  EXPECT_EQ(sum.value(), infinity);
  sum.add(-infinity);
  EXPECT_TRUE(std::isnan(sum.value()));
  sum.remove(infinity);
  EXPECT_EQ(sum.value(), -infinity);
  sum.remove(-infinity);
  sum.add(std::nan(""));
  EXPECT_TRUE(std::isnan(sum.value()));
  sum.remove(std::nan(""));
  EXPECT_EQ(sum.value(), 1.5);
}

TEST(ExactSum, is_the_same_in_any_order_and_undone_to_the_last_bit) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(50);
    const int spread = round % 2 == 0 ? 20 : 900;
    for (double& value : values) {
      value = std::ldexp(static_cast<double>(static_cast<std::int64_t>(random())),
                         static_cast<int>(random() % spread) - spread / 2 - 60);
    }
    const double expected = sum_of(values);
    std::vector<double> shuffled = values;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    ASSERT_EQ(sum_of(shuffled), expected);
    ExactSum sum;
    for (const double value : values) sum.add(value);
    for (std::size_t i = 1; i < shuffled.size(); ++i) sum.remove(shuffled[i]);
    ASSERT_EQ(sum.value(), shuffled[0]);
    sum.remove(shuffled[0]);
    ASSERT_EQ(sum.value(), 0.0);
  }
}

TEST(ExactSum, agrees_with_128_bits_of_integer_arithmetic) {
  std::mt19937_64 random(8);
  ExactSum sum;
  __extension__ __int128 units = 0;
  for (int i = 0; i < 10'000; ++i) {
    const auto unit = static_cast<std::int64_t>(random() >> 12);
    sum.add(static_cast<double>(unit));
    units += unit;
    ASSERT_EQ(sum.value(), static_cast<double>(units));
  }
}

}  // namespace
}  // namespace freshet
