// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/session_window.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/event_time.hpp"

namespace freshet {
namespace {

using testing::at_second;
using namespace std::chrono_literals;

struct Click {
  std::string user;
  Timestamp at{};
  std::int64_t x{};
  bool operator==(const Click&) const = default;
};

// The property test of all views of event time is graph/event_time.test.cpp.
class SessionTest : public ::testing::Test {
 protected:
  void click(int id, std::int64_t seconds, const std::string& user = "ann") {
    ASSERT_TRUE(graph.commit(Transaction().set(clicks, id, {user, at_second(seconds), id})));
  }
  void forget(int id) { ASSERT_TRUE(graph.commit(Transaction().erase(clicks, id))); }
  std::uint64_t moved() {
    return sessions.node().counters().changes - std::exchange(moved_before_, sessions.node().counters().changes);
  }
  /// The sessions, "start user: ids".
  static std::vector<std::string> text_of(const Collection<SessionOf<std::string>, Click>& sessions) {
    std::vector<std::string> lines;
    sessions.for_each([&](const SessionOf<std::string>& key, const auto& rows) {
      std::string line = std::to_string(key.start.time_since_epoch() / 1s) + " " + key.key + ":";
      for (const Click& row : rows) line += " " + std::to_string(row.x);
      lines.push_back(line);
    });
    return lines;
  }

  Graph graph;
  Input<int, Click> clicks = graph.input<int, Click>("clicks");
  Timely<std::string, Click> timely =
      testing::key_by(clicks, [](int, const Click& click) { return click.user; }).on_time(&Click::at, {.delay = 1h});
  Collection<SessionOf<std::string>, Click> sessions = timely.session(10s);
  std::uint64_t moved_before_ = 0;
};

using Lines = std::vector<std::string>;

TEST_F(SessionTest, keeps_rows_together_that_are_nearer_than_the_gap) {
  click(1, 100);
  click(2, 109);
  click(3, 119);
  click(4, 105, "bob");
  EXPECT_EQ(text_of(sessions), (Lines{"100 ann: 1 2", "105 bob: 4", "119 ann: 3"})) << "by start, then by key";
}

TEST_F(SessionTest, makes_one_of_two_sessions_when_a_row_comes_between) {
  click(1, 100);
  click(2, 115);
  click(3, 120);
  EXPECT_EQ(text_of(sessions), (Lines{"100 ann: 1", "115 ann: 2 3"}));
  moved();
  click(4, 108);
  EXPECT_EQ(text_of(sessions), (Lines{"100 ann: 1 2 3 4"}));
  EXPECT_EQ(moved(), 5U) << "the new row, and two that move";
  forget(4);
  EXPECT_EQ(text_of(sessions), (Lines{"100 ann: 1", "115 ann: 2 3"}));
}

TEST_F(SessionTest, begins_a_session_anew_when_its_first_row_changes) {
  click(1, 100);
  click(2, 105);
  click(3, 95);
  EXPECT_EQ(text_of(sessions), (Lines{"95 ann: 1 2 3"}));
  forget(3);
  EXPECT_EQ(text_of(sessions), (Lines{"100 ann: 1 2"}));
  click(1, 104);
  EXPECT_EQ(text_of(sessions), (Lines{"104 ann: 1 2"}));
  click(2, 200);
  click(1, 104, "bob");
  EXPECT_EQ(text_of(sessions), (Lines{"104 bob: 1", "200 ann: 2"}));
}

TEST_F(SessionTest, takes_rows_of_the_same_time) {
  for (int id = 1; id <= 4; ++id) click(id, 100);
  EXPECT_EQ(text_of(sessions), (Lines{"100 ann: 1 2 3 4"}));
  moved();
  forget(1);
  EXPECT_EQ(moved(), 1U) << "the session starts when it did";
  click(2, 105);
  EXPECT_EQ(text_of(sessions), (Lines{"100 ann: 2 3 4"}));
}

TEST_F(SessionTest, continues_a_long_session_at_the_cost_of_one_row) {
  for (int id = 0; id < 600; ++id) click(id, 100 + id);
  moved();
  click(600, 700);
  EXPECT_EQ(moved(), 1U);
  click(300, 401);
  EXPECT_EQ(moved(), 1U);
  EXPECT_EQ(sessions.key_count(), 1U);
}

TEST_F(SessionTest, lets_sessions_go_some_time_after_their_last_row) {
  const auto prompt =
      testing::key_by(clicks, [](int, const Click& click) { return click.user; }).on_time(&Click::at, {.delay = 5s});
  const auto kept = prompt.session(10s, {.keep = 20s});
  click(1, 100);
  click(2, 105);
  click(3, 139);
  EXPECT_EQ(text_of(kept), (Lines{"100 ann: 1 2", "139 ann: 3"})) << "the watermark is 134";
  click(4, 140);
  EXPECT_EQ(text_of(kept), (Lines{"139 ann: 3 4"}));
  forget(1);
  forget(2);
  EXPECT_EQ(text_of(kept), (Lines{"139 ann: 3 4"}));
}

TEST_F(SessionTest, lets_a_session_go_whose_last_row_was_taken_away) {
  const auto prompt = testing::key_by(clicks, [](int, const Click& click) { return click.user; }).on_time(&Click::at);
  const auto kept = prompt.session(10s, {.keep = 20s});
  click(1, 100);
  click(2, 109);
  click(9, 135, "bob");
  EXPECT_EQ(text_of(kept), (Lines{"100 ann: 1 2", "135 bob: 9"})) << "it ends at 119 and stays until 139";
  forget(2);
  EXPECT_EQ(text_of(kept), (Lines{"135 bob: 9"})) << "now it ended at 110, and its time was over at 130";
}

TEST(SessionWork, touches_the_rows_of_the_session_alone) {
  const auto work_of_one_change = [](int sessions_before) {
    Graph graph;
    const auto input = graph.input<int, Click>("clicks");
    const auto timely = testing::key_by(input, [](int, const Click& click) {
                          return click.user;
                        }).on_time(&Click::at, {.delay = std::chrono::hours(1000)});
    const auto sessions = timely.session(10s);
    Transaction transaction;
    for (int i = 0; i < sessions_before; ++i) {
      for (int j = 0; j < 4; ++j) transaction.set(input, i * 4 + j, {"ann", at_second(i * 100 + j * 9), 0});
    }
    graph.commit(transaction);
    const auto before = sessions.node().counters().changes;
    graph.commit(Transaction().set(input, -1, {"ann", at_second(500 - 5), 0}));
    return sessions.node().counters().changes - before;
  };
  EXPECT_EQ(work_of_one_change(10), 9U);
  EXPECT_EQ(work_of_one_change(1000), 9U);
}

TEST_F(SessionTest, is_one_node_for_the_same_gap) {
  EXPECT_EQ(timely.session(10s), sessions);
  EXPECT_NE(timely.session(11s), sessions);
  EXPECT_THROW(timely.session(0s), Failure);
}

}  // namespace
}  // namespace freshet
