// SPDX-License-Identifier: MIT
#include "consistency/shrink.hpp"

#include <gtest/gtest.h>

#include "consistency/run.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

/// A verb whose oracle is wrong about one value: what a bug in the engine would look like.
Verb broken_verb() {
  return {.name = "broken",
          .declare = [](const Rows& source, const Rows&,
                        int) { return source.map([](std::int64_t value) { return value; }); },
          .recompute =
              [](const Contents& source, const Contents&, int) {
                Expected expected{source, {}};
                for (auto& [key, values] : expected.contents) {
                  for (auto& value : values) value = value >= 100 ? 0 : value;
                }
                return expected;
              }};
}

TEST(Shrink, finds_the_view_and_the_write_that_fail) {
  Verbs verbs = all_verbs();
  verbs.push_back(broken_verb());
  // A case that uses the broken verb somewhere in the middle.
  Case what = random_case(4, verbs);
  what.steps.insert(what.steps.begin(), {verbs.size() - 1, 0, 1, 2});
  for (std::size_t i = 1; i < what.steps.size(); ++i) {
    if (what.steps[i].source >= kInputs) ++what.steps[i].source;
    if (what.steps[i].other >= kInputs) ++what.steps[i].other;
  }
  what.commits.push_back({{0, 3, {500, 7}}, {1, 2, {5}}});
  ASSERT_TRUE(failure_of(what, verbs));

  const Case small = shrink(what, [&](const Case& smaller) { return failure_of(smaller, verbs).has_value(); });
  EXPECT_TRUE(failure_of(small, verbs));
  ASSERT_EQ(small.steps.size(), 1U) << to_text(small, verbs);
  EXPECT_EQ(verbs[small.steps[0].verb].name, "broken");
  ASSERT_EQ(small.commits.size(), 1U) << to_text(small, verbs);
  ASSERT_EQ(small.commits[0].size(), 1U);
  ASSERT_EQ(small.commits[0][0].values.size(), 1U);
  EXPECT_LT(small.commits[0][0].values[0], 200) << "values shrink too";
}

}  // namespace
}  // namespace freshet::consistency
