// SPDX-License-Identifier: MIT
// What happens when the server, its connections or its slots go away, and when other programs write.
#include <atomic>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/postgres/postgres_store.hpp"
#include "freshet/store/postgres/testing/prepared.hpp"
#include "freshet/store/testing/calls.hpp"
#include "freshet/store/testing/city.hpp"
#include "freshet/store/testing/feed_log.hpp"
#include "freshet/store/testing/postgres_server.hpp"

namespace freshet::store::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

const Table& cities() { return table_of<City>(); }
const Table& counters() { return table_of<Counter>(); }

std::unique_ptr<Feed> follow(Backend& backend, FeedLog& log, std::optional<Position> after = {}) {
  auto feed = backend.follow({.tables = {&cities(), &counters()}, .after = std::move(after)}, log.receiver());
  if (!feed) throw Failure(feed.error());
  return *std::move(feed);
}

std::map<std::string, Row> stored(Backend& backend, const Table& table) {
  std::map<std::string, Row> rows;
  auto found = read_all(backend, table);
  EXPECT_TRUE(found.has_value()) << to_string(found.error());
  if (!found) return rows;
  for (Row& row : *found) rows.insert_or_assign(row.key.id, std::move(row));
  return rows;
}

/// Writes counters with ids of their own, as fast as it goes, and knows what became of each.
class Load {
 public:
  explicit Load(Backend& backend) : backend_(backend) {
    for (int thread = 0; thread < 3; ++thread) threads_.emplace_back([this] { run(); });
  }
  ~Load() { stop(); }

  void stop() {
    stopping_ = true;
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  std::size_t acknowledged() {
    const std::lock_guard lock(mutex_);
    return kept_.size();
  }
  Position last() {
    const std::lock_guard lock(mutex_);
    return last_;
  }

  /// All that was acknowledged is there, nothing that was refused is.
  void check(const std::map<std::string, Row>& rows) {
    for (const std::string& id : kept_) EXPECT_TRUE(rows.contains(id)) << "acknowledged and lost: " << id;
    for (const auto& [id, row] : rows) EXPECT_FALSE(refused_.contains(id)) << "refused and kept: " << id;
  }
  std::set<std::string> errors() const { return errors_; }

 private:
  void run() {
    while (!stopping_) {
      const Counter counter{.id = ++next_, .count = 1};
      auto end = commit(backend_, write_of(WriteKind::create, counter));
      // Two writers meet in an index, as Store::transact() expects them to.
      while (!end && is_lost_race(end.error())) end = commit(backend_, write_of(WriteKind::create, counter));
      const std::lock_guard lock(mutex_);
      const std::string id = std::to_string(counter.id);
      if (end) {
        kept_.insert(id);
        if (!reached(last_, *end)) last_ = *end;
      } else {
        errors_.insert(to_string(end.error()));
        const bool is_unknown = end.error().detail.starts_with("outcome unknown");
        if (!is_unknown) refused_.insert(id);
        EXPECT_EQ(end.error().code, ErrorCode::unavailable) << to_string(end.error());
      }
    }
  }

  Backend& backend_;
  std::atomic<bool> stopping_ = false;
  std::atomic<std::int64_t> next_ = 0;
  std::mutex mutex_;
  std::set<std::string> kept_, refused_, errors_;  // protected by mutex_
  Position last_;                                  // protected by mutex_
  std::vector<std::thread> threads_;
};

void expect_same(const FeedLog::Copy& copy, const Table& table, const std::map<std::string, Row>& rows) {
  std::size_t count = 0;
  for (const auto& [place, row] : copy) {
    if (place.first != table.name) continue;
    ++count;
    const auto found = rows.find(place.second.id);
    ASSERT_NE(found, rows.end()) << place.second.id << " is in the feed and not in the store";
    EXPECT_EQ(row.revision, found->second.revision);
    EXPECT_EQ(row.cells, found->second.cells);
  }
  EXPECT_EQ(count, rows.size());
}

class Faults : public ::testing::TestWithParam<PostgresFeed> {};

INSTANTIATE_TEST_SUITE_P(Postgres, Faults, ::testing::Values(PostgresFeed::logical, PostgresFeed::change_log),
                         [](const auto& each) { return each.param == PostgresFeed::logical ? "log" : "table"; });

TEST_P(Faults, keeps_acknowledged_writes_and_feeds_each_once_while_the_server_dies_under_load) {
  PostgresServer server;
  const std::string url = server.make_database();
  const auto backend = open_prepared(url, {.writers = 2, .patience = std::chrono::seconds(30), .feed = GetParam()});
  FeedLog log;
  const auto feed = follow(*backend, log);
  ASSERT_TRUE(log.wait_until(has_snapshot));
  Load load(*backend);
  for (const auto how : {PostgresServer::Stop::immediate, PostgresServer::Stop::kill, PostgresServer::Stop::fast}) {
    const std::size_t before = load.acknowledged();
    while (load.acknowledged() < before + 50) std::this_thread::sleep_for(milliseconds(5));
    server.stop(how);
    std::this_thread::sleep_for(milliseconds(100));
    server.start();
  }
  const std::size_t before = load.acknowledged();
  while (load.acknowledged() < before + 50) std::this_thread::sleep_for(milliseconds(5));
  load.stop();
  EXPECT_THAT(load.errors(), IsEmpty()) << "all were looked up or run again in time";
  const auto rows = stored(*backend, counters());
  load.check(rows);
  ASSERT_TRUE(log.wait_for(load.last()));
  EXPECT_THAT(log.faults(), IsEmpty());
  expect_same(log.copy(), counters(), rows);
  for (const Batch& batch : log.batches()) EXPECT_NE(batch.kind, Batch::Kind::reset);
}

TEST_P(Faults, goes_on_when_connections_are_cut_at_random) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.make_database();
  const auto backend = open_prepared(url, {.writers = 2, .feed = GetParam()});
  FeedLog log;
  const auto feed = follow(*backend, log);
  ASSERT_TRUE(log.wait_until(has_snapshot));
  Load load(*backend);
  for (int round = 0; round < 15; ++round) {
    const std::size_t before = load.acknowledged();
    while (load.acknowledged() < before + 20) std::this_thread::sleep_for(milliseconds(1));
    server.psql(url,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND "
                "pid <> pg_backend_pid() AND random() < 0.7");
  }
  load.stop();
  const auto rows = stored(*backend, counters());
  load.check(rows);
  ASSERT_TRUE(log.wait_for(load.last()));
  EXPECT_THAT(log.faults(), IsEmpty());
  expect_same(log.copy(), counters(), rows);
}

