// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/retry_delays.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace freshet::mediators {
namespace {

using std::chrono::milliseconds;

TEST(RetryDelays, double_up_to_a_bound_and_never_fall_below_half) {
  RetryDelays delays({.attempts_max = 9, .delay_min = milliseconds(10), .delay_max = milliseconds(100)}, 7);
  milliseconds expected(10);
  for (std::size_t failures = 1; failures < 70; ++failures) {
    const milliseconds delay = delays.after(failures);
    EXPECT_GE(delay, expected / 2) << failures;
    EXPECT_LE(delay, expected) << failures;
    expected = std::min(expected * 2, milliseconds(100));
  }
}

TEST(RetryDelays, are_exhausted_after_the_last_attempt) {
  const RetryDelays delays({.attempts_max = 3}, 1);
  EXPECT_FALSE(delays.exhausted(2));
  EXPECT_TRUE(delays.exhausted(3));
}

}  // namespace
}  // namespace freshet::mediators
