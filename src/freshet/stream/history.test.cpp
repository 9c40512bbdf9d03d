// SPDX-License-Identifier: MIT
#include "freshet/stream/history.hpp"

#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/stream/error_event.hpp"

namespace freshet::stream {
namespace {

using namespace std::chrono_literals;

struct HistoryTest : ::testing::Test {
  EventPtr update(Version version, const std::vector<std::string>& keys, std::size_t padding = 0) {
    EventDraft draft(EventKind::update, "e-" + std::to_string(version), {version, 0});
    for (const std::string& key : keys) {
      const std::size_t begin = draft.text().size();
      draft.text() += "[" + key + ",[" + std::string(padding, '1') + "]]";
      draft.items().push_back({begin, key.size(), draft.text().size() - begin});
    }
    return draft.finish(nullptr);
  }
  EventPtr errors(Version version) {
    EventDraft draft(EventKind::errors, "e-" + std::to_string(version), {version, 0});
    write_errors(draft, {{"n", "k", "m"}});
    return draft.finish(nullptr);
  }
  void add(const EventPtr& event, bool keep_keys = false) { history.append(event, now, keep_keys); }
  std::vector<Version> versions_after(Position since) {
    std::vector<Version> versions;
    for (const EventPtr& event : history.after(since)) versions.push_back(event->position().version);
    return versions;
  }
  std::set<std::string> lag_keys(Position since) {
    std::set<std::string> keys;
    history.for_each_lag_key(since, [&](std::string_view key) { keys.insert(std::string(key)); });
    return keys;
  }

