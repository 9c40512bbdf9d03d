// SPDX-License-Identifier: MIT
#include "freshet/graph/reducers/count.hpp"

#include <gtest/gtest.h>

#include "freshet/graph/testing/reducer_laws.hpp"

namespace freshet::testing {
namespace {

TEST(CountReducer, counts_what_is_there) {
  EXPECT_EQ(reduced(count(), {{}, {}, {}}), 3);
  expect_laws(count(), [](const Entries& entries) { return std::optional(std::ssize(entries)); });
}

}  // namespace
}  // namespace freshet::testing
