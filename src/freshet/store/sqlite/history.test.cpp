// SPDX-License-Identifier: MIT
// How long history is kept, and what feeds do when it is gone, when tables change, or when they are slow.
#include <atomic>
#include <filesystem>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/sqlite/testing/sqlite_site.hpp"

namespace freshet::store {
namespace {

using testing::changed_table;
using testing::city;
using testing::City;
using testing::commit;
using testing::Counter;
using testing::FeedLog;
using ::testing::IsEmpty;
using testing::kinds;
using testing::open_prepared;
using ::testing::SizeIs;
using testing::TemporaryFolder;
using testing::wait_for_changes;
using testing::write_of;

Position set_counter(Backend& store, std::int64_t count) {
  return commit(store, write_of(WriteKind::set, Counter{.id = 1, .count = count})).value();
}

FeedOptions counters_after(std::optional<Position> position) {
  return {.tables = {&table_of<Counter>()}, .after = std::move(position)};
}

TEST(SqliteHistory, keeps_so_many_changes_and_resets_feeds_that_come_too_late) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file, {.survives_power_cut = false, .log_changes_max = 100});
  const Position early = set_counter(*store, 0);
  for (int i = 1; i < 1000; ++i) set_counter(*store, i);
  const Position late = set_counter(*store, 1000);
  const Position last = set_counter(*store, 1001);
  const auto [kept, is_read] = testing::run_shell(file, "SELECT count(*) FROM _freshet_log;");
  ASSERT_TRUE(is_read);
  EXPECT_LE(std::stoi(kept), 100 + 200 + 1) << "trimmed every 200 changes";
  FeedLog lost;
  const auto first = store->follow(counters_after(early), lost.receiver());
  ASSERT_TRUE(lost.wait_for(last));
  EXPECT_THAT(kinds(lost),
              ::testing::ElementsAre(Batch::Kind::reset, Batch::Kind::snapshot, Batch::Kind::snapshot_end));
  FeedLog resumed;
  const auto second = store->follow(counters_after(late), resumed.receiver());
  ASSERT_TRUE(resumed.wait_for(last));
  EXPECT_THAT(kinds(resumed), ::testing::ElementsAre(Batch::Kind::commit));
}

TEST(SqliteHistory, keeps_changes_for_so_long) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  SimulatedClock clock;
  auto store =
      open_prepared(file, {.survives_power_cut = false, .log_age_max = std::chrono::hours(1), .clock = &clock});
  for (int i = 0; i < 100; ++i) set_counter(*store, i);
  clock.advance(std::chrono::hours(2));
  for (int i = 100; i < 500; ++i) set_counter(*store, i);
  EXPECT_EQ(testing::run_shell(file, "SELECT min(seq) FROM _freshet_log;").first, "101\n");
}

int shell_number(const std::string& file, const std::string& sql) {
  const auto [out, is_done] = testing::run_shell(file, sql);
  EXPECT_TRUE(is_done) << out;
  return is_done ? std::stoi(out) : -1;
}

Revision revision_after(Backend& store, std::int64_t id) {
  EXPECT_TRUE(commit(store, write_of(WriteKind::set, Counter{.id = id, .count = -1})));
  const std::vector<Row> rows = testing::read_all(store, table_of<Counter>()).value();
  for (const Row& row : rows) {
    if (row.key.id == std::to_string(id)) return row.revision;
  }
  return 0;
}