TEST_P(Faults, says_clearly_that_the_server_is_away_and_comes_back_by_itself) {
  PostgresServer server;
  const auto backend = open_prepared(server.make_database(), {.patience = milliseconds(200), .feed = GetParam()});
  ASSERT_TRUE(commit(*backend, write_of(WriteKind::create, Counter{.id = 1})).has_value());
  server.stop();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto away = commit(*backend, write_of(WriteKind::create, Counter{.id = 2}));
    ASSERT_FALSE(away.has_value());
    EXPECT_EQ(away.error().code, ErrorCode::unavailable);
    EXPECT_THAT(to_string(away.error()), HasSubstr("is the server running?"));
  }
  server.start();
  const auto back = commit(*backend, write_of(WriteKind::create, Counter{.id = 2}));
  EXPECT_TRUE(back.has_value()) << to_string(back.error());
  EXPECT_EQ(stored(*backend, counters()).size(), 2U);
}

TEST_P(Faults, feeds_what_other_programs_write) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.make_database();
  const auto backend = open_prepared(url, {.feed = GetParam()});
  City large = city("SF", "San Francisco");
  for (int i = 0; i < 20'000; ++i) large.regions.push_back("region " + std::to_string(i * 7919));
  ASSERT_TRUE(commit(*backend, write_of(WriteKind::create, large)).has_value());
  FeedLog log;
  const auto feed = follow(*backend, log);
  ASSERT_TRUE(log.wait_until(has_snapshot));
  // What does not change of a row is out of line, and not in the log (TOAST).
  server.psql(url, R"(UPDATE "City" SET name = 'Frisco' WHERE _id = 'SF')");
  server.psql(url, R"(UPDATE "City" SET name = name WHERE _id = 'SF')");
  server.psql(url, R"(INSERT INTO "Counter" (_id, count) VALUES ('7', 1), ('8', 1); )"
                   R"(UPDATE "Counter" SET _id = '9' WHERE _id = '8'; DELETE FROM "Counter" WHERE _id = '7')");
  server.psql(url, R"(INSERT INTO "Counter" (_id, count) VALUES ('7', 5))");
  server.psql(url, R"(TRUNCATE "Counter")");
  const auto end = commit(*backend, write_of(WriteKind::create, Counter{.id = 1}));
  ASSERT_TRUE(end && log.wait_for(*end));
  EXPECT_THAT(log.faults(), IsEmpty());
  const auto changes = log.changes();
  ASSERT_EQ(changes.size(), 1U + 5U + 1U + 2U + 1U) << "nothing is told of an update that changes nothing";
  EXPECT_EQ(changes[0].before->revision, 1);
  EXPECT_EQ(changes[0].after->revision, 2);
  large.name = "Frisco";
  EXPECT_EQ(object_of<City>(*changes[0].after), large);
  EXPECT_GT(changes[0].after->updated_at, changes[0].before->updated_at);
  const Change again = changes[6];
  EXPECT_EQ(again.key.id, "7");
  EXPECT_EQ(again.after->revision, 2) << "it was there before, and was deleted";
  expect_same(log.copy(), counters(), stored(*backend, counters()));
}

