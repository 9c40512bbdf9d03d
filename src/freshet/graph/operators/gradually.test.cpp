// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/gradually.hpp"

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using Rows = Collection<int, std::int64_t>;
using Contents = std::map<int, std::vector<std::int64_t>>;

Contents contents_of(const Rows& rows) {
  Contents contents;
  rows.for_each([&](int key, const auto& values) { contents[key] = values.to_vector(); });
  return contents;
}

class GraduallyTest : public ::testing::Test {
 protected:
  void fill(int count) {
    Transaction transaction;
    for (int key = 0; key < count; ++key) transaction.set(rows, key, key);
    ASSERT_TRUE(graph.commit(transaction));
  }
  void set(int key, std::int64_t value) { ASSERT_TRUE(graph.commit(Transaction().set(rows, key, value))); }

  Graph graph;
  Input<int, std::int64_t> rows = graph.input<int, std::int64_t>("rows");
};

// [gradually]
TEST_F(GraduallyTest, adds_a_view_to_a_running_graph_in_bounded_steps) {
  fill(25);
  const auto arriving = rows.gradually({.rows_per_step = 10});
  const auto total = testing::reduce(
      testing::flat_map(arriving, [](int, std::int64_t value) { return std::pair(0, value); }), count());
  EXPECT_TRUE(total.empty());
  EXPECT_FALSE(total.complete());
  EXPECT_TRUE(graph.run_backfill());  // a Service does this while it has nothing else to do
  EXPECT_EQ(*total.get(0), 10);
  EXPECT_TRUE(graph.run_backfill());
  EXPECT_EQ(*total.get(0), 20);
  EXPECT_FALSE(graph.run_backfill());
  EXPECT_EQ(*total.get(0), 25);
  EXPECT_TRUE(total.complete());
}
// [/gradually]

TEST_F(GraduallyTest, lets_changes_of_rows_that_are_through_pass_at_once_and_others_in_their_turn) {
  fill(20);
  const auto arriving = rows.gradually({.rows_per_step = 10});
  graph.run_backfill();
  std::vector<int> told;
  const auto subscription = arriving.subscribe([&](const auto& changes) {
    for (const auto change : changes) told.push_back(change.key());
  });
  set(3, 33);
  EXPECT_EQ(*arriving.get(3), 33);
  set(15, 55);
  EXPECT_EQ(arriving.get(15), nullptr);
  ASSERT_TRUE(graph.commit(Transaction().erase(rows, 4)));
  EXPECT_EQ(arriving.get(4), nullptr);
  set(100, 100);  // at the slot that became free, which had its turn
  EXPECT_EQ(*arriving.get(100), 100);
  EXPECT_EQ(told, (std::vector<int>{3, 4, 100}));
  while (graph.run_backfill()) {
  }
  EXPECT_EQ(*arriving.get(15), 55);
  EXPECT_EQ(contents_of(arriving), contents_of(rows));
}

TEST_F(GraduallyTest, is_a_mirror_of_its_source_once_all_rows_are_through) {
  fill(20);
  const auto arriving = rows.gradually({.rows_per_step = 10});
  while (graph.run_backfill()) {
  }
  ASSERT_TRUE(arriving.complete());
  EXPECT_EQ(&arriving.node().present(), &rows.node().present());
  EXPECT_LT(arriving.node().bytes(), 1024u) << "a small buffer is all: nothing is kept per row";
  std::size_t told = 0;
  const auto subscription = arriving.subscribe([&](const auto& changes) { told += changes.size(); });
  const auto doubled = testing::map(arriving, [](int, std::int64_t value) { return 2 * value; });
  set(3, 33);
  set(500, 5);
  ASSERT_TRUE(graph.commit(Transaction().erase(rows, 7)));
  EXPECT_EQ(told, 3u);
  EXPECT_EQ(*doubled.get(3), 66);
  EXPECT_EQ(doubled.get(7), nullptr);
  EXPECT_EQ(doubled.size(), 20u);
  EXPECT_FALSE(graph.run_backfill());
}

TEST_F(GraduallyTest, is_complete_at_once_over_nothing) {
  const auto arriving = rows.gradually();
  EXPECT_TRUE(arriving.complete());
  fill(3);
  EXPECT_EQ(arriving.size(), 3u);
  EXPECT_TRUE(rows.complete());
}

