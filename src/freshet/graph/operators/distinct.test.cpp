// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/distinct.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/set_check.hpp"

namespace freshet::testing {
namespace {

using ::testing::ElementsAre;

class DistinctTest : public ::testing::Test {
 protected:
  Graph graph;
  Input<std::string, std::int64_t> rows = graph.input<std::string, std::int64_t>("rows");

  void write(const std::string& key, std::vector<std::int64_t> values) {
    Transaction transaction;
    transaction.set_all(rows, key, std::move(values));
    ASSERT_TRUE(graph.commit(transaction));
  }
};

TEST_F(DistinctTest, keeps_each_value_of_a_key_once_in_the_place_of_the_first) {
  const auto once = rows.distinct();
  write("a", {3, 1, 3, 2, 1});
  write("b", {3});
  EXPECT_THAT(once.values("a").to_vector(), ElementsAre(3, 1, 2));
  EXPECT_THAT(once.values("b").to_vector(), ElementsAre(3)) << "other keys do not matter";
  write("a", {1, 3, 2, 1});
  EXPECT_THAT(once.values("a").to_vector(), ElementsAre(1, 3, 2));
}

TEST_F(DistinctTest, tells_nobody_when_only_the_number_of_equal_rows_changes) {
  const auto once = rows.distinct();
  write("a", {3, 1});
  int told = 0;
  const auto subscription = once.subscribe([&](const auto&) { ++told; });
  write("a", {3, 1, 1, 1, 3});
  EXPECT_EQ(told, 0);
  write("a", {3, 1, 1});
  EXPECT_EQ(told, 0);
}

TEST_F(DistinctTest, is_one_node_over_one_source) {
  EXPECT_EQ(rows.distinct(), rows.distinct());
  EXPECT_FALSE(rows.distinct() == rows);
}

TEST_F(DistinctTest, follows_rows_that_change_their_keys) {
  const auto by_rest =
      testing::flat_map(rows, [](const std::string&, std::int64_t value) { return std::pair(value % 2, value % 4); });
  const auto once = by_rest.distinct();
  write("a", {1, 5, 2, 3});
  write("b", {9, 6});
  EXPECT_THAT(once.values(1).to_vector(), ElementsAre(1, 3));
  EXPECT_THAT(once.values(0).to_vector(), ElementsAre(2));
  write("a", {3, 4});
  EXPECT_THAT(once.values(1).to_vector(), ElementsAre(3, 1));
  EXPECT_THAT(once.values(0).to_vector(), ElementsAre(0, 2));
}

TEST(Distinct, is_after_every_commit_what_recomputing_gives) {
  expect_set_laws([](const auto& a, const auto&) { return a.distinct(); },
                  [](const auto& a, const auto&) {
                    return kept(a, [](const auto&, const auto&, auto earlier) { return earlier == 0; });
                  });
}

TEST(Distinct, keeps_the_first_of_merged_rows_and_of_views) {
  expect_set_laws(
      [](const auto& a, const auto& b) {
        return testing::map(a, [](const auto&, const auto& value) { return value; }).merge(b).distinct();
      },
      [](auto a, const auto& b) {
        for (const auto& [key, values] : b) a[key].insert(a[key].end(), values.begin(), values.end());
        return kept(a, [](const auto&, const auto&, auto earlier) { return earlier == 0; });
      });
}

TEST(Distinct, does_work_for_changed_rows_only_however_many_a_key_has) {
  const auto work_of_one_change = [](std::int64_t count, std::int64_t different) {
    Graph graph;
    const auto rows = graph.input<std::int64_t, Counting>("rows");
    const auto one_key = testing::flat_map(rows, [](std::int64_t, Counting value) { return std::pair(0, value); });
    const auto once = one_key.distinct();
    Transaction transaction;
    for (std::int64_t key = 0; key < count; ++key) transaction.set(rows, key, {key % different});
    graph.commit(transaction);
    const auto changes = once.node().counters().changes;
    Counting::work = 0;
    graph.commit(Transaction().set(rows, 0, {-1}));  // the first of many
    graph.commit(Transaction().set(rows, count / 2, {-1}));
    graph.commit(Transaction().erase(rows, count / 3));
    return std::pair(Counting::work, once.node().counters().changes - changes);
  };
  const auto [few_work, few_changes] = work_of_one_change(300, 7);
  const auto [many_work, many_changes] = work_of_one_change(30'000, 7);
  EXPECT_EQ(few_changes, many_changes);
  EXPECT_LT(many_work, 2 * few_work);
  EXPECT_LT(work_of_one_change(30'000, 20'000).first, 2 * work_of_one_change(300, 200).first);
}

}  // namespace
}  // namespace freshet::testing
