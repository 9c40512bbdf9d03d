// SPDX-License-Identifier: MIT
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

struct Player {
  std::string team;
  std::int64_t score = 0;
  bool operator==(const Player&) const = default;
};

class TeamOfPlayer final : public KeyMapper<std::string, Player, std::string> {
 public:
  std::optional<std::string> map_value(const Player& player) override { return player.team; }
};
class ByScore final : public SortMapper<std::string, Player, std::int64_t> {
 public:
  std::optional<std::int64_t> map_value(const Player& player) override { return player.score; }
};
class ByScoreFromTheLeast final : public SortMapper<std::string, Player, Ascending<std::int64_t>> {
 public:
  std::optional<Ascending<std::int64_t>> map_value(const Player& player) override { return Ascending{player.score}; }
};
class ByScoreFromTheGreatest final : public SortMapper<std::string, Player, Descending<std::int64_t>> {
 public:
  std::optional<Descending<std::int64_t>> map_value(const Player& player) override { return Descending{player.score}; }
};

template <class Rows> std::vector<std::int64_t> scores_of(const Rows& rows) {
  std::vector<std::int64_t> scores;
  rows.for_each([&](const auto&, const auto& values) {
    for (const Player& player : values) scores.push_back(player.score);
  });
  return scores;
}

class ClassicOrdered : public ::testing::Test {
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

TEST_F(ClassicOrdered, keeps_the_best_and_the_least_rows_of_each_key) {
  const auto teams = players.key_by<TeamOfPlayer>();
  const auto best = teams.top<ByScore>(2);
  EXPECT_EQ(scores_of(best), (std::vector<std::int64_t>{40, 20, 30, 20}));
  EXPECT_EQ(scores_of(teams.top<ByScoreFromTheLeast>(1)), (std::vector<std::int64_t>{20, 10}));
  ASSERT_TRUE(graph.commit(Transaction().set(players, "bob", {"red", 50})));
  EXPECT_EQ(scores_of(best), (std::vector<std::int64_t>{40, 20, 50, 30}));
  EXPECT_EQ(best, teams.top<ByScore>(2)) << "equal views are one";
}

TEST_F(ClassicOrdered, shows_a_page_of_a_sorted_collection_and_turns_it) {
  const auto pages = graph.input<std::string, PageOptions>("pages");
  const auto champions = players.order_by<ByScoreFromTheGreatest>({.limit = 3});
  const auto mine = players.order_by<ByScoreFromTheGreatest>(page_of(pages, "me"));
  ASSERT_TRUE(graph.commit(Transaction().set(pages, "me", {.offset = 2, .limit = 2})));
  EXPECT_EQ(scores_of(champions), (std::vector<std::int64_t>{40, 30, 20}));
  EXPECT_EQ(scores_of(mine), (std::vector<std::int64_t>{20, 20}));
  ASSERT_TRUE(graph.commit(Transaction().set(pages, "me", {.offset = 4, .limit = 2})));
  EXPECT_EQ(scores_of(mine), (std::vector<std::int64_t>{10}));
  EXPECT_EQ(scores_of(players.order_by<ByScore>()), (std::vector<std::int64_t>{10, 20, 20, 30, 40}));
}

TEST_F(ClassicOrdered, slices_by_key) {
  EXPECT_EQ(scores_of(players.slice("b", "d")), (std::vector<std::int64_t>{10, 20}));
  EXPECT_EQ(scores_of(players.slice_prefix("a")), (std::vector<std::int64_t>{30}));
}

}  // namespace
}  // namespace freshet
