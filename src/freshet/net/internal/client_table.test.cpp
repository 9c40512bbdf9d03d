// SPDX-License-Identifier: MIT
#include "freshet/net/internal/client_table.hpp"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace freshet::net {
namespace {

using std::chrono::seconds;

struct ClientTableTest : ::testing::Test {
  void limit(const ClientLimits& limits) { table = std::make_shared<ClientTable>(limits); }
  bool connect(const std::string& network) {
    auto slot = table->connect(network, now);
    if (!slot) return false;
    slots.push_back(*std::move(slot));
    return true;
  }
  seconds get(std::string_view network) { return table->request(network, false, now); }
  seconds patch(std::string_view network) { return table->request(network, true, now); }

  std::shared_ptr<ClientTable> table;
  std::vector<ClientSlot> slots;
  SteadyTime now{seconds(1000)};
};

TEST_F(ClientTableTest, counts_connections_by_client_and_gives_places_back) {
  limit({.connections_max = 2});
  EXPECT_TRUE(connect("a"));
  EXPECT_TRUE(connect("a"));
  EXPECT_FALSE(connect("a"));
  EXPECT_TRUE(connect("b"));
  EXPECT_EQ(table->stats().connections_refused, 1u);
  slots.erase(slots.begin());
  EXPECT_TRUE(connect("a"));
  EXPECT_FALSE(connect("a"));
}

TEST_F(ClientTableTest, a_place_that_moves_is_given_back_once) {
  limit({.connections_max = 1});
  auto slot = table->connect("a", now);
  ASSERT_TRUE(slot.has_value());
  ClientSlot moved = *std::move(slot);
  slot.reset();
  EXPECT_FALSE(connect("a"));
  moved = ClientSlot();
  EXPECT_TRUE(connect("a"));
}

TEST_F(ClientTableTest, says_how_long_until_the_next_request) {
  limit({.requests = {.per_second = 0.5, .burst = 2}});
  EXPECT_EQ(get("a"), seconds(0));
  EXPECT_EQ(get("a"), seconds(0));
  EXPECT_EQ(get("a"), seconds(2));
  EXPECT_EQ(get("b"), seconds(0));
  now += seconds(1);
  EXPECT_EQ(get("a"), seconds(1));
  now += seconds(1);
  EXPECT_EQ(get("a"), seconds(0));
  EXPECT_EQ(table->stats().requests_refused, 2u);
}

TEST_F(ClientTableTest, writes_have_a_rate_of_their_own_and_count_as_requests) {
  limit({.requests = {.per_second = 1, .burst = 4}, .writes = {.per_second = 1, .burst = 2}});
  EXPECT_EQ(patch("a"), seconds(0));
  EXPECT_EQ(patch("a"), seconds(0));
  EXPECT_EQ(patch("a"), seconds(1));
  EXPECT_EQ(table->write("a", now), seconds(1));
  EXPECT_EQ(get("a"), seconds(0));
  EXPECT_EQ(get("a"), seconds(1));
  EXPECT_EQ(table->stats().writes_refused, 2u);
  EXPECT_EQ(table->stats().requests_refused, 1u);
}

TEST_F(ClientTableTest, nobody_and_rates_of_zero_are_not_limited) {
  limit({.connections_max = 0, .requests = {}, .writes = {}});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(connect("a"));
    EXPECT_EQ(patch("a"), seconds(0));
  }
  limit({.connections_max = 1, .requests = {.per_second = 1, .burst = 1}});
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(connect(""));
    EXPECT_EQ(get(""), seconds(0));
  }
  EXPECT_EQ(table->stats().known, 0u);
}

TEST_F(ClientTableTest, forgets_the_least_recently_used_without_connections) {
  limit({.connections_max = 1, .requests = {.per_second = 0.001, .burst = 1}, .clients_max = 3});
  EXPECT_TRUE(connect("busy"));
  EXPECT_EQ(get("old"), seconds(0));
  EXPECT_EQ(get("new"), seconds(0));
  EXPECT_NE(get("old"), seconds(0));  // and so is the last used
  EXPECT_EQ(get("third"), seconds(0));
  EXPECT_EQ(table->stats().forgotten, 1u);
  EXPECT_EQ(table->stats().known, 3u);
  EXPECT_NE(get("old"), seconds(0));
  EXPECT_EQ(get("new"), seconds(0));  // it was forgotten
  EXPECT_FALSE(connect("busy"));
}

TEST_F(ClientTableTest, full_of_connections_lets_others_in_without_limits) {
  limit({.connections_max = 1, .requests = {.per_second = 1, .burst = 1}, .clients_max = 2});
  EXPECT_TRUE(connect("a"));
  EXPECT_TRUE(connect("b"));
  EXPECT_TRUE(connect("c"));
  EXPECT_TRUE(connect("c"));
  EXPECT_EQ(get("c"), seconds(0));
  EXPECT_EQ(get("c"), seconds(0));
  EXPECT_EQ(table->stats().untracked, 4u);
  EXPECT_EQ(table->stats().known, 2u);
  slots.clear();
  EXPECT_TRUE(connect("c"));
  EXPECT_FALSE(connect("c"));
}

TEST_F(ClientTableTest, may_be_outlived_by_places) {
  limit({.connections_max = 1});
  EXPECT_TRUE(connect("a"));
  table.reset();
  slots.clear();
}

}  // namespace
}  // namespace freshet::net