TEST_P(Faults, orders_transactions_that_overlap_by_their_commits) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.make_database();
  const auto backend = open_prepared(url, {.feed = GetParam()});
  FeedLog log;
  const auto feed = follow(*backend, log);
  ASSERT_TRUE(log.wait_until(has_snapshot));
  // The older transaction commits last; a third, still older, keeps running over all of it.
  std::vector<std::thread> others;
  others.emplace_back([&] {
    server.psql(url, R"(BEGIN; INSERT INTO "Counter" (_id, count) VALUES ('1', 0); SELECT pg_sleep(1.2); COMMIT)");
  });
  std::this_thread::sleep_for(milliseconds(200));
  others.emplace_back([&] {
    server.psql(url, R"(BEGIN; INSERT INTO "Counter" (_id, count) VALUES ('2', 0); SELECT pg_sleep(0.5); )"
                     R"(UPDATE "Counter" SET count = count + 10 WHERE _id = '3'; COMMIT)");
  });
  std::this_thread::sleep_for(milliseconds(200));
  ASSERT_TRUE(commit(*backend, write_of(WriteKind::create, Counter{.id = 3, .count = 1})).has_value());
  for (std::thread& other : others) other.join();
  const auto end = commit(*backend, write_of(WriteKind::create, Counter{.id = 4}));
  ASSERT_TRUE(end && log.wait_for(*end));
  EXPECT_THAT(log.faults(), IsEmpty());
  const auto rows = stored(*backend, counters());
  expect_same(log.copy(), counters(), rows);
  EXPECT_EQ(rows.size(), 4U);
}

TEST_P(Faults, resets_a_feed_whose_history_has_been_forgotten) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.make_database();
  const auto backend =
      open_prepared(url, {.feed = GetParam(), .history_bytes = mib(1), .history_age = std::chrono::seconds(1)});
  FeedLog always;
  const auto feed = follow(*backend, always);
  const auto old = commit(*backend, write_of(WriteKind::create, Counter{.id = 1}));
  ASSERT_TRUE(old && always.wait_for(*old));
  bool is_forgotten = false;
  for (int round = 2; round < 40 && !is_forgotten; ++round) {
    server.psql(url, "SELECT pg_logical_emit_message(false, 'filler', repeat('x', 1000000))");
    ASSERT_TRUE(commit(*backend, write_of(WriteKind::create, Counter{.id = round})).has_value());
    std::this_thread::sleep_for(milliseconds(500));
    FeedLog log;
    const auto late = follow(*backend, log, *old);
    ASSERT_TRUE(log.wait_until([](const auto& batches) { return !batches.empty(); }));
    is_forgotten = log.batches().front().kind == Batch::Kind::reset;
    if (is_forgotten) {
      ASSERT_TRUE(log.wait_until(has_snapshot));
      EXPECT_EQ(log.copy().size(), static_cast<std::size_t>(round));
    } else {
      EXPECT_EQ(log.changes().front().key.id, "2") << "all of it, or none";
    }
  }
  EXPECT_TRUE(is_forgotten);
  EXPECT_THAT(always.faults(), IsEmpty());
}

