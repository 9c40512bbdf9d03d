// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/top.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

using ::testing::ElementsAre;

TEST(TopReducer, gives_the_values_with_the_greatest_member) {
  const Entry one{.name = "one", .number = 1}, two{.name = "two", .number = 2}, three{.name = "three", .number = 3};
  EXPECT_THAT(reduced(top<2, &Entry::number>(), {two, one, three}), ElementsAre(three, two));
  EXPECT_THAT(reduced(top<5, &Entry::number>(), {two, one}), ElementsAre(two, one));
}

template <std::size_t kCount> std::optional<Entries> greatest(Entries entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return a.number != b.number ? a.number > b.number : compare(a, b) > 0;
  });
  entries.resize(std::min(kCount, entries.size()));
  return entries;
}

TEST(TopReducer, keeps_the_laws) {
  expect_laws(top<1, &Entry::number>(), greatest<1>);
  expect_laws(top<3, &Entry::number>(), greatest<3>);
  expect_laws(top<300, &Entry::number>(), greatest<300>);
}

}  // namespace
}  // namespace freshet::testing
