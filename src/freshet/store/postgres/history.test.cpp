// SPDX-License-Identifier: MIT
// What is forgotten, when, and what that does to feeds and revisions.
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/postgres/testing/prepared.hpp"
#include "freshet/store/testing/calls.hpp"
#include "freshet/store/testing/city.hpp"
#include "freshet/store/testing/feed_log.hpp"
#include "freshet/store/testing/postgres_server.hpp"

namespace freshet::store::testing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

bool becomes(const std::function<bool()>& holds) {
  for (int attempt = 0; attempt < 100; ++attempt) {
    if (holds()) return true;
    std::this_thread::sleep_for(milliseconds(100));
  }
  return false;
}

class PostgresHistory : public ::testing::Test {
 protected:
  std::string psql(const std::string& sql) { return server_.psql(url_, sql); }
  Revision revision(const std::string& id) {
    return std::stoll(psql(R"(SELECT _revision FROM "Counter" WHERE _id = ')" + id + "'"));
  }
  static void set_often(Backend& backend, std::int64_t id, int times) {
    for (int i = 1; i <= times; ++i) {
      ASSERT_TRUE(commit(backend, write_of(WriteKind::set, Counter{.id = id, .count = i})).has_value());
    }
  }
  static void remove(Backend& backend, std::int64_t id) {
    ASSERT_TRUE(commit(backend, write_of(WriteKind::remove, Counter{.id = id})).has_value());
  }

  PostgresServer& server_ = PostgresServer::shared();
  const std::string url_ = server_.make_database();
};

TEST_F(PostgresHistory, goes_on_with_the_revisions_of_documents_that_return) {
  const auto backend = open_prepared(url_);
  set_often(*backend, 1, 3);
  remove(*backend, 1);
  set_often(*backend, 1, 1);
  EXPECT_EQ(revision("1"), 4);
  psql(R"(DELETE FROM "Counter"; INSERT INTO "Counter" (_id, count) VALUES ('1', 1))");
  EXPECT_EQ(revision("1"), 5);
  EXPECT_EQ(psql("SELECT count(*) FROM freshet_tombstones"), "1");
}

TEST_F(PostgresHistory, forgets_removed_documents_in_time_and_never_gives_a_revision_twice) {
  const auto backend = open_prepared(url_, {.history_age = seconds(1)});
  set_often(*backend, 1, 5);
  remove(*backend, 1);
  ASSERT_TRUE(becomes([&] { return psql("SELECT count(*) FROM freshet_tombstones") == "0"; }));
  set_often(*backend, 1, 1);
  EXPECT_EQ(revision("1"), 6) << "nobody who read its fifth revision takes this one for it";
  set_often(*backend, 2, 2);
  EXPECT_EQ(revision("2"), 7);
  psql(R"(INSERT INTO "Counter" (_id, count) VALUES ('3', 1))");
  EXPECT_EQ(revision("3"), 6) << "other programs begin there too";
  ASSERT_TRUE(commit(*backend, write_of(WriteKind::set, city("SF", "San Francisco"))).has_value());
  EXPECT_EQ(psql(R"(SELECT _revision FROM "City")"), "1") << "each model has its own";
}

TEST_F(PostgresHistory, keeps_so_many_removed_documents) {
  const auto backend = open_prepared(url_, {.history_age = seconds(60), .removed_max = 5});
  psql(R"(INSERT INTO "Counter" (_id, count) SELECT i::text, 1 FROM generate_series(1, 50) i)");
  psql(R"(UPDATE "Counter" SET count = 2 WHERE _id = '7')");
  for (int i = 1; i <= 50; ++i) psql(R"(DELETE FROM "Counter" WHERE _id = ')" + std::to_string(i) + "'");
  // The age says how often it looks as well, so another store that looks sooner does.
  const auto sooner = open_prepared(url_, {.history_age = seconds(1), .removed_max = 5});
  ASSERT_TRUE(becomes([&] { return std::stoi(psql("SELECT count(*) FROM freshet_tombstones")) <= 5; }));
  EXPECT_EQ(psql("SELECT revision FROM freshet_forgotten WHERE table_name = 'Counter'"), "2");
}

TEST_F(PostgresHistory, forgets_the_table_of_changes_also_where_nobody_follows) {
  const auto backend = open_prepared(url_, {.feed = PostgresFeed::change_log, .history_age = seconds(1)});
  const auto early = commit(*backend, write_of(WriteKind::create, Counter{.id = 1}));
  ASSERT_TRUE(early.has_value());
  set_often(*backend, 2, 3);
  ASSERT_TRUE(becomes([&] { return psql("SELECT count(*) FROM freshet_changes") == "0"; }));
  FeedLog log;
  const auto feed = backend->follow({.tables = {&table_of<Counter>()}, .after = *early}, log.receiver());
  ASSERT_TRUE(feed && log.wait_until(has_snapshot));
  EXPECT_THAT(kinds(log), ::testing::ElementsAre(Batch::Kind::reset, Batch::Kind::snapshot, Batch::Kind::snapshot_end));
  EXPECT_EQ(log.copy().size(), 2U);
  const auto end = commit(*backend, write_of(WriteKind::set, Counter{.id = 2, .count = 9}));
  ASSERT_TRUE(end && log.wait_for(*end));
  EXPECT_THAT(log.faults(), ::testing::IsEmpty());
}

}  // namespace
}  // namespace freshet::store::testing
