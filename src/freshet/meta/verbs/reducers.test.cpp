// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;

struct Ping {
  std::int64_t at = 0;
  std::int64_t millis = 0;
  std::string from;

  bool operator==(const Ping&) const = default;
  auto operator<=>(const Ping&) const = default;
};

// [own_reducer]
/// The sum of the squares: told of single values, it never sees all of them again.
struct SumOfSquares {
  using State = std::int64_t;
  static void add(State& state, const Ping& ping) { state += ping.millis * ping.millis; }
  static void remove(State& state, const Ping& ping) { state -= ping.millis * ping.millis; }
  static std::int64_t result(const State& state) { return state; }
};
// [/own_reducer]

TEST(MetaReducers, keep_what_a_service_is_asked_for) {
  Graph graph;
  const auto pings = graph.input<std::string, Ping>("pings");
  // [reducers]
  const auto slow = pings.reduce(quantile<&Ping::millis, 95>());  // what 95 of 100 do not exceed
  const auto typical = pings.reduce(median<&Ping::millis>());
  const auto jitter = pings.reduce(standard_deviation<&Ping::millis>());
  const auto latest = pings.reduce(last<&Ping::at>());       // the whole value
  const auto worst = pings.reduce(top<2, &Ping::millis>());  // a vector, the greatest first
  const auto senders = pings.reduce(count_distinct<&Ping::from>());
  const auto all = pings.reduce(collect<&Ping::millis>());  // a vector, the least first
  const auto energy = pings.reduce(SumOfSquares());         // one of your own
  // [/reducers]

  Transaction transaction;
  transaction.set_all(pings, "host", {{1, 20, "a"}, {2, 40, "b"}, {3, 30, "a"}, {4, 10, "a"}});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*slow.get("host"), 40);
  EXPECT_EQ(*typical.get("host"), 20);
  EXPECT_DOUBLE_EQ(*jitter.get("host"), 11.180339887498949);
  EXPECT_EQ(latest.get("host")->at, 4);
  EXPECT_THAT(*worst.get("host"), ElementsAre(Ping{2, 40, "b"}, Ping{3, 30, "a"}));
  EXPECT_EQ(*senders.get("host"), 2);
  EXPECT_THAT(*all.get("host"), ElementsAre(10, 20, 30, 40));
  EXPECT_EQ(*energy.get("host"), 3000);

  transaction.set_all(pings, "host", {{1, 20, "a"}});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(*slow.get("host"), 20);
  EXPECT_EQ(*jitter.get("host"), 0);
  EXPECT_EQ(latest.get("host")->at, 1);
  EXPECT_THAT(*worst.get("host"), ElementsAre(Ping{1, 20, "a"}));
  EXPECT_EQ(*senders.get("host"), 1);
  EXPECT_EQ(*energy.get("host"), 400);
}

TEST(MetaReducers, are_one_node_for_equal_parameters) {
  Graph graph;
  const auto pings = graph.input<std::string, Ping>("pings");
  EXPECT_EQ(pings.reduce(median<&Ping::millis>()), (pings.reduce(quantile<&Ping::millis, 50>())));
  const auto low = pings.reduce(quantile<&Ping::millis, 5>());
  EXPECT_FALSE(pings.reduce(median<&Ping::millis>()) == low);
}

}  // namespace
}  // namespace freshet
