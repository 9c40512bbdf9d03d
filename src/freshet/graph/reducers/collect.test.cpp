// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/collect.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(CollectReducer, gives_all_values_in_order) {
  EXPECT_THAT(reduced(collect<&Entry::number>(), {{.number = 3}, {.number = 1}, {.number = 3}}), ElementsAre(1, 3, 3));
  EXPECT_THAT(reduced(collect<&Entry::open>(), {{.open = true}, {.open = false}}), ElementsAre(false, true));
}

TEST(CollectReducer, has_no_result_beyond_its_limit) {
  using Two = CollectOf<&Entry::number, 2>;
  EXPECT_THAT(reduced(Two(), {{.number = 2}, {.number = 1}}), ElementsAre(1, 2));
  try {
    reduced(Two(), {{}, {}, {}});
    FAIL() << "three are more than two";
  } catch (const Failure& failure) {
    EXPECT_THAT(failure.what(), HasSubstr("3 values are more than the 2"));
  }
}

template <auto Member, std::size_t kMax = 1000> auto all(const Entries& entries) {
  std::vector<detail::Projected<Member, Entry>> items;
  for (const Entry& entry : entries) items.push_back(detail::canonical<Member>(entry));
  std::sort(items.begin(), items.end(), Less());
  return items.size() > kMax ? std::nullopt : std::optional(items);
}

TEST(CollectReducer, keeps_the_laws) {
  expect_laws(collect<&Entry::name>(), all<&Entry::name>);
  expect_laws(collect<&Entry::level>(), all<&Entry::level>);
  expect_laws(collect<&Entry::number, 8>(), all<&Entry::number, 8>);
}

}  // namespace
}  // namespace freshet::testing
