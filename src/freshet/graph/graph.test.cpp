// SPDX-License-Identifier: MIT
#include "freshet/graph/graph.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::map;

std::int64_t doubled(const std::string&, std::int64_t value) { return value * 2; }
std::int64_t positive_only(const std::string&, std::int64_t value) {
  if (value < 0) throw std::runtime_error("negative: " + std::to_string(value));
  return value;
}
std::int64_t plus(const std::string&, std::int64_t value, const Collection<std::string, std::int64_t>& other) {
  const std::int64_t* found = other.get("offset");
  return value + (found != nullptr ? *found : 0);
}

class GraphTest : public ::testing::Test {
 protected:
  Graph graph;
  Input<std::string, std::int64_t> numbers = graph.input<std::string, std::int64_t>("numbers");
  Input<std::string, std::int64_t> others = graph.input<std::string, std::int64_t>("others");

  Result<Version> set(const std::string& key, std::int64_t value) {
    return graph.commit(Transaction().set(numbers, key, value));
  }
};

TEST_F(GraphTest, gives_each_commit_the_next_version) {
  EXPECT_EQ(graph.version(), 0u);
  EXPECT_EQ(set("a", 1).value(), 1u);
  EXPECT_EQ(set("a", 1).value(), 2u) << "a commit that changes nothing is a commit";
  EXPECT_EQ(graph.commit(Transaction()).value(), 3u) << "and so is an empty one";
}

TEST_F(GraphTest, applies_a_transaction_over_several_inputs_at_once) {
  const auto sums = map(numbers, plus, others);
  std::vector<std::int64_t> seen;
  const auto subscription = sums.subscribe([&](const auto& changes) {
    for (const auto change : changes) seen.push_back(change.values().front());
  });
  ASSERT_TRUE(graph.commit(Transaction().set(numbers, "a", 1).set(others, "offset", 10)));
  EXPECT_THAT(seen, ElementsAre(11)) << "no state between the two writes is ever seen";
}

TEST_F(GraphTest, lets_a_later_write_to_a_key_replace_an_earlier_one) {
  set("a", 1);
  int told = 0;
  const auto subscription = numbers.subscribe([&](const auto&) { ++told; });
  graph.commit(Transaction().erase(numbers, "a").set(numbers, "a", 2).set(numbers, "a", 1));
  EXPECT_EQ(told, 0) << "it came out as it was";
  graph.commit(Transaction().set(numbers, "b", 1).erase(numbers, "b"));
  EXPECT_EQ(told, 0);
  EXPECT_EQ(numbers.size(), 1u);
  graph.commit(Transaction().erase(numbers, "nobody"));
  EXPECT_EQ(told, 0) << "taking away what is not there changes nothing";
}

TEST_F(GraphTest, refuses_a_whole_transaction_when_a_check_objects) {
  others.check([](const std::string&, std::int64_t value) -> std::optional<std::string> {
    if (value > 100) return "at most 100, got " + std::to_string(value);
    return std::nullopt;
  });
  const auto refused = graph.commit(Transaction().set(numbers, "a", 1).set(others, "x", 101));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("others"));
  EXPECT_THAT(to_string(refused.error()), HasSubstr("at most 100, got 101"));
  EXPECT_THAT(to_string(refused.error()), HasSubstr("key x"));
  EXPECT_TRUE(numbers.empty());
  EXPECT_EQ(graph.version(), 0u);
}

TEST_F(GraphTest, undoes_a_commit_that_a_strict_view_refuses) {
  const auto view = map(map(numbers, positive_only), doubled);
  map(numbers, positive_only).strict();
  set("a", 1);
  int told = 0;
  const auto subscription = numbers.subscribe([&](const auto&) { ++told; });
  const GraphStats before = graph.stats();

  const auto refused = graph.commit(Transaction().set(numbers, "a", 5).set(numbers, "b", -3).erase(numbers, "c"));

  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  EXPECT_THAT(to_string(refused.error()), HasSubstr("negative: -3"));
  EXPECT_THAT(to_string(refused.error()), HasSubstr("numbers.map"));
  EXPECT_THAT(to_string(refused.error()), HasSubstr("key b"));
  EXPECT_EQ(*numbers.get("a"), 1);
  EXPECT_EQ(numbers.get("b"), nullptr);
  EXPECT_EQ(*view.get("a"), 2);
  EXPECT_EQ(told, 0);
  EXPECT_EQ(graph.stats().version, before.version);
  EXPECT_EQ(graph.stats().mapper_calls, before.mapper_calls) << "a refused commit leaves no trace in the counters";
  EXPECT_EQ(graph.stats().refused, before.refused + 1);
  EXPECT_TRUE(set("b", 3)) << "and the graph goes on";
  EXPECT_EQ(*view.get("b"), 6);
}