TEST_F(GraduallyTest, is_one_node_for_equal_options_and_no_gate_behind_a_gate) {
  fill(3);
  const auto arriving = rows.gradually({.rows_per_step = 2});
  EXPECT_EQ(rows.gradually({.rows_per_step = 2}), arriving);
  EXPECT_EQ(arriving.gradually({.rows_per_step = 1}), arriving);
  EXPECT_FALSE(rows.gradually({.rows_per_step = 1}) == arriving);
}

TEST_F(GraduallyTest, ends_when_its_handles_go) {
  fill(100);
  const auto nodes = graph.stats().node_count;
  {
    const auto arriving = rows.gradually({.rows_per_step = 10});
    EXPECT_TRUE(graph.run_backfill());
  }
  EXPECT_EQ(graph.stats().node_count, nodes);
  EXPECT_FALSE(graph.run_backfill());
  const auto version = graph.version();
  EXPECT_FALSE(graph.run_backfill());
  EXPECT_EQ(graph.version(), version) << "nothing to do is no commit";
}

TEST_F(GraduallyTest, wakes_the_loop_when_there_is_something_to_let_through) {
  int wakeups = 0;
  graph.set_wakeup([&] { ++wakeups; });
  fill(3);
  const auto arriving = rows.gradually();
  EXPECT_EQ(wakeups, 1);
}

TEST_F(GraduallyTest, holds_rows_back_that_a_strict_view_refuses_until_somebody_mends_them) {
  fill(30);
  set(15, -1);
  const auto arriving = rows.gradually({.rows_per_step = 10});
  const auto checked = testing::map(arriving, [](int, std::int64_t value) {
    if (value < 0) throw std::domain_error("less than nothing");
    return value;
  });
  checked.strict();
  const auto other = rows.gradually({.rows_per_step = 5});
  EXPECT_TRUE(graph.run_backfill());
  EXPECT_EQ(checked.size(), 10u);
  while (graph.run_backfill()) {
  }
  EXPECT_EQ(checked.size(), 10u) << "the step that fails is taken back whole";
  EXPECT_FALSE(checked.complete());
  EXPECT_TRUE(other.complete()) << "nobody else is held up";
  EXPECT_FALSE(graph.run_backfill());
  int wakeups = 0;
  graph.set_wakeup([&] { ++wakeups; });
  set(3, 33);
  EXPECT_EQ(*checked.get(3), 33);
  EXPECT_EQ(wakeups, 1);
  EXPECT_FALSE(graph.run_backfill());
  set(15, 15);
  while (graph.run_backfill()) {
  }
  EXPECT_TRUE(checked.complete());
  EXPECT_EQ(checked.size(), 30u);
}

TEST_F(GraduallyTest, touches_no_more_rows_in_a_step_than_its_options_say) {
  const auto rows_touched = [&](int count) {
    fill(count);
    const auto arriving = rows.gradually({.rows_per_step = 100});
    const auto mapped = testing::map(arriving, [](int, std::int64_t value) { return value; });
    auto before = mapped.node().counters().calls;
    while (graph.run_backfill()) {
      EXPECT_LE(mapped.node().counters().calls - before, 100u);
      before = mapped.node().counters().calls;
    }
    EXPECT_EQ(mapped.node().counters().calls, static_cast<std::uint64_t>(count)) << "each row once";
    const auto changes = arriving.node().counters().changes;
    EXPECT_EQ(changes, static_cast<std::uint64_t>(count));
  };
  rows_touched(1000);
  rows_touched(10'000);
}

TEST_F(GraduallyTest, bounds_the_search_where_rows_are_few_among_the_slots) {
  fill(100'000);
  Transaction transaction;
  for (int key = 0; key < 99'999; ++key) transaction.erase(rows, key);
  graph.commit(transaction);
  const auto arriving = rows.gradually({.rows_per_step = 100});
  int steps = 1;
  while (graph.run_backfill()) ++steps;
  EXPECT_EQ(arriving.size(), 1u);
  EXPECT_GT(steps, 10);
  EXPECT_LT(steps, 100);
}

}  // namespace
}  // namespace freshet
