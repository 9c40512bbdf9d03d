// SPDX-License-Identifier: MIT
#include "freshet/graph/exact_moments.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace freshet {
namespace {

Spread spread_of(const std::vector<double>& values) {
  ExactMoments moments;
  for (const double value : values) moments.add(value);
  const auto count = static_cast<std::int64_t>(values.size());
  return moments.spread(count, count);
}
double variance_of(const std::vector<double>& values) { return spread_of(values).variance(); }

TEST(ExactMoments, give_the_variance) {
  EXPECT_EQ(variance_of({5}), 0.0);
  EXPECT_EQ(variance_of({1, 2, 3, 4}), 1.25);
  EXPECT_EQ(variance_of({-1.5, 1.5}), 2.25);
  EXPECT_EQ(spread_of({-1.5, 1.5}).standard_deviation(), 1.5);
  EXPECT_EQ(variance_of({0, 0, 0}), 0.0);
  EXPECT_EQ(variance_of({0, -0.0, 4}), 32.0 / 9);
}

TEST(ExactMoments, do_not_cancel) {
  EXPECT_EQ(variance_of({1e9, 1e9 + 1, 1e9 + 2}), 2.0 / 3) << "the difference of two rounded sums gives nonsense";
  EXPECT_EQ(variance_of({0.1, 0.1, 0.1}), 0.0);
  const double one_bit = std::ldexp(1.0, -52);
  EXPECT_EQ(spread_of({1, 1 + 2 * one_bit}).standard_deviation(), one_bit);
}

TEST(ExactMoments, cover_the_whole_range_of_doubles) {
  const double least = std::numeric_limits<double>::denorm_min();
  const double greatest = std::numeric_limits<double>::max();
  EXPECT_EQ(spread_of({-least, least}).standard_deviation(), least);
  EXPECT_EQ(variance_of({-least, least}), 0.0) << "it is less than the least double";
  EXPECT_EQ(spread_of({-greatest, greatest}).standard_deviation(), greatest);
  EXPECT_EQ(variance_of({-greatest, greatest}), std::numeric_limits<double>::infinity());
  EXPECT_EQ(variance_of({greatest, greatest, greatest}), 0.0);
  EXPECT_EQ(spread_of({1e-200, 3e-200}).standard_deviation(), 1e-200);
}

TEST(ExactMoments, count_what_is_not_finite_and_take_it_away_again) {
  ExactMoments moments;
  moments.add(1);
  moments.add(3);
  moments.add(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(moments.spread(3, 3).variance()));
  moments.add(std::nan(""));
  moments.remove(std::numeric_limits<double>::infinity());
  EXPECT_TRUE(std::isnan(moments.spread(3, 3).variance()));
  moments.remove(std::nan(""));
  EXPECT_EQ(moments.spread(2, 2).variance(), 1.0);
}

TEST(ExactMoments, are_the_same_in_any_order_and_undone_to_the_last_bit) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 300; ++round) {
    std::vector<double> values(2 + random() % 40);
    // Everyday numbers, numbers of any size, and numbers near the bounds of what is kept in place.
    const int spread = round % 3 == 0 ? 20 : round % 3 == 1 ? 1800 : 140;
    for (double& value : values) {
      const auto mantissa = static_cast<std::int64_t>(random());
      value = std::ldexp(static_cast<double>(mantissa), static_cast<int>(random() % spread) - spread / 2 - 80);
    }
    const double expected = spread_of(values).standard_deviation();
    std::vector<double> shuffled = values;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    ASSERT_EQ(spread_of(shuffled).standard_deviation(), expected);
    ExactMoments moments;
    for (const double value : shuffled) moments.add(value);
    const double passing = std::ldexp(1.0, static_cast<int>(random() % 2000) - 1000);
    moments.add(passing);
    moments.remove(passing);
    ASSERT_EQ(moments.spread(std::ssize(values), std::ssize(values)).standard_deviation(), expected)
        << "what passes through leaves nothing behind, be it an accumulator that is wider";
    for (std::size_t i = 2; i < values.size(); ++i) moments.remove(values[i]);
    ASSERT_EQ(moments.spread(2, 2).standard_deviation(), spread_of({values[1], values[0]}).standard_deviation());
  }
}

TEST(ExactMoments, agree_with_a_slow_calculation_in_long_doubles) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 200; ++round) {
    std::vector<double> values(3 + random() % 20);
    for (double& value : values) value = std::uniform_real_distribution<double>(-50, 100)(random);
    long double sum = 0;
    for (const double value : values) sum += value;
    const long double mean = sum / static_cast<long double>(values.size());
    long double squares = 0;
    for (const double value : values) squares += (value - mean) * (value - mean);
    const auto expected = static_cast<double>(squares / static_cast<long double>(values.size()));
    ASSERT_NEAR(variance_of(values), expected, expected * 1e-15);
  }
}

TEST(IntegerMoments, hold_the_greatest_numbers_there_are) {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  IntegerMoments moments;
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(moments.accumulate(i % 2 == 0 ? most : most - 2, 1));
  EXPECT_EQ(moments.spread(1000, 1000).variance(), 1.0);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(moments.accumulate(most, -1)) << "sums on the way may be below zero";
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(moments.accumulate(i % 2 == 0 ? 3 : 5, 1));
  for (int i = 0; i < 500; ++i) {
    ASSERT_TRUE(moments.accumulate(most, 1));
    ASSERT_TRUE(moments.accumulate(most - 2, -1));
  }
  EXPECT_EQ(moments.spread(1000, 1000).variance(), 1.0);
}

TEST(IntegerMoments, refuse_what_does_not_fit) {
  IntegerMoments moments;
  const detail::Int128 large = static_cast<detail::Int128>(1) << 124;
  int accepted = 0;
  while (accepted < 100 && moments.accumulate(large, 1)) ++accepted;
  EXPECT_EQ(accepted, 7);
  EXPECT_EQ(moments.spread(accepted, accepted).variance(), 0.0) << "and is as before";
}

}  // namespace
}  // namespace freshet