TEST(SqliteHistory, forgets_removed_documents_with_it_and_never_gives_a_revision_twice) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file, {.survives_power_cut = false, .log_changes_max = 100});
  const std::string count_removed = "SELECT count(*) FROM _freshet_removed;";
  for (int i = 0; i < 5; ++i) set_counter(*store, i);
  const Position early = commit(*store, write_of(WriteKind::remove, Counter{.id = 1})).value();
  EXPECT_EQ(shell_number(file, count_removed), 1);
  for (int i = 1000; i < 1500; ++i) {
    ASSERT_TRUE(commit(*store, write_of(WriteKind::create, Counter{.id = i})));
    ASSERT_TRUE(commit(*store, write_of(WriteKind::remove, Counter{.id = i})));
  }
  EXPECT_LE(shell_number(file, count_removed), (100 + 200) / 2) << "trimmed with the log";
  EXPECT_GT(revision_after(*store, 1), 5) << "nobody who read its fifth revision takes this one for it";
  EXPECT_GT(revision_after(*store, 2), 5);
  const int remembered = shell_number(file, "SELECT revision FROM _freshet_removed WHERE id = '1499';");
  EXPECT_EQ(revision_after(*store, 1499), remembered + 1);
  EXPECT_TRUE(testing::run_shell(file, "INSERT INTO Counter (_id, count) VALUES ('3', 1);").second);
  EXPECT_GT(shell_number(file, "SELECT _revision FROM Counter WHERE _id = '3';"), 5) << "others begin there too";
  FeedLog log;
  const auto feed = store->follow(counters_after(early), log.receiver());
  ASSERT_TRUE(log.wait_until(testing::has_snapshot));
  EXPECT_EQ(kinds(log).front(), Batch::Kind::reset);
  EXPECT_THAT(log.copy(), SizeIs(4));
}

TEST(SqliteHistory, goes_on_counting_when_all_of_it_is_old) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  SimulatedClock clock;
  Position before;
  {
    auto store = open_prepared(file, {.log_age_max = std::chrono::hours(1), .clock = &clock});
    before = set_counter(*store, 1);
  }
  clock.advance(std::chrono::hours(2));
  auto store = open_prepared(file, {.log_age_max = std::chrono::hours(1), .clock = &clock});
  const Position after = set_counter(*store, 2);
  EXPECT_EQ(after.epoch(), before.epoch());
  EXPECT_EQ(*after.number(), *before.number() + 1);
}

TEST(SqliteHistory, resets_a_feed_of_another_history) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  const Position last = set_counter(*store, 1);
  for (const Position& position : {Position::make("0123456789abcdef", 1), Position{"nonsense"},
                                   Position::make(last.epoch(), *last.number() + 100)}) {
    FeedLog log;
    const auto feed = store->follow(counters_after(position), log.receiver());
    ASSERT_TRUE(log.wait_for(last));
    EXPECT_EQ(kinds(log).front(), Batch::Kind::reset) << position.text;
    EXPECT_THAT(log.copy(), SizeIs(1));
  }
}

TEST(SqliteHistory, is_another_one_once_somebody_who_restored_a_backup_says_so) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  Position lost;
  {
    auto store = open_prepared(file);
    set_counter(*store, 1);
    ASSERT_TRUE(testing::run_shell(file, "VACUUM INTO '" + folder.file("backup.db") + "';").second);
    lost = set_counter(*store, 2);
  }
  for (const char* const suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file + suffix);
  std::filesystem::copy_file(folder.file("backup.db"), file);
  // [restored]
  const char* const kRestored = "UPDATE _freshet_store SET epoch = lower(hex(randomblob(8)));";
  // [/restored]
  ASSERT_TRUE(testing::run_shell(file, kRestored).second);
  auto store = open_prepared(file);
  const Position last = set_counter(*store, 3);
  EXPECT_EQ(last.number(), lost.number()) << "by the number alone it could not be told";
  FeedLog log;
  const auto feed = store->follow(counters_after(lost), log.receiver());
  ASSERT_TRUE(log.wait_for(last));
  EXPECT_EQ(kinds(log).front(), Batch::Kind::reset);
  EXPECT_EQ(testing::object_of<Counter>(log.copy().begin()->second).count, 3);
}

TEST(SqliteHistory, moves_on_over_changes_of_tables_that_are_not_followed) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  FeedLog log;
  const auto feed = store->follow(counters_after(Position::now()), log.receiver());
  const auto end = commit(*store, write_of(WriteKind::create, city("sf", "San Francisco")));
  EXPECT_TRUE(log.wait_for(end.value())) << "who waits for this position waits no longer";
  EXPECT_THAT(log.changes(), IsEmpty());
}

