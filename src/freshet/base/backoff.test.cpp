// SPDX-License-Identifier: MIT
#include "freshet/base/backoff.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace freshet {
namespace {

using std::chrono::milliseconds;

TEST(Backoff, doubles_up_to_a_bound_and_never_falls_below_half) {
  Backoff delays({.delay_min = milliseconds(10), .delay_max = milliseconds(100)}, 7);
  milliseconds expected(10);
  for (std::size_t failures = 1; failures < 70; ++failures) {
    const milliseconds delay = delays.after(failures);
    EXPECT_GE(delay, expected / 2) << failures;
    EXPECT_LE(delay, expected) << failures;
    expected = std::min(expected * 2, milliseconds(100));
  }
}

TEST(Backoff, differs_so_that_those_who_failed_together_do_not_come_back_together) {
  Backoff delays({.delay_min = milliseconds(1'000), .delay_max = milliseconds(1'000)}, 1);
  std::set<milliseconds> seen;
  for (int i = 0; i < 100; ++i) seen.insert(delays.after(1));
  EXPECT_GT(seen.size(), 50U);
  EXPECT_NE(random_seed(), random_seed());
}

TEST(Backoff, is_the_same_from_the_same_seed) {
  Backoff one({}, 42);
  Backoff two({}, 42);
  for (std::size_t i = 1; i < 20; ++i) EXPECT_EQ(one.after(i), two.after(i));
}

TEST(Backoff, of_no_length_is_no_delay) {
  Backoff delays({.delay_min = milliseconds(0), .delay_max = milliseconds(0)}, 1);
  EXPECT_EQ(delays.after(5), milliseconds(0));
  EXPECT_EQ(delays.up_to(milliseconds(-1)), milliseconds(0));
}

}  // namespace
}  // namespace freshet
