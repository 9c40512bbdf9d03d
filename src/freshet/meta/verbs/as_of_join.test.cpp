// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

struct Trade {
  std::int64_t at = 0;
  std::int64_t pieces = 0;
  bool operator==(const Trade&) const = default;
};
struct Quote {
  std::int64_t at = 0;
  std::int64_t price = 0;
  bool operator==(const Quote&) const = default;
};

std::int64_t worth(const Trade& trade, const Quote& quote) { return trade.pieces * quote.price; }

TEST(MetaAsOfJoin, joins_each_row_with_the_last_one_before_it) {
  Graph graph;
  const auto trades = graph.input<std::string, Trade>("trades");
  const auto quotes = graph.input<std::string, Quote>("quotes");
  // [as_of_join]
  const auto worths = trades.as_of_join(quotes, &Trade::at, &Quote::at, worth);
  // [/as_of_join]
  Transaction transaction;
  transaction.set_all(trades, "tea", {{1, 2}, {5, 3}, {9, 4}});
  transaction.set_all(quotes, "tea", {{3, 10}, {9, 20}});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(worths.values("tea").to_vector(), (std::vector<std::int64_t>{30, 80})) << "no quote is before the first";

  transaction.set_all(quotes, "tea", {{3, 10}, {9, 20}, {4, 11}});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(worths.values("tea").to_vector(), (std::vector<std::int64_t>{33, 80})) << "a late quote corrects";
}

}  // namespace
}  // namespace freshet
