// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/iterate.hpp"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/graph/testing/fixpoint_check.hpp"

namespace freshet {
namespace {

using testing::Edge;
using testing::Edges;
using testing::expect_sound;
using testing::iterate;
using testing::Nodes;
using testing::single_rows;

Nodes next_hop(int key, int hops, const Edges& edges) {
  Nodes next;
  for (const Edge& edge : edges.values(key)) next.push_back({edge.to, hops + 1});
  return next;
}

TEST(Iterate, finds_distances_and_takes_them_back) {
  Graph graph;
  const auto seeds = graph.input<int, int>("seeds");
  const auto edges = graph.input<int, Edge>("edges");
  const auto hops = iterate(seeds, IterateOptions<>{}, next_hop, edges);
  Transaction transaction;
  transaction.set(seeds, 0, 0).set(edges, 0, {1, 1}).set(edges, 1, {2, 1}).set(edges, 2, {0, 1});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(single_rows(hops), (std::map<int, int>{{0, 0}, {1, 1}, {2, 2}}));
  expect_sound(hops);
  transaction.set_all(edges, 0, {{1, 1}, {2, 1}});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(single_rows(hops), (std::map<int, int>{{0, 0}, {1, 1}, {2, 1}}));
  expect_sound(hops);
  transaction.erase(edges, 0);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(single_rows(hops), (std::map<int, int>{{0, 0}}));
  expect_sound(hops);
  transaction.erase(seeds, 0);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_TRUE(hops.empty());
  expect_sound(hops);
}

const detail::FixpointWork& work_of(const Collection<int, int>& rows) {
  return dynamic_cast<const detail::FixpointNode&>(rows.node()).work();
}

Nodes weighted(int key, int value, const Edges& edges) {
  Nodes next;
  for (const Edge& edge : edges.values(key)) next.push_back({edge.to, value + edge.weight});
  return next;
}

struct Fixture {
  Graph graph;
  Input<int, int> seeds = graph.input<int, int>("seeds");
  Input<int, Edge> edges = graph.input<int, Edge>("edges");
  Transaction transaction;

