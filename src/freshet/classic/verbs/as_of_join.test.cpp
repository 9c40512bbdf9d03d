// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

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

class WorthMapper final : public AsOfJoinMapper<std::string, Trade, Quote, std::int64_t, std::int64_t> {
 public:
  std::int64_t time_of_left(const Trade& trade) override { return trade.at; }
  std::int64_t time_of_right(const Quote& quote) override { return quote.at; }
  std::optional<std::int64_t> combine(const Trade& trade, const Quote& quote) override {
    return trade.pieces * quote.price;
  }
};

TEST(ClassicAsOfJoin, joins_each_row_with_the_last_one_before_it) {
  Graph graph;
  const auto trades = graph.input<std::string, Trade>("trades");
  const auto quotes = graph.input<std::string, Quote>("quotes");
  const auto worths = trades.as_of_join<WorthMapper>(quotes);
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
