// SPDX-License-Identifier: MIT
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;

// The set verbs take no functions: they are the same in both faces.
TEST(ClassicSets, compare_rows_by_key_and_value) {
  Graph graph;
  const auto granted = graph.input<std::string, std::string>("granted");
  const auto inherited = graph.input<std::string, std::string>("inherited");
  const auto revoked = graph.input<std::string, std::string>("revoked");
  // The rights of each user, several under one key.
  const auto rights = granted.unite(inherited).difference(revoked);
  const auto doubly = granted.distinct().intersect(inherited);

  Transaction transaction;
  transaction.set_all(granted, "ann", {"read", "write", "read"}).set_all(inherited, "ann", {"erase", "read"});
  transaction.set(inherited, "bob", "read").set(revoked, "ann", "erase");
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_THAT(rights.values("ann").to_vector(), ElementsAre("read", "write"));
  EXPECT_THAT(rights.values("bob").to_vector(), ElementsAre("read"));
  EXPECT_THAT(doubly.values("ann").to_vector(), ElementsAre("read"));

  transaction.set(revoked, "ann", "write").erase(inherited, "bob");
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_THAT(rights.values("ann").to_vector(), ElementsAre("read", "erase"));
  EXPECT_EQ(rights.get("bob"), nullptr);
}

}  // namespace
}  // namespace freshet
