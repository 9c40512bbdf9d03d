// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/intersect.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/set_check.hpp"

namespace freshet::testing {
namespace {

using ::testing::ElementsAre;

class IntersectTest : public ::testing::Test {
 protected:
  Graph graph;
  Input<std::string, std::int64_t> rows = graph.input<std::string, std::int64_t>("rows");
  Input<std::string, std::int64_t> others = graph.input<std::string, std::int64_t>("others");

  static void write(Graph& graph, const Input<std::string, std::int64_t>& input, const std::string& key,
                    std::vector<std::int64_t> values) {
    Transaction transaction;
    transaction.set_all(input, key, std::move(values));
    ASSERT_TRUE(graph.commit(transaction));
  }
};

TEST_F(IntersectTest, keeps_the_rows_that_the_other_has_too) {
  const auto common = rows.intersect(others);
  write(graph, rows, "a", {1, 2, 3, 2, 1});
  write(graph, rows, "b", {2});
  EXPECT_TRUE(common.empty());
  write(graph, others, "a", {5, 2});
  EXPECT_THAT(common.values("a").to_vector(), ElementsAre(2, 2));
  EXPECT_EQ(common.get("b"), nullptr) << "a row is its key and its value";
  write(graph, others, "a", {1, 2});
  EXPECT_THAT(common.values("a").to_vector(), ElementsAre(1, 2, 2, 1));
  write(graph, others, "a", {});
  EXPECT_TRUE(common.empty());
}

TEST_F(IntersectTest, of_a_collection_with_itself_is_the_collection) {
  const auto all = rows.intersect(rows);
  write(graph, rows, "a", {1, 2});
  write(graph, rows, "a", {2, 2});
  EXPECT_THAT(all.values("a").to_vector(), ElementsAre(2, 2));
}

TEST_F(IntersectTest, names_the_rows_of_both_that_a_row_comes_from) {
  const auto common = rows.intersect(others);
  write(graph, rows, "a", {1});
  write(graph, others, "a", {2, 1, 1});
  std::vector<std::string> origins;
  const detail::Slot row = common.node().sorted_keys().at(0);
  common.node().origins(row, [&](const detail::NodeBase& parent, detail::Slot) { origins.push_back(parent.name()); });
  EXPECT_THAT(origins, ElementsAre("rows", "others", "others"));
}

TEST(Intersect, is_after_every_commit_what_recomputing_gives) {
  expect_set_laws([](const auto& a, const auto& b) { return a.intersect(b); },
                  [](const auto& a, const auto& b) {
                    return kept(a, [&](const auto& key, const auto& value, auto) { return has_row(b, key, value); });
                  });
}

TEST(Intersect, reads_views_on_either_side) {
  expect_set_laws(
      [](const auto& a, const auto& b) {
        return a.merge(b).intersect(testing::map(b, [](const auto&, const auto& value) { return value; }).distinct());
      },
      [](auto a, const auto& b) {
        for (const auto& [key, values] : b) a[key].insert(a[key].end(), values.begin(), values.end());
        return kept(a, [&](const auto& key, const auto& value, auto) { return has_row(b, key, value); });
      });
}

TEST(Intersect, does_work_for_changed_rows_only_however_many_a_key_has) {
  const auto work_of_one_change = [](std::int64_t count) {
    Graph graph;
    const auto rows = graph.input<std::int64_t, Counting>("rows");
    const auto others = graph.input<std::int64_t, Counting>("others");
    const auto to_one_key = [](std::int64_t, Counting value) { return std::pair(0, value); };
    const auto view = testing::flat_map(rows, to_one_key).intersect(testing::flat_map(others, to_one_key));
    Transaction transaction;
    for (std::int64_t key = 0; key < count; ++key) transaction.set(rows, key, {key});
    for (std::int64_t key = 0; key < count; ++key) transaction.set(others, key, {key / 2});
    graph.commit(transaction);
    const auto changes = view.node().counters().changes;
    Counting::work = 0;
    graph.commit(Transaction().set(rows, 0, {-1}));
    graph.commit(Transaction().set(others, count / 2, {-1}));
    graph.commit(Transaction().erase(others, count / 3));
    return std::pair(Counting::work, view.node().counters().changes - changes);
  };
  const auto [few_work, few_changes] = work_of_one_change(300);
  const auto [many_work, many_changes] = work_of_one_change(30'000);
  EXPECT_EQ(few_changes, many_changes);
  EXPECT_LT(many_work, 2 * few_work);
}

}  // namespace
}  // namespace freshet::testing
