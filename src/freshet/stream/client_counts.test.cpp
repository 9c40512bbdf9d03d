// SPDX-License-Identifier: MIT
#include "freshet/stream/client_counts.hpp"

#include <vector>

#include <gtest/gtest.h>

namespace freshet::stream {
namespace {

Caller user(std::string name, std::string network = {}) {
  Caller caller;
  caller.user = std::move(name);
  caller.network = std::move(network);
  return caller;
}

TEST(ClientCounts, counts_by_user_where_there_is_one_else_by_network) {
  ClientCounts counts;
  std::vector<ClientCounts::Share> shares;
  shares.push_back(counts.take(user("ann", "192.0.2.7")));
  shares.push_back(counts.take(user("ann", "192.0.2.8")));
  shares.push_back(counts.take(user("", "192.0.2.7")));
  EXPECT_TRUE(counts.reached(user("ann"), 2));
  EXPECT_FALSE(counts.reached(user("ann"), 3));
  EXPECT_TRUE(counts.reached(user("", "192.0.2.7"), 1));
  EXPECT_FALSE(counts.reached(user("192.0.2.7"), 1));
  EXPECT_FALSE(counts.reached(user("", "192.0.2.8"), 1));
  EXPECT_FALSE(counts.reached(user("ann"), 0));
}

TEST(ClientCounts, forgets_those_who_have_none) {
  ClientCounts counts;
  auto share = counts.take(user("ann"));
  {
    const auto second = counts.take(user("ann"));
    EXPECT_TRUE(counts.reached(user("ann"), 2));
  }
  EXPECT_FALSE(counts.reached(user("ann"), 2));
  share = ClientCounts::Share();
  EXPECT_EQ(counts.size(), 0u);
}

TEST(ClientCounts, do_not_limit_those_of_whom_nothing_is_known) {
  ClientCounts counts;
  const auto share = counts.take(user(""));
  EXPECT_FALSE(counts.reached(user(""), 1));
  EXPECT_EQ(counts.size(), 0u);
}

}  // namespace
}  // namespace freshet::stream
