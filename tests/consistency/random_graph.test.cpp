// SPDX-License-Identifier: MIT
#include <cstdint>
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "consistency/run.hpp"
#include "consistency/shrink.hpp"

namespace freshet::consistency {
namespace {

/// More seeds than usual: FRESHET_SEEDS=10000 consistency_test.
std::uint64_t seed_count(std::uint64_t usual) {
  const char* wanted = std::getenv("FRESHET_SEEDS");
  return wanted != nullptr ? std::strtoull(wanted, nullptr, 10) : usual;
}

void expect_to_hold(const Case& what, const Verbs& verbs, const std::string& origin) {
  const auto failure = failure_of(what, verbs);
  if (!failure) return;
  const Case small = shrink(what, [&](const Case& smaller) { return failure_of(smaller, verbs).has_value(); });
  FAIL() << origin << " fails: " << *failure << "\nmade small it fails with: " << failure_of(small, verbs).value_or("")
         << "\n"
         << to_text(small, verbs);
}

TEST(RandomGraph, is_after_every_commit_what_recomputing_gives) {
  const Verbs verbs = all_verbs();
  const std::uint64_t seeds = seed_count(400);
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    ASSERT_NO_FATAL_FAILURE(expect_to_hold(random_case(seed, verbs), verbs, "seed " + std::to_string(seed)));
  }
}

/// Each verb alone over an input, and over a view whose keys hold several rows, so that none is left to chance.
TEST(RandomGraph, holds_for_each_verb_alone) {
  const Verbs verbs = all_verbs();
  const std::uint64_t seeds = seed_count(6);
  for (std::size_t verb = 0; verb < verbs.size(); ++verb) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      Case what = random_case(seed * 1000 + verb, verbs);
      what.steps = {{verb, 0, 1, 2}, {0, 1, 2, 3}, {verb, 4, 2, 3}, {verb, 3, 4, 2}};
      ASSERT_NO_FATAL_FAILURE(expect_to_hold(what, verbs, std::string(verbs[verb].name)));
    }
  }
}

}  // namespace
}  // namespace freshet::consistency