TEST_F(GraphTest, contains_a_mapper_error_in_its_row) {
  const auto view = map(numbers, positive_only).named("positive");
  const auto below = map(view, doubled);
  const auto bystander = map(numbers, doubled);
  ASSERT_TRUE(graph.commit(Transaction().set(numbers, "good", 1).set(numbers, "bad", -1)));
  EXPECT_EQ(below.size(), 1u);
  EXPECT_EQ(*bystander.get("bad"), -2) << "other views carry on";
  const auto errors = view.errors();
  const RowError* error = errors.get("bad");
  ASSERT_NE(error, nullptr);
  EXPECT_EQ(*error, (RowError{.node = "positive", .message = "negative: -1", .rows = 1}));

  ASSERT_TRUE(set("bad", 7));
  EXPECT_TRUE(errors.empty()) << "a mended row is well again";
  EXPECT_EQ(*below.get("bad"), 14);
}

TEST_F(GraphTest, tells_watchers_of_errors_above_them_and_of_their_healing) {
  const auto below = map(map(numbers, positive_only), doubled);
  const auto elsewhere = map(others, doubled);
  std::vector<std::string> told;
  const auto watch = below.watch_errors([&](const ErrorEvents& events) {
    for (const auto& event : events.events) told.push_back(event.key + ":" + event.message);
  });
  int others_told = 0;
  const auto other_watch = elsewhere.watch_errors([&](const ErrorEvents&) { ++others_told; });
  set("a", -1);
  EXPECT_EQ(below.standing_errors().size(), 1u);
  set("a", 1);
  EXPECT_THAT(told, ElementsAre("a:negative: -1", "a:"));
  EXPECT_EQ(others_told, 0);
  EXPECT_TRUE(below.standing_errors().empty());
}

TEST_F(GraphTest, refuses_strict_views_of_one_instance_and_views_that_fail_already) {
  const auto view = map(numbers, positive_only);
  {
    const Graph::InstanceScope scope(graph);
    EXPECT_THROW(view.strict(), Failure);
  }
  set("a", -1);
  EXPECT_THROW(view.strict(), Failure);
  set("a", 1);
  EXPECT_NO_THROW(view.strict());
}

TEST_F(GraphTest, refuses_reads_of_collections_that_are_no_arguments) {
  static const Collection<std::string, std::int64_t>* captured = nullptr;
  captured = &others;
  const auto view = map(numbers, [](const std::string&, std::int64_t value) {
    return value + static_cast<std::int64_t>(captured->size());
  });
  set("a", 1);
  EXPECT_TRUE(view.empty());
  const auto errors = view.errors();
  EXPECT_THAT(errors.get("a")->message, HasSubstr("not among its arguments"));
}

TEST_F(GraphTest, refuses_to_commit_or_declare_while_it_commits) {
  std::optional<Result<Version>> inner;
  const auto subscription = numbers.subscribe([&](const auto&) { inner = graph.commit(Transaction()); });
  set("a", 1);
  ASSERT_TRUE(inner.has_value());
  EXPECT_THAT(inner->error().hint, HasSubstr("post()"));
}

TEST_F(GraphTest, calls_subscribers_when_all_of_the_graph_is_at_the_new_version) {
  const auto twice = map(numbers, doubled);
  const auto four_times = map(twice, doubled);
  std::vector<std::int64_t> seen;
  const auto look = [&](const auto&) {
    seen.push_back(*numbers.get("a"));
    seen.push_back(*four_times.get("a"));
  };
  const auto first = numbers.subscribe(look);
  const auto second = four_times.subscribe(look);
  set("a", 3);
  EXPECT_THAT(seen, ElementsAre(3, 12, 3, 12));
}

