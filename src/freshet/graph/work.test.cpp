// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using testing::map;

// The cost of a commit follows the change: rows touched, not time.
TEST(GraphWork, touches_as_many_rows_in_a_large_collection_as_in_a_small_one) {
  const auto work_of_one_change = [](int rows) {
    Graph graph;
    const auto input = graph.input<int, std::int64_t>("input");
    const auto mapped = map(input, [](int, std::int64_t value) { return value + 1; });
    const auto grouped =
        testing::flat_map(mapped, [](int key, std::int64_t value) { return std::pair(key % 7, value); });
    const auto sums = testing::reduce(grouped, sum());
    Transaction transaction;
    for (int key = 0; key < rows; ++key) transaction.set(input, key, key);
    graph.commit(transaction);
    const GraphStats before = graph.stats();
    graph.commit(Transaction().set(input, rows / 2, -1));
    const GraphStats after = graph.stats();
    return std::pair(after.mapper_calls - before.mapper_calls, after.rows_changed - before.rows_changed);
  };
  EXPECT_EQ(work_of_one_change(100), work_of_one_change(10'000));
  EXPECT_EQ(work_of_one_change(100).second, 4u);
}

TEST(GraphWork, recomputes_only_the_rows_that_read_the_key_that_changed) {
  Graph graph;
  const auto rows = graph.input<int, std::string>("rows");
  const auto factors = graph.input<std::string, std::int64_t>("factors");
  const auto view = map(
      rows,
      [](int key, const std::string& place, const Collection<std::string, std::int64_t>& f) {
        return *f.get(place) * key;
      },
      factors);
  Transaction transaction;
  transaction.set(factors, "here", 2).set(factors, "there", 3).set(factors, "nowhere", 4);
  for (int key = 0; key < 100; ++key) transaction.set(rows, key, key < 10 ? "here" : "there");
  graph.commit(transaction);
  const auto calls = [&] { return view.node().counters().calls; };
  auto before = calls();
  graph.commit(Transaction().set(factors, "here", 5));
  EXPECT_EQ(calls() - before, 10u);
  EXPECT_EQ(*view.get(3), 15);
  before = calls();
  graph.commit(Transaction().set(factors, "nowhere", 5));
  EXPECT_EQ(calls() - before, 0u);
  graph.commit(Transaction().set(rows, 1, "there"));
  before = calls();
  graph.commit(Transaction().set(factors, "here", 6));
  EXPECT_EQ(calls() - before, 9u) << "a row that reads something else now depends on that alone";
}

TEST(GraphWork, waits_for_keys_that_were_read_but_are_not_there_yet) {
  Graph graph;
  const auto rows = graph.input<int, std::int64_t>("rows");
  const auto limits = graph.input<std::string, std::int64_t>("limits");
  const auto view = map(
      rows,
      [](int, std::int64_t value, const Collection<std::string, std::int64_t>& l) -> std::optional<std::int64_t> {
        const std::int64_t* limit = l.get("limit");
        if (limit == nullptr) return std::nullopt;
        return value - *limit;
      },
      limits);
  graph.commit(Transaction().set(rows, 1, 10));
  EXPECT_TRUE(view.empty());
  graph.commit(Transaction().set(limits, "limit", 4));
  EXPECT_EQ(*view.get(1), 6);
  graph.commit(Transaction().erase(limits, "limit"));
  EXPECT_TRUE(view.empty());
}

}  // namespace
}  // namespace freshet