TEST(PostgresStore, resets_a_feed_whose_slot_is_gone) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.make_database();
  auto backend = open_prepared(url);
  Position position;
  {
    FeedLog log;
    const auto feed = follow(*backend, log);
    const auto end = commit(*backend, write_of(WriteKind::create, Counter{.id = 1}));
    ASSERT_TRUE(end && log.wait_for(*end));
    position = log.position();
  }
  backend.reset();
  server.psql(url,
              "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE database = "
              "current_database() AND NOT temporary");
  backend = open_prepared(url);
  FeedLog log;
  const auto feed = follow(*backend, log, position);
  ASSERT_TRUE(log.wait_until(has_snapshot));
  EXPECT_EQ(log.batches().front().kind, Batch::Kind::reset);
  EXPECT_EQ(log.copy().size(), 1U);
  const auto end = commit(*backend, write_of(WriteKind::create, Counter{.id = 2}));
  ASSERT_TRUE(end && log.wait_for(*end));
  EXPECT_THAT(log.faults(), IsEmpty());
}

TEST(PostgresStore, leaves_only_its_anchor_behind) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.make_database();
  const std::string slots = "SELECT count(*) FROM pg_replication_slots WHERE database = current_database()";
  auto backend = open_prepared(url);
  EXPECT_EQ(server.psql(url, slots), "0") << "who follows nothing keeps no log";
  FeedLog log;
  auto feed = follow(*backend, log);
  ASSERT_TRUE(log.wait_until(has_snapshot));
  EXPECT_EQ(server.psql(url, slots), "2");
  feed.reset();
  backend.reset();
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (server.psql(url, slots) != "1" && std::chrono::steady_clock::now() < deadline) continue;
  EXPECT_EQ(server.psql(url, slots), "1");
}

TEST(PostgresStore, says_why_it_does_not_follow_the_log_and_follows_all_the_same) {
  PostgresServer& server = PostgresServer::shared();
  const std::string url = server.make_database();
  const std::string database = server.psql(url, "SELECT current_database()");
  server.psql(url, "DROP ROLE IF EXISTS modest; CREATE ROLE modest LOGIN; GRANT CREATE ON DATABASE " + database +
                       " TO modest; GRANT CREATE ON SCHEMA public TO modest");
  const std::string modest_url = server.url(database, "modest");
  std::vector<Error> notices;
  const auto backend =
      open_prepared(modest_url, {.on_notice = [&](const Error& notice) { notices.push_back(notice); }});
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(to_string(notices[0]), HasSubstr("user 'modest' may not replicate"));
  EXPECT_THAT(notices[0].hint, HasSubstr("ALTER ROLE modest REPLICATION"));
  FeedLog log;
  const auto feed = follow(*backend, log);
  server.psql(url, R"(INSERT INTO "Counter" (_id, count) VALUES ('7', 1))");
  const auto end = commit(*backend, write_of(WriteKind::create, Counter{.id = 1}));
  ASSERT_TRUE(end && log.wait_for(*end));
  EXPECT_EQ(log.copy().size(), 2U);
  const auto refused = open_postgres(modest_url, {.feed = PostgresFeed::logical});
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().code, ErrorCode::refused);
  server.psql(url, "DROP OWNED BY modest");
}