TEST(SqliteHistory, tells_columns_apart_that_come_while_a_feed_runs) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  FeedLog old_log;
  const auto old_feed = store->follow({.tables = {&table_of<City>()}}, old_log.receiver());
  ASSERT_TRUE(old_log.wait_until(testing::has_snapshot));
  ASSERT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
  static const Table kNewer = changed_table([](Table& table) {
    table.columns.insert(
        table.columns.begin(),
        {.name = "river", .kind = ColumnKind::text, .is_nullable = false, .initial = std::string("none")});
  });
  const Table* const tables[] = {&kNewer};
  ASSERT_TRUE(store->prepare(tables));
  Write write = write_of(WriteKind::set, city("sf", "Frisco"));
  write.table = &kNewer;
  write.cells.insert(write.cells.begin(), std::string("Sacramento"));
  const auto end = commit(*store, write);
  ASSERT_TRUE(end) << to_string(end.error());
  ASSERT_TRUE(old_log.wait_for(*end));
  EXPECT_EQ(testing::object_of<City>(*old_log.changes().back().after).name, "Frisco");
  EXPECT_THAT(old_log.faults(), IsEmpty());
  FeedLog new_log;
  const auto new_feed =
      store->follow({.tables = {&kNewer}, .after = old_log.batches().front().position}, new_log.receiver());
  ASSERT_TRUE(new_log.wait_for(*end));
  const Change last = new_log.changes().back();
  EXPECT_EQ(last.before->cells.front(), Cell(std::string("none"))) << "what the column begins with";
  EXPECT_EQ(last.after->cells.front(), Cell(std::string("Sacramento")));
}

TEST(SqliteHistory, hands_out_a_snapshot_without_holding_up_writers) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"), {.survives_power_cut = false});
  ASSERT_TRUE(commit(*store, [](BackendTransaction& transaction) -> Result<void> {
    for (int i = 0; i < 100; ++i) {
      auto written = transaction.write(write_of(WriteKind::create, Counter{.id = i, .count = 0}));
      if (!written) return fail(std::move(written.error()));
    }
    return {};
  }));
  FeedLog log;
  std::promise<void> first;
  std::promise<void> go;
  FeedReceiver receiver = log.receiver();
  bool is_first = true;
  const auto feed = store->follow({.tables = {&table_of<Counter>()}, .snapshot_rows = 10},
                                  {.on_batch =
                                       [&](Batch batch) {
                                         if (std::exchange(is_first, false)) {
                                           first.set_value();
                                           go.get_future().wait();
                                         }
                                         return receiver.on_batch(std::move(batch));
                                       },
                                   .on_trouble = {}});
  ASSERT_TRUE(feed);
  first.get_future().wait();
  Position last;
  for (int i = 0; i < 100; ++i) {
    last = commit(*store, write_of(WriteKind::set, Counter{.id = i, .count = 1})).value();
  }
  go.set_value();
  ASSERT_TRUE(log.wait_for(last));
  const auto snapshot = log.changes(Batch::Kind::snapshot);
  EXPECT_THAT(snapshot, SizeIs(100));
  for (const Change& change : snapshot) EXPECT_EQ(change.after->revision, 1) << "one state, as it was";
  EXPECT_THAT(log.changes(), SizeIs(100));
  EXPECT_THAT(log.faults(), IsEmpty());
}

TEST(SqliteHistory, ends_a_feed_whose_receiver_fails_and_no_other) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  std::atomic<int> calls{0};
  const auto failing = store->follow(counters_after(Position::now()), {.on_batch = [&](const Batch&) -> Result<void> {
                                                                         ++calls;
                                                                         throw std::runtime_error("no");
                                                                       },
                                                                       .on_trouble = {}});
  FeedLog log;
  const auto feed = store->follow(counters_after(Position::now()), log.receiver());
  set_counter(*store, 1);
  ASSERT_TRUE(log.wait_for(set_counter(*store, 2)));
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace freshet::store