  StreamOptions options{.history_bytes_max = 4000, .history_age_max = 10s, .lag_keys_bytes_max = 1000};
  StreamStats stats;
  SteadyTime now{};
  History history{options, stats};
};

using Versions = std::vector<Version>;
using Keys = std::set<std::string>;

TEST_F(HistoryTest, gives_what_came_after_a_position_wherever_that_lies) {
  for (const Version version : {2, 4, 6}) add(update(version, {"1"}));
  EXPECT_TRUE(history.covers({0, 0}));
  EXPECT_EQ(versions_after({0, 0}), (Versions{2, 4, 6}));
  EXPECT_EQ(versions_after({2, 0}), (Versions{4, 6}));
  EXPECT_EQ(versions_after({3, 0}), (Versions{4, 6}));
  EXPECT_EQ(versions_after({5, 9}), Versions{6});
  EXPECT_EQ(versions_after({6, 0}), Versions{});
}

TEST_F(HistoryTest, keeps_no_more_bytes_than_it_may_and_knows_what_it_lost) {
  for (Version version = 1; version <= 100; ++version) {
    add(update(version, {"1"}, 100));
    EXPECT_LE(stats.history_bytes, options.history_bytes_max);
    EXPECT_EQ(stats.history_bytes, history.bytes());
    EXPECT_EQ(stats.history_events, history.size());
  }
  EXPECT_GT(history.size(), 5u);
  EXPECT_FALSE(history.covers({1, 0}));
  const Position oldest = history.complete_after();
  EXPECT_TRUE(history.covers(oldest));
  EXPECT_EQ(versions_after(oldest).front(), oldest.version + 1);
  EXPECT_EQ(versions_after(oldest).size(), history.size());
}

TEST_F(HistoryTest, of_no_bytes_loses_everything_at_once) {
  options.history_bytes_max = 0;
  add(update(1, {"1"}));
  EXPECT_EQ(history.size(), 0u);
  EXPECT_FALSE(history.covers({0, 0}));
  EXPECT_TRUE(history.covers({1, 0}));
}

TEST_F(HistoryTest, gives_way_when_all_histories_together_hold_too_much) {
  options.history_total_bytes_max = 1000;
  stats.history_bytes = 900;  // others
  add(update(1, {"1"}));
  EXPECT_EQ(history.size(), 0u);
  EXPECT_EQ(stats.history_bytes, 900u);
}

TEST_F(HistoryTest, keeps_nothing_for_longer_than_it_may) {
  add(update(1, {"1"}));
  now += 6s;
  add(update(2, {"1"}));
  now += 6s;
  history.expire(now, false);
  EXPECT_EQ(versions_after({1, 0}), Versions{2});
  EXPECT_FALSE(history.covers({0, 0}));
  now += 60s;
  history.expire(now, false);
  EXPECT_EQ(stats.history_bytes, 0u);
  EXPECT_TRUE(history.covers({2, 0}));
}

TEST_F(HistoryTest, weighs_events_anew_that_were_asked_for_in_another_form) {
  const EventPtr large = update(1, {"1"}, 1500);
  add(large);
  const std::size_t before = history.bytes();
  large->block(Format::ndjson);
  EXPECT_EQ(history.bytes(), before);
  history.weigh({0, 0}, false);
  EXPECT_GT(history.bytes(), before + 1500);
  large->message();
  history.weigh({0, 0}, false);  // now it is too much
  EXPECT_EQ(history.size(), 0u);
  EXPECT_EQ(stats.history_bytes, 0u);
}

TEST_F(HistoryTest, remembers_the_keys_of_what_it_loses_while_somebody_lags) {
  options.history_bytes_max = 0;
  add(update(1, {"1"}), false);
  add(update(2, {"2", "3"}), true);
  add(update(3, {"3", "4"}), true);
  EXPECT_FALSE(history.knows_keys({0, 0}));
  EXPECT_TRUE(history.knows_keys({1, 0}));
  EXPECT_EQ(lag_keys({1, 0}), (Keys{"2", "3", "4"}));
  EXPECT_EQ(lag_keys({2, 0}), (Keys{"3", "4"}));
  EXPECT_EQ(lag_keys({3, 0}), Keys{});
  EXPECT_GT(stats.lag_key_bytes, 0u);
  history.drop_lag_keys();
  EXPECT_EQ(stats.lag_key_bytes, 0u);
  EXPECT_FALSE(history.knows_keys({1, 0}));
  EXPECT_TRUE(history.knows_keys({3, 0}));
}

TEST_F(HistoryTest, remembers_no_keys_while_nobody_lags) {
  for (Version version = 1; version <= 100; ++version) add(update(version, {std::to_string(version)}, 100));
  EXPECT_EQ(stats.lag_key_bytes, 0u);
  EXPECT_EQ(lag_keys({0, 0}), Keys{});
}

TEST_F(HistoryTest, remembers_no_more_keys_than_it_may_and_says_so) {
  options.history_bytes_max = 0;
  for (Version version = 1; version <= 100; ++version) {
    add(update(version, {std::to_string(version)}), true);
    EXPECT_LE(stats.lag_key_bytes, options.lag_keys_bytes_max);
  }
  EXPECT_GT(stats.lag_keys_dropped, 0u);
  EXPECT_FALSE(history.knows_keys({0, 0}));
  // The same keys again and again take no more.
  history.drop_lag_keys();
  stats.lag_keys_dropped = 0;
  for (Version version = 101; version <= 1000; ++version) add(update(version, {"1", "2"}), true);
  EXPECT_EQ(stats.lag_keys_dropped, 0u);
  EXPECT_EQ(lag_keys({100, 0}), (Keys{"1", "2"}));
}

TEST_F(HistoryTest, does_not_pretend_to_know_errors_by_keys) {
  options.history_bytes_max = 0;
  add(update(1, {"1"}), true);
  add(errors(2), true);
  add(update(3, {"3"}), true);
  EXPECT_FALSE(history.knows_keys({0, 0}));
  EXPECT_TRUE(history.knows_keys({2, 0}));
  EXPECT_EQ(lag_keys({2, 0}), Keys{"3"});
}

TEST_F(HistoryTest, that_forgets_gives_everything_back) {
  add(update(1, {"1"}));
  history.forget({9, 0});
  EXPECT_EQ(stats.history_bytes, 0u);
  EXPECT_EQ(stats.history_events, 0u);
  EXPECT_FALSE(history.covers({8, 0}));
  EXPECT_TRUE(history.covers({9, 0}));
}

}  // namespace
}  // namespace freshet::stream