TEST(PostgresStore, falls_back_where_no_slot_is_free) {
  PostgresServer server({.settings = {"max_replication_slots = 0"}});
  std::vector<Error> notices;
  const auto backend =
      open_prepared(server.make_database(), {.on_notice = [&](const Error& notice) { notices.push_back(notice); }});
  FeedLog log;
  const auto feed = follow(*backend, log);
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_THAT(to_string(notices[0]), HasSubstr("max_replication_slots"));
  const auto end = commit(*backend, write_of(WriteKind::create, Counter{.id = 1}));
  ASSERT_TRUE(end && log.wait_for(*end));
  EXPECT_EQ(log.copy().size(), 1U);
}

TEST(PostgresStore, never_shows_a_password) {
  PostgresServer& server = PostgresServer::shared();
  server.psql(server.url(), "DROP ROLE IF EXISTS locked; CREATE ROLE locked LOGIN PASSWORD 'the-right-one'");
  const std::string secret = "s3cr3t-and-wrong";
  for (const std::string& url :
       {server.url("postgres", "locked", secret), "postgres://u:" + secret + "@/x?host=/nowhere",
        "postgres://u:" + secret + "@[bad/x", "host=/nowhere password=" + secret + " nonsense=1"}) {
    const auto opened = open_postgres(url, {.connect_timeout = milliseconds(2000)});
    ASSERT_FALSE(opened.has_value());
    EXPECT_THAT(to_string(opened.error()), Not(HasSubstr(secret)));
  }
  const auto wrong = open_postgres(server.url("postgres", "locked", secret));
  EXPECT_EQ(wrong.error().code, ErrorCode::refused);
  EXPECT_EQ(open_postgres(server.url("no_such_database")).error().code, ErrorCode::not_found);
  EXPECT_EQ(open_postgres(server.url(), {.schema = "Robert'); --"}).error().code, ErrorCode::invalid_argument);
}

TEST(PostgresStore, refuses_more_transactions_than_may_wait) {
  const auto backend = open_prepared(PostgresServer::shared().make_database(), {.limits = {.waiting_max = 2}});
  std::promise<void> go;
  std::promise<void> started;
  const std::shared_future<void> may_go = go.get_future().share();
  std::atomic<int> ended = 0;
  std::atomic<int> refused = 0;
  backend->write(
      [&](BackendTransaction&) -> Result<void> {
        started.set_value();
        may_go.wait();
        return {};
      },
      [&](const Result<Position>&) { ++ended; });
  started.get_future().wait();
  for (int i = 0; i < 5; ++i) {
    backend->write([](BackendTransaction&) -> Result<void> { return {}; },
                   [&](const Result<Position>& end) {
                     ++ended;
                     if (!end && end.error().code == ErrorCode::limit_exceeded) ++refused;
                   });
  }
  EXPECT_EQ(refused, 3);
  go.set_value();
  while (ended < 6) std::this_thread::sleep_for(milliseconds(1));
}

TEST(PostgresStore, lets_nobody_lose_an_update_who_races_with_another_process) {
  const std::string url = PostgresServer::shared().make_database();
  const auto first = open_prepared(url, {.writers = 2});
  const auto second = open_prepared(url, {.writers = 2});
  ASSERT_TRUE(commit(*first, write_of(WriteKind::create, Counter{.id = 1})).has_value());
  constexpr int kRounds = 40;
  std::vector<std::thread> threads;
  for (Backend* backend : {first.get(), first.get(), second.get(), second.get()}) {
    threads.emplace_back([backend] {
      for (int round = 0; round < kRounds; ++round) {
        Result<Position> end = fail(lost_race(""));
        for (int attempt = 0; !end && is_lost_race(end.error()) && attempt < 10'000; ++attempt) {
          end = commit(*backend, [](BackendTransaction& transaction) -> Result<void> {
            const Key keys[] = {{.parent = {}, .id = "1"}};
            auto rows = transaction.get_many(counters(), keys);
            if (!rows) return fail(std::move(rows.error()));
            Counter counter = object_of<Counter>(*rows->front());
            ++counter.count;
            auto row = transaction.write(write_of(WriteKind::set, counter));
            return row ? Result<void>() : fail(std::move(row.error()));
          });
        }
        EXPECT_TRUE(end.has_value()) << to_string(end.error());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(object_of<Counter>(stored(*first, counters()).at("1")).count, 4 * kRounds);
}

}  // namespace
}  // namespace freshet::store::testing
