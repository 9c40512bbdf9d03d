// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/average.hpp"

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

TEST(AverageReducer, is_the_sum_by_the_count) {
  EXPECT_EQ(reduced(average<&Entry::number>(), {{.number = 3}, {.number = 4}}), 3.5);
  expect_laws(average<&Entry::number>(), [](const Entries& entries) {
    std::int64_t total = 0;
    for (const Entry& entry : entries) total += entry.number;
    return std::optional(static_cast<double>(total) / static_cast<double>(entries.size()));
  });
  expect_laws(average<&Entry::level>(), [](const Entries& entries) {
    ExactSum total;
    for (const Entry& entry : entries) total.add(entry.level);
    return std::optional(total.value() / static_cast<double>(entries.size()));
  });
}

}  // namespace
}  // namespace freshet::testing
