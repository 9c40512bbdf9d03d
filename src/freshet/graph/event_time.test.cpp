// SPDX-License-Identifier: MIT
#include "freshet/graph/testing/event_time.hpp"

#include <gtest/gtest.h>

namespace freshet::testing {
namespace {

template <class Events> void run_worlds(std::uint64_t seeds, int commits) {
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    EventTimeWorld<Events> world(seed);
    ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", as declared";
    for (int i = 0; i < commits; ++i) {
      world.commit_randomly();
      ASSERT_FALSE(::testing::Test::HasFailure()) << "seed " << seed << ", commit " << i;
    }
  }
}

TEST(EventTime, is_after_every_commit_what_the_rule_for_late_rows_gives) { run_worlds<SmallEvents>(80, 60); }

TEST(EventTime, is_the_same_for_large_rows_under_texts) { run_worlds<LargeEvents>(20, 40); }

}  // namespace
}  // namespace freshet::testing
