// SPDX-License-Identifier: MIT
#include "freshet/net/internal/token_bucket.hpp"

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

using std::chrono::milliseconds;

SteadyTime at(int ms) { return SteadyTime(milliseconds(ms)); }

TEST(TokenBucket, lets_a_burst_pass_and_then_the_rate) {
  const RateLimit limit{.per_second = 10, .burst = 3};
  TokenBucket bucket(limit, at(0));
  for (int count = 0; count < 3; ++count) EXPECT_TRUE(bucket.take(1, limit, at(0)));
  EXPECT_FALSE(bucket.take(1, limit, at(0)));
  EXPECT_FALSE(bucket.take(1, limit, at(90)));
  EXPECT_TRUE(bucket.take(1, limit, at(100)));
  EXPECT_FALSE(bucket.take(1, limit, at(100)));
}

TEST(TokenBucket, does_not_save_more_than_a_burst) {
  const RateLimit limit{.per_second = 10, .burst = 3};
  TokenBucket bucket(limit, at(0));
  EXPECT_TRUE(bucket.take(3, limit, at(100'000)));
  EXPECT_FALSE(bucket.take(1, limit, at(100'000)));
}

TEST(TokenBucket, takes_nothing_where_there_is_not_enough) {
  const RateLimit limit{.per_second = 1, .burst = 10};
  TokenBucket bucket(limit, at(0));
  EXPECT_FALSE(bucket.take(11, limit, at(0)));
  EXPECT_TRUE(bucket.take(10, limit, at(0)));
}

}  // namespace
}  // namespace freshet::net
