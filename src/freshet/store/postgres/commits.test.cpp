// SPDX-License-Identifier: MIT
// Commits that the server was given and whose answer did not come: never told to have failed if they did not, never
// applied twice.
#include <array>
#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/postgres/testing/cutting_proxy.hpp"
#include "freshet/store/postgres/testing/prepared.hpp"
#include "freshet/store/store.hpp"
#include "freshet/store/testing/calls.hpp"
#include "freshet/store/testing/city.hpp"
#include "freshet/store/testing/feed_log.hpp"
#include "freshet/store/testing/postgres_server.hpp"

namespace freshet::store::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
using Cut = CuttingProxy::Cut;

/// A store behind a proxy, and what is really in the database, by a connection that nobody cuts.
class LostCommit : public ::testing::TestWithParam<PostgresFeed> {
 protected:
  Store open(milliseconds patience = seconds(30), std::size_t writers = 1) {
    return Store(open_prepared(proxy_.url(database_), {.writers = writers, .patience = patience, .feed = GetParam()}));
  }
  std::string count_of(const std::string& id) {
    return server_.psql(url_, R"(SELECT _revision || ':' || count FROM "Counter" WHERE _id = ')" + id + "'");
  }

  PostgresServer& server_ = PostgresServer::shared();
  const std::string url_ = server_.make_database();
  const std::string database_ = server_.psql(url_, "SELECT current_database()");
  CuttingProxy proxy_{server_.folder()};
};

INSTANTIATE_TEST_SUITE_P(Postgres, LostCommit, ::testing::Values(PostgresFeed::logical, PostgresFeed::change_log),
                         [](const auto& each) { return each.param == PostgresFeed::logical ? "log" : "table"; });

TEST_P(LostCommit, is_told_to_have_happened_if_it_did_and_is_run_again_if_not) {
  const Store store = open();
  FeedLog log;
  const auto feed = store.follow({.tables = {&table_of<Counter>()}}, log.receiver());
  ASSERT_TRUE(feed && log.wait_until(has_snapshot));
  std::int64_t id = 0;
  for (const Cut cut : {Cut::after_commit, Cut::before_commit, Cut::with_commit, Cut::after_commit}) {
    int runs = 0;
    Position position;
    const int cuts = proxy_.cuts();
    proxy_.cut_next(cut);
    const auto made = store.transact(
        [&](StoreTransaction& t) -> Result<std::int64_t> {
          ++runs;
          auto created = t.create(Counter{.id = ++id, .count = 1});
          if (!created) return fail(created.error());
          return id;
        },
        &position);
    ASSERT_TRUE(made.has_value()) << to_string(made.error());
    EXPECT_EQ(proxy_.cuts(), cuts + 1);
    if (cut != Cut::with_commit) {
      EXPECT_EQ(runs, cut == Cut::after_commit ? 1 : 2) << "it had happened, or it had not";
    }
    EXPECT_EQ(count_of(std::to_string(*made)), "1:1");
    EXPECT_TRUE(log.wait_for(position)) << "who wrote gets to see it";
    EXPECT_TRUE(log.copy().contains({"Counter", Key{.id = std::to_string(*made)}}));
  }
  EXPECT_THAT(log.faults(), IsEmpty());
  EXPECT_EQ(server_.psql(url_, R"(SELECT count(*) FROM "Counter")"), std::to_string(log.copy().size()));
}

TEST_P(LostCommit, is_applied_once_however_many_wait_and_however_often_it_is_cut) {
  constexpr std::array kCuts = {Cut::after_commit, Cut::with_commit, Cut::before_commit};
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  const Store store = open(seconds(30), 2);
  ASSERT_TRUE(store.create(Counter{.id = 1}).has_value());
  std::atomic<int> acknowledged = 0;
  std::atomic<bool> is_over = false;
  // Who comes between two cuts is what bounds them, however slow the machine is.
  std::thread cutter([&] {
    for (std::size_t round = 0; !is_over; ++round) {
      const int seen = acknowledged;
      proxy_.cut_next(kCuts.at(round % kCuts.size()));
      while (!is_over && acknowledged == seen) std::this_thread::sleep_for(milliseconds(5));
      std::this_thread::sleep_for(milliseconds(15));
    }
  });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int round = 0; round < kRounds; ++round) {
        const auto done = store.transact([&](StoreTransaction& t) -> Result<void> {
          const auto found = t.get<Counter>("1");
          if (!found) return fail(found.error());
          const auto updated = t.update<&Counter::count>("1", (*found)->value.count + 1);
          if (!updated) return fail(updated.error());
          const auto created = t.create(Counter{.id = 1000 + thread * kRounds + round});
          return created ? Result<void>() : fail(created.error());
        });
        if (done) {
          ++acknowledged;
        } else if (done.error().code != ErrorCode::conflict) {
          EXPECT_THAT(done.error().detail, StartsWith("nothing was written")) << to_string(done.error());
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  is_over = true;
  cutter.join();
  EXPECT_GT(proxy_.cuts(), 3);
  EXPECT_GT(acknowledged, kThreads * kRounds / 2);
  EXPECT_EQ(count_of("1"), std::to_string(acknowledged + 1) + ":" + std::to_string(acknowledged));
  EXPECT_EQ(server_.psql(url_, R"(SELECT count(*) FROM "Counter")"), std::to_string(acknowledged + 1));
}

TEST_P(LostCommit, is_of_unknown_outcome_where_the_server_stays_away) {
  const Store store = open(milliseconds(300));
  ASSERT_TRUE(store.create(Counter{.id = 1}).has_value());
  proxy_.cut_next(Cut::after_commit);
  proxy_.refuse(true);
  const auto lost = store.create(Counter{.id = 2});
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().code, ErrorCode::unavailable);
  EXPECT_THAT(lost.error().detail, HasSubstr("outcome unknown"));
  EXPECT_THAT(lost.error().hint, HasSubstr("read what was to be written"));
  const auto away = store.create(Counter{.id = 3});
  ASSERT_FALSE(away.has_value());
  EXPECT_EQ(away.error().detail.find("outcome unknown"), std::string::npos) << "this one never reached the server";
  proxy_.refuse(false);
  EXPECT_TRUE(store.get<Counter>("2").value().has_value()) << "as the hint says";
  EXPECT_FALSE(store.get<Counter>("3").value().has_value());
  EXPECT_TRUE(store.create(Counter{.id = 3}).has_value());
  EXPECT_EQ(count_of("3"), "1:0");
}

// The other half of what is promised: whoever asks how a commit ended may ask before the server has come to it.
TEST_P(LostCommit, waits_for_a_commit_that_is_still_under_way) {
  const Store store = open();
  server_.psql(
      url_,
      "CREATE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.7); RETURN NULL; "
      R"(END $$; CREATE CONSTRAINT TRIGGER hold AFTER INSERT ON "Counter" DEFERRABLE INITIALLY DEFERRED )"
      "FOR EACH ROW EXECUTE FUNCTION hold()");
  proxy_.cut_next(Cut::with_commit);
  int runs = 0;
  const auto made = store.transact([&](StoreTransaction& t) -> Result<void> {
    ++runs;
    const auto created = t.create(Counter{.id = 1});
    return created ? Result<void>() : fail(created.error());
  });
  ASSERT_TRUE(made.has_value()) << to_string(made.error());
  EXPECT_EQ(proxy_.cuts(), 1);
  EXPECT_EQ(runs, 1) << "it was waited for, and not run again";
  EXPECT_EQ(count_of("1"), "1:0");
}

}  // namespace
}  // namespace freshet::store::testing
