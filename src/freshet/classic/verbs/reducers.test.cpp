// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

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
class SumOfSquares final : public Reducer<Ping, std::int64_t, std::int64_t> {
 public:
  void add(std::int64_t& state, const Ping& ping) override { state += ping.millis * ping.millis; }
  void remove(std::int64_t& state, const Ping& ping) override { state -= ping.millis * ping.millis; }
  std::int64_t result(const std::int64_t& state) override { return state; }
};
// [/own_reducer]

TEST(ClassicReducers, keep_what_a_service_is_asked_for) {
  Graph graph;
  const auto pings = graph.input<std::string, Ping>("pings");
  const auto slow = pings.reduce<QuantileOf<&Ping::millis, 95>>();
  const auto typical = pings.reduce<MedianOf<&Ping::millis>>();
  const auto jitter = pings.reduce<StandardDeviationOf<&Ping::millis>>();
  const auto latest = pings.reduce<LastOf<&Ping::at>>();
  const auto worst = pings.reduce<TopOf<2, &Ping::millis>>();
  const auto senders = pings.reduce<CountDistinctOf<&Ping::from>>();
  const auto all = pings.reduce<CollectOf<&Ping::millis>>();
  const auto energy = pings.reduce<SumOfSquares>();

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
  const auto sample = pings.reduce<VarianceOf<&Ping::millis, Variance::sample>>();
  EXPECT_DOUBLE_EQ(*sample.get("host"), 500.0 / 3);
  const auto earliest = pings.reduce<FirstOf<&Ping::at>>();
  EXPECT_EQ(earliest.get("host")->at, 1);
}

}  // namespace
}  // namespace freshet