TEST_F(GraphTest, survives_subscribers_that_throw_end_or_begin_during_a_call) {
  Subscription ending;
  Subscription begun;
  int begun_calls = 0;
  const auto throwing = numbers.subscribe([](const auto&) { throw std::runtime_error("oops"); });
  ending = numbers.subscribe([&](const auto&) {
    ending.end();
    begun = numbers.subscribe([&](const auto&) { ++begun_calls; });
  });
  int calls = 0;
  const auto steady = numbers.subscribe([&](const auto&) { ++calls; });
  set("a", 1);
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(begun_calls, 0) << "who comes during a commit is told of the next";
  set("a", 2);
  EXPECT_EQ(begun_calls, 1);
  EXPECT_EQ(graph.stats().callback_failures, 2u);
}

TEST_F(GraphTest, makes_equal_views_one_node_and_drops_what_nobody_holds) {
  const std::size_t nodes = graph.stats().node_count;
  {
    const auto one = map(numbers, plus, others);
    const auto same = map(numbers, plus, others);
    const auto different = map(numbers, plus, numbers);
    EXPECT_EQ(one, same);
    EXPECT_FALSE(one == different);
    EXPECT_EQ(graph.stats().node_count, nodes + 2);
  }
  EXPECT_EQ(graph.stats().node_count, nodes);
}

TEST_F(GraphTest, keeps_a_view_alive_for_its_subscribers) {
  int calls = 0;
  std::optional<Subscription> subscription = map(numbers, doubled).subscribe([&](const auto&) { ++calls; });
  set("a", 1);
  EXPECT_EQ(calls, 1);
  const std::size_t nodes = graph.stats().node_count;
  subscription.reset();
  EXPECT_LT(graph.stats().node_count, nodes);
}

TEST_F(GraphTest, drops_a_chain_that_is_longer_than_the_stack_is_deep) {
  Collection<std::string, std::int64_t> view = numbers;
  for (int i = 0; i < 50'000; ++i) view = map(view, doubled);
  view = numbers;
  EXPECT_EQ(graph.stats().node_count, 2u);
}

TEST(Graph, lets_handles_outlive_it) {
  auto graph = std::make_unique<Graph>();
  const auto input = graph->input<std::string, std::int64_t>("input");
  const auto view = map(input, doubled);
  graph.reset();
  EXPECT_DEATH(view.size(), "Graph of this collection is gone");
}

TEST(Graph, adds_views_to_rows_that_are_there_already) {
  Graph graph;
  const auto input = graph.input<std::string, std::int64_t>("input");
  graph.commit(Transaction().set(input, "a", 1).set_all(input, "b", {2, 3}));
  const auto view = map(input, doubled);
  EXPECT_THAT(view.values("b").to_vector(), ElementsAre(4, 6));
  EXPECT_EQ(view.key_count(), 2u);
}

TEST(Graph, keeps_the_written_order_of_the_values_of_a_key) {
  Graph graph;
  const auto input = graph.input<int, std::int64_t>("input");
  graph.commit(Transaction().set_all(input, 1, {3, 1, 2}));
  EXPECT_THAT(input.values(1).to_vector(), ElementsAre(3, 1, 2));
  graph.commit(Transaction().set_all(input, 1, {3, 1}));
  EXPECT_THAT(input.values(1).to_vector(), ElementsAre(3, 1));
  graph.commit(Transaction().set_all(input, 1, {}));
  EXPECT_EQ(input.key_count(), 0u);
}

TEST(Graph, reuses_a_transaction_without_keeping_its_writes) {
  Graph graph;
  const auto input = graph.input<int, std::int64_t>("input");
  Transaction transaction;
  transaction.set(input, 1, 1);
  graph.commit(transaction);
  EXPECT_TRUE(transaction.empty());
  transaction.set(input, 2, 2);
  graph.commit(transaction);
  EXPECT_EQ(input.size(), 2u);
}

}  // namespace
}  // namespace freshet
