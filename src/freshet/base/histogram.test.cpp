// SPDX-License-Identifier: MIT
#include "freshet/base/histogram.hpp"

#include <gtest/gtest.h>

namespace freshet {
namespace {

using namespace std::chrono_literals;

TEST(DurationHistogram, counts_each_duration_in_the_first_bucket_that_holds_it) {
  // [histogram]
  DurationHistogram histogram;
  histogram.observe(10us);  // a bound belongs to its own bucket
  histogram.observe(10'001ns);
  histogram.observe(1h);
  // [/histogram]
  EXPECT_EQ(histogram.buckets()[0], 1u);
  EXPECT_EQ(histogram.buckets()[1], 1u);
  EXPECT_EQ(histogram.buckets().back(), 1u);
  EXPECT_EQ(histogram.count(), 3u);
  EXPECT_EQ(histogram.sum(), 1h + 20'001ns);
}

TEST(DurationHistogram, takes_what_is_no_time_and_less) {
  DurationHistogram histogram;
  histogram.observe(0ns);
  histogram.observe(-1ns);
  EXPECT_EQ(histogram.buckets()[0], 2u);
}

}  // namespace
}  // namespace freshet
