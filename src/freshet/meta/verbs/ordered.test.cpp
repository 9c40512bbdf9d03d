// SPDX-License-Identifier: MIT
#include <cstdint>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

struct Player {
  std::string team;
  std::int64_t score = 0;
  bool operator==(const Player&) const = default;
};

template <class Rows> std::vector<std::int64_t> scores_of(const Rows& rows) {
  std::vector<std::int64_t> scores;
  rows.for_each([&](const auto&, const auto& values) {
    for (const Player& player : values) scores.push_back(player.score);
  });
  return scores;
}

class MetaOrdered : public ::testing::Test {
 protected:
  void SetUp() override {
    Transaction transaction;
    transaction.set(players, "ann", {"red", 30}).set(players, "bob", {"red", 10}).set(players, "cid", {"blue", 20});
    transaction.set(players, "dan", {"red", 20}).set(players, "eve", {"blue", 40});
    ASSERT_TRUE(graph.commit(transaction));
  }

  Graph graph;
  Input<std::string, Player> players = graph.input<std::string, Player>("players");
};

TEST_F(MetaOrdered, keeps_the_best_and_the_least_rows_of_each_key) {
  // [top]
  const auto teams = players.key_by(&Player::team);
  const auto best = teams.top(2, &Player::score);              // the two best of each team, the best first
  const auto least = teams.top(1, ascending(&Player::score));  // the one with the least score
  // [/top]
  EXPECT_EQ(scores_of(best), (std::vector<std::int64_t>{40, 20, 30, 20}));
  EXPECT_EQ(scores_of(least), (std::vector<std::int64_t>{20, 10}));
  ASSERT_TRUE(graph.commit(Transaction().set(players, "bob", {"red", 50})));
  EXPECT_EQ(scores_of(best), (std::vector<std::int64_t>{40, 20, 50, 30}));
  EXPECT_EQ(best, teams.top(2, &Player::score)) << "equal views are one";
}

/// Points that count so many times.
std::int64_t weighted(const std::string&, const Player& player, std::int64_t weight) { return player.score * weight; }

TEST_F(MetaOrdered, scores_by_a_function_with_arguments) {
  const auto least = players.key_by(&Player::team).top(1, weighted, -1);
  EXPECT_EQ(scores_of(least), (std::vector<std::int64_t>{20, 10}));
}

TEST_F(MetaOrdered, shows_a_page_of_a_sorted_collection_and_turns_it) {
  // [order_by]
  const auto pages = graph.input<std::string, PageOptions>("pages");
  const auto champions = players.order_by(descending(&Player::score), {.limit = 3});
  const auto mine = players.order_by(descending(&Player::score), page_of(pages, "me"));  // shares the sorted index

  ASSERT_TRUE(graph.commit(Transaction().set(pages, "me", {.offset = 2, .limit = 2})));  // turns the page
  // [/order_by]
  EXPECT_EQ(scores_of(champions), (std::vector<std::int64_t>{40, 30, 20}));
  EXPECT_EQ(scores_of(mine), (std::vector<std::int64_t>{20, 20}));
  std::vector<std::string> names;
  mine.for_each([&](const auto& key, const auto&) { names.push_back(key.key); });
  EXPECT_EQ(names, (std::vector<std::string>{"cid", "dan"})) << "equal scores are in the order of their keys";
  ASSERT_TRUE(graph.commit(Transaction().set(pages, "me", {.offset = 4, .limit = 2})));
  EXPECT_EQ(scores_of(mine), (std::vector<std::int64_t>{10}));
}

TEST_F(MetaOrdered, slices_by_key) {
  // [slice]
  const auto b_to_d = players.slice("b", "d");    // "b" and after it, and before "d"
  const auto from_d = players.slice_from("d");    // "d" and all after it
  const auto with_a = players.slice_prefix("a");  // the keys that begin with it
  // [/slice]
  EXPECT_EQ(scores_of(b_to_d), (std::vector<std::int64_t>{10, 20}));
  EXPECT_EQ(scores_of(from_d), (std::vector<std::int64_t>{20, 40}));
  EXPECT_EQ(scores_of(with_a), (std::vector<std::int64_t>{30}));
}

}  // namespace
}  // namespace freshet