  Collection<int, int> declare(const IterateOptions<>& options = {}) {
    return iterate(seeds, options, weighted, edges);
  }
};

TEST(Iterate, lets_a_large_cycle_go_with_the_bridge_that_led_to_it) {
  Fixture f;
  const auto rows = f.declare();
  constexpr int kRing = 1000;
  f.transaction.set(f.seeds, -1, 0).set(f.edges, -1, {0, 0});
  for (int i = 0; i < kRing; ++i)
    f.transaction.set_all(f.edges, i, {{(i + 1) % kRing, 0}, {(i + kRing - 1) % kRing, 0}});
  ASSERT_TRUE(f.graph.commit(f.transaction));
  EXPECT_EQ(rows.size(), kRing + 1U);
  ASSERT_TRUE(f.graph.commit(f.transaction.erase(f.edges, -1)));
  EXPECT_EQ(rows.size(), 1U) << "equal values all around must not hold each other";
  ASSERT_TRUE(f.graph.commit(f.transaction.set(f.edges, -1, {500, 0})));
  EXPECT_EQ(rows.size(), kRing + 1U);
  expect_sound(rows);
}

TEST(Iterate, touches_no_row_that_a_change_does_not_affect) {
  const auto work_of_one_swap = [](int count) {
    Fixture f;
    const auto rows = f.declare();
    f.transaction.set(f.seeds, 0, 0);
    // A long chain, on which each node has two leaves, and a second way to one of them.
    for (int i = 0; i < count; ++i) {
      f.transaction.set_all(f.edges, i * 4, {{i * 4 + 4, 1}, {i * 4 + 1, 1}, {i * 4 + 2, 1}});
      f.transaction.set(f.edges, i * 4 + 2, {i * 4 + 1, 1});
    }
    EXPECT_TRUE(f.graph.commit(f.transaction));
    const int middle = count / 2 * 4;
    const auto calls = rows.node().counters().calls;
    const auto before = work_of(rows);
    f.transaction.set_all(f.edges, middle, {{middle + 4, 1}, {middle + 2, 1}, {middle + 3, 1}});
    EXPECT_TRUE(f.graph.commit(f.transaction));
    EXPECT_EQ(*rows.get(middle + 1), *rows.get(middle) + 2);
    const auto after = work_of(rows);
    return std::tuple(rows.node().counters().calls - calls, after.accepted - before.accepted,
                      after.suspected - before.suspected);
  };
  EXPECT_EQ(work_of_one_swap(20), std::tuple(3U, 2U, 1U)) << "the node that was rewired, a leaf that moved, a new one";
  EXPECT_EQ(work_of_one_swap(2000), work_of_one_swap(20));
}

TEST(Iterate, takes_another_support_without_asking_again) {
  Fixture f;
  const auto rows = f.declare();
  f.transaction.set(f.seeds, 0, 0)
      .set_all(f.edges, 0, {{1, 1}, {2, 1}})
      .set(f.edges, 1, {3, 1})
      .set(f.edges, 2, {3, 1});
  for (int i = 3; i < 100; ++i) f.transaction.set(f.edges, i, {i + 1, 1});
  ASSERT_TRUE(f.graph.commit(f.transaction));
  const auto suspected = work_of(rows).suspected;
  const auto calls = rows.node().counters().calls;
  for (const int cut : {1, 2}) {
    ASSERT_TRUE(f.graph.commit(f.transaction.erase(f.edges, cut).set(f.edges, 3 - cut, {3, 1})));
    EXPECT_EQ(*rows.get(100), 99);
    expect_sound(rows);
  }
  EXPECT_EQ(work_of(rows).suspected, suspected);
  EXPECT_LE(rows.node().counters().calls - calls, 4U);
}

TEST(Iterate, tells_of_a_row_that_improves_itself_and_heals_when_it_is_mended) {
  Fixture f;
  const auto rows = f.declare();
  f.transaction.set(f.seeds, 0, 0)
      .set(f.edges, 0, {1, 1})
      .set_all(f.edges, 1, {{2, 1}, {9, 5}})
      .set(f.edges, 2, {1, 0});
  ASSERT_TRUE(f.graph.commit(f.transaction));
  EXPECT_TRUE(rows.errors().empty()) << "a cycle that costs nothing is none of these";
  ASSERT_TRUE(f.graph.commit(f.transaction.set(f.edges, 2, {1, -3})));
  EXPECT_EQ(rows.errors().size(), 1U);
  EXPECT_EQ(*rows.get(0), 0);
  EXPECT_EQ(*rows.get(1), 1) << "what does not hang on the failing row is there";
  expect_sound(rows);
  ASSERT_TRUE(f.graph.commit(f.transaction.set(f.edges, 7, {1, 1})));
  EXPECT_EQ(rows.errors().size(), 1U) << "tried again, and still wrong";
  ASSERT_TRUE(f.graph.commit(f.transaction.set_all(f.edges, 1, {{2, 4}, {9, 5}})));
  EXPECT_TRUE(rows.errors().empty()) << "another row was mended";
  EXPECT_EQ(single_rows(rows), (std::map<int, int>{{0, 0}, {1, 1}, {2, 5}, {9, 6}}));
  expect_sound(rows);
}

TEST(Iterate, refuses_what_has_no_end_if_it_is_strict) {
  Fixture f;
  const auto rows = f.declare();
  rows.strict();
  f.transaction.set(f.seeds, 0, 0).set(f.edges, 0, {1, 1}).set(f.edges, 1, {2, 1}).set(f.edges, 2, {1, 0});
  ASSERT_TRUE(f.graph.commit(f.transaction));
  const auto before = single_rows(rows);
  const auto calls = rows.node().counters().calls;
  const auto refused = f.graph.commit(f.transaction.set(f.edges, 2, {1, -3}).set(f.seeds, 5, 5));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().primary.find("improves a row"), std::string::npos) << refused.error().primary;
  EXPECT_EQ(single_rows(rows), before);
  EXPECT_EQ(rows.node().counters().calls, calls);
  expect_sound(rows);
  ASSERT_TRUE(f.graph.commit(f.transaction.set(f.edges, 2, {1, -1})));
  EXPECT_EQ(single_rows(rows), before);
}

TEST(Iterate, mends_a_cycle_and_breaks_another_place_of_it_in_one_commit) {
  Fixture f;
  const auto rows = f.declare();
  f.transaction.set(f.seeds, 0, 0).set(f.edges, 0, {1, 10}).set(f.edges, 1, {2, 5}).set(f.edges, 2, {1, -4});
  ASSERT_TRUE(f.graph.commit(f.transaction));
  // With the old weight of one and the new one of the other there would be no end.
  ASSERT_TRUE(f.graph.commit(f.transaction.set(f.edges, 1, {2, 8}).set(f.edges, 2, {1, -7})));
  EXPECT_TRUE(rows.errors().empty());
  EXPECT_EQ(single_rows(rows), (std::map<int, int>{{0, 0}, {1, 10}, {2, 18}}));
  ASSERT_TRUE(f.graph.commit(f.transaction.set(f.edges, 1, {2, 2}).set(f.edges, 2, {1, -2})));
  EXPECT_TRUE(rows.errors().empty());
  EXPECT_EQ(single_rows(rows), (std::map<int, int>{{0, 0}, {1, 10}, {2, 12}}));
  expect_sound(rows);
}

TEST(Iterate, holds_no_more_rows_than_it_may_and_goes_on_when_there_is_room) {
  Graph graph;
  const auto seeds = graph.input<int, int>("seeds");
  const auto limits = graph.input<int, int>("limits");
  const auto count_up = [](int key, int value,
                           const Collection<int, int>& limit) -> std::optional<std::pair<int, int>> {
    const int* end = limit.get(key % 100);
    if (end != nullptr && key >= *end) return std::nullopt;
    return std::pair(key + 1, value);
  };
  const auto rows = iterate(seeds, {.rows_max = 50}, count_up, limits);
  ASSERT_TRUE(graph.commit(Transaction().set(seeds, 0, 7)));
  EXPECT_EQ(rows.size(), 50U);
  EXPECT_EQ(rows.errors().size(), 1U);
  rows.errors().for_each([](const std::string& key, const Values<RowError>& errors) {
    EXPECT_EQ(key, "49");
    EXPECT_NE(errors.front().message.find("rows_max"), std::string::npos);
  });
  expect_sound(rows);
  ASSERT_TRUE(graph.commit(Transaction().set(limits, 20, 20)));
  EXPECT_EQ(rows.size(), 21U);
  EXPECT_TRUE(rows.errors().empty());
  ASSERT_TRUE(graph.commit(Transaction().erase(limits, 20).set(limits, 48, 48)));
  EXPECT_EQ(rows.size(), 49U);
  EXPECT_TRUE(rows.errors().empty());
  Transaction exchange;
  exchange.set(limits, 10, 10).erase(limits, 48).set(seeds, 211, 1).set(limits, 30, 230);
  ASSERT_TRUE(graph.commit(exchange));
  EXPECT_EQ(rows.size(), 31U) << "rows that go make room in the same commit";
  EXPECT_TRUE(rows.errors().empty());
  expect_sound(rows);
}

TEST(Iterate, derives_from_a_row_no_more_often_than_it_may) {
  Fixture f;
  const auto rows = f.declare({.rounds_max = 3});
  // Each node is reached first by the edge that is cheap at once, and then by better and better detours.
  f.transaction.set(f.seeds, 0, 0);
  for (int i = 0; i < 6; ++i) f.transaction.set_all(f.edges, 2 * i, {{2 * i + 2, 0}, {2 * i + 1, 1 << (6 - i)}});
  for (int i = 0; i < 6; ++i) f.transaction.set(f.edges, 2 * i + 1, {2 * i + 2, -(2 << (6 - i))});
  ASSERT_TRUE(f.graph.commit(f.transaction));
  EXPECT_FALSE(rows.errors().empty());
  expect_sound(rows);
  const auto patient = f.declare();
  EXPECT_TRUE(patient.errors().empty());
  EXPECT_EQ(*patient.get(12), -126);
  expect_sound(patient);
}

TEST(Iterate, names_the_seed_and_the_reads_that_a_row_follows_from) {
  Fixture f;
  const auto rows = f.declare();
  f.transaction.set(f.seeds, 0, 0).set(f.seeds, 5, 0).set(f.edges, 0, {1, 1}).set(f.edges, 1, {2, 1});
  ASSERT_TRUE(f.graph.commit(f.transaction));
  const auto slot = rows.node().space().keys().find(2);
  std::vector<int> origins;
  rows.node().origins(slot, [&](const detail::NodeBase& node, detail::Slot row) {
    EXPECT_EQ(&node, &f.seeds.node());
    origins.push_back(f.seeds.node().space().key(row));
  });
  EXPECT_EQ(origins, std::vector{0});
  std::set<int> reads;
  rows.node().reads(slot, [&](const detail::NodeBase& node, const void* key) {
    EXPECT_EQ(&node, &f.edges.node());
    reads.insert(*static_cast<const int*>(key));
  });
  EXPECT_EQ(reads, (std::set<int>{0, 1}));
}

TEST(Iterate, is_one_node_for_equal_bounds_and_another_for_others) {
  Fixture f;
  const auto rows = f.declare();
  EXPECT_EQ(rows, f.declare());
  EXPECT_NE(&rows.node(), &f.declare({.rows_max = 5}).node());
}

struct Wide {
  std::int64_t cost = 0;
  std::array<char, 192> filling{};
  auto operator<=>(const Wide&) const = default;
};
using Texts = Collection<std::string, std::string>;

TEST(Iterate, takes_texts_for_keys_and_wide_structs_for_values) {
  Graph graph;
  const auto seeds = graph.input<std::string, Wide>("seeds");
  const auto named = graph.input<std::string, std::string>("named");
  const auto next = graph.input<std::string, std::string>("next");
  const auto dearer = [](const std::string& key, const Wide& wide, const Texts& to) {
    std::vector<std::pair<std::string, Wide>> found;
    for (const std::string& each : to.values(key)) found.emplace_back(each, Wide{wide.cost + 1, {'x'}});
    return found;
  };
  const auto costs = iterate<LeastBy<&Wide::cost>>(seeds, {}, dearer, next);
  const auto named_after = [](const std::string& key, const std::string& name, const Texts& to) {
    std::vector<std::pair<std::string, std::string>> found;
    for (const std::string& each : to.values(key)) found.emplace_back(each, std::max(name, each));
    return found;
  };
  const auto names = iterate(named, {}, named_after, next);
  const std::string long_key = "a key that is too long for a small string";
  Transaction transaction;
  transaction.set(seeds, "a", {}).set_all(next, "a", {long_key, "c"}).set(next, long_key, "d").set(next, "d", "a");
  transaction.set(named, "a", "a name that is too long for a small string").set(named, "d", "z");
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(costs.get("d")->cost, 2);
  EXPECT_EQ(*names.get("d"), "d");
  const auto before = single_rows(names);
  testing::map(names, [](const std::string&, const std::string& name) {
    if (name == "q") throw std::runtime_error("not this one");
    return name;
  }).strict();
  const auto guard = testing::map(costs, [](const std::string& key, const Wide&) {
    if (key == "bad") throw std::runtime_error("not this one");
    return key;
  });
  guard.strict();
  ASSERT_FALSE(graph.commit(transaction.set_all(next, "a", {"c", "bad"}).set(named, "a", "b")));
  EXPECT_EQ(single_rows(names), before);
  EXPECT_EQ(costs.size(), 4U);
  expect_sound(names), expect_sound(costs);
  ASSERT_TRUE(graph.commit(transaction.erase(next, long_key).set(named, "d", "b")));
  EXPECT_EQ(costs.get("d"), nullptr);
  EXPECT_EQ(*names.get("d"), "b");
  expect_sound(names), expect_sound(costs);
}

}  // namespace
}  // namespace freshet
