// SPDX-License-Identifier: MIT
#include "freshet/store/sqlite/sqlite_store.hpp"

#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/sqlite/testing/held_writer.hpp"
#include "freshet/store/sqlite/testing/sqlite_site.hpp"

namespace freshet::store {
namespace {

using testing::city;
using testing::City;
using testing::commit;
using testing::Counter;
using testing::FeedLog;
using ::testing::HasSubstr;
using testing::HeldWriter;
using testing::open_prepared;
using testing::read_all;
using testing::run_shell;
using ::testing::SizeIs;
using testing::StoreConformance;
using testing::TemporaryFolder;
using testing::wait_for_changes;
using testing::write_of;

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         ::testing::Values(testing::Conformer{"sqlite", testing::make_sqlite_site}));

TEST(SqliteStore, keeps_documents_in_a_file) {
  const TemporaryFolder folder;
  const std::string file = folder.file("cities.db");
  // [open]
  {
    auto store = open_sqlite(file).value();
    const Table* const tables[] = {&table_of<City>()};
    ASSERT_TRUE(store->prepare(tables));
    ASSERT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
  }
  auto again = open_sqlite(file, {.is_read_only = true}).value();
  const auto rows = read_all(*again, table_of<City>()).value();
  // [/open]
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0].key.id, "sf");
}

// --- What it opens, and what not. ---

Error refusal(const std::string& path, const SqliteOptions& options = {}) {
  const auto opened = open_sqlite(path, options);
  EXPECT_FALSE(opened.has_value());
  return opened ? Error() : opened.error();
}

TEST(SqliteStore, refuses_a_database_of_another_program_and_leaves_it_alone) {
  const TemporaryFolder folder;
  const std::string file = folder.file("other.db");
  ASSERT_TRUE(run_shell(file, "CREATE TABLE mine (x); INSERT INTO mine VALUES (7);").second);
  const Error error = refusal(file);
  EXPECT_EQ(error.code, ErrorCode::refused);
  EXPECT_THAT(error.primary, HasSubstr("another program"));
  EXPECT_EQ(run_shell(file, "PRAGMA journal_mode; SELECT x FROM mine; SELECT count(*) FROM sqlite_schema;").first,
            "delete\n7\n1\n");
}

TEST(SqliteStore, refuses_a_database_that_bears_another_programs_mark) {
  const TemporaryFolder folder;
  const std::string file = folder.file("other.db");
  ASSERT_TRUE(run_shell(file, "PRAGMA application_id = 42;").second);
  EXPECT_EQ(refusal(file).code, ErrorCode::refused);
}

TEST(SqliteStore, refuses_the_layout_of_a_newer_version) {
  const TemporaryFolder folder;
  const std::string file = folder.file("newer.db");
  open_prepared(file).reset();
  ASSERT_TRUE(run_shell(file, "PRAGMA user_version = 99;").second);
  const Error error = refusal(file);
  EXPECT_EQ(error.code, ErrorCode::refused);
  EXPECT_THAT(error.detail, HasSubstr("layout 99"));
  EXPECT_THAT(error.hint, HasSubstr("newer"));
}

TEST(SqliteStore, says_what_is_wrong_with_a_path) {
  const TemporaryFolder folder;
  EXPECT_EQ(refusal("").code, ErrorCode::invalid_argument);
  EXPECT_EQ(refusal(":memory:").code, ErrorCode::invalid_argument);
  const Error missing = refusal(folder.file("no/such/folder/x.db"));
  EXPECT_EQ(missing.code, ErrorCode::unavailable);
  EXPECT_THAT(missing.detail, HasSubstr("no/such/folder/x.db"));
  EXPECT_EQ(refusal(folder.path()).code, ErrorCode::unavailable) << "a folder";
  EXPECT_EQ(refusal(folder.file("none.db"), {.is_read_only = true}).code, ErrorCode::unavailable);
  EXPECT_FALSE(std::filesystem::exists(folder.file("none.db")));
}

TEST(SqliteStore, refuses_a_file_that_is_no_database) {
  const TemporaryFolder folder;
  const std::string file = folder.file("notes.txt");
  std::ofstream(file) << std::string(5000, 'x');
  const Error error = refusal(file);
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.primary, HasSubstr("no SQLite database"));
  EXPECT_EQ(std::filesystem::file_size(file), 5000U);
}

TEST(SqliteStore, reads_but_does_not_write_when_asked_to_only_read) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file);
  ASSERT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
  auto reader = open_sqlite(file, {.is_read_only = true}).value();
  EXPECT_THAT(read_all(*reader, table_of<City>()).value(), SizeIs(1));
  const auto refused = commit(*reader, write_of(WriteKind::create, city("la", "Los Angeles")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().primary, HasSubstr("read-only"));
  const Table* const tables[] = {&table_of<City>(), &table_of<Counter>()};
  EXPECT_TRUE(reader->prepare(tables)) << "all of it is there";
  FeedLog log;
  const auto feed = reader->follow({.tables = {&table_of<City>()}}, log.receiver());
  ASSERT_TRUE(feed);
  const auto position = commit(*store, write_of(WriteKind::create, city("la", "Los Angeles")));
  EXPECT_TRUE(log.wait_for(position.value()));
}

// --- Tables. ---

TEST(SqliteStore, refuses_a_table_that_others_made) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_sqlite(file).value();
  ASSERT_TRUE(run_shell(file, "CREATE TABLE City (name TEXT); CREATE VIEW counter AS SELECT 1;").second);
  for (const Table* const table : {&table_of<City>(), &table_of<Counter>()}) {
    const Table* const tables[] = {table};
    const auto prepared = store->prepare(tables);
    ASSERT_FALSE(prepared);
    EXPECT_EQ(prepared.error().code, ErrorCode::refused);
    EXPECT_THAT(prepared.error().primary, HasSubstr(table->name));
  }
}

TEST(SqliteStore, refuses_a_column_that_others_made) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file);
  ASSERT_TRUE(run_shell(file, "ALTER TABLE City ADD COLUMN motto TEXT;").second);
  Table newer = table_of<City>();
  newer.columns.push_back({.name = "motto", .kind = ColumnKind::text, .is_nullable = true});
  const Table* const tables[] = {&newer};
  const auto prepared = store->prepare(tables);
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().primary, HasSubstr("City.motto"));
}

TEST(SqliteStore, is_not_put_out_by_columns_and_tables_of_others) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file);
  ASSERT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
  ASSERT_TRUE(run_shell(file, "ALTER TABLE City ADD COLUMN motto TEXT; CREATE TABLE mine (x);").second);
  Table newer = table_of<City>();
  newer.columns.push_back({.name = "river", .kind = ColumnKind::text, .is_nullable = true});
  const Table* const tables[] = {&newer};
  ASSERT_TRUE(store->prepare(tables));
  ASSERT_TRUE(run_shell(file, "ALTER TABLE City DROP COLUMN motto;").second) << "the log keeps its places";
  FeedLog log;
  const auto feed = store->follow({.tables = {&newer}}, log.receiver());
  const auto shell = run_shell(file, "UPDATE City SET river = 'none' WHERE _id = 'sf';");
  ASSERT_TRUE(shell.second) << shell.first;
  ASSERT_TRUE(wait_for_changes(log, 1));
  EXPECT_EQ(log.changes().front().after->cells.back(), Cell(std::string("none")));
}

TEST(SqliteStore, refuses_to_prepare_from_its_own_thread) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  Result<void> prepared;
  const Table* const tables[] = {&table_of<City>()};
  ASSERT_TRUE(commit(*store, [&](BackendTransaction&) -> Result<void> {
    prepared = store->prepare(tables);
    return {};
  }));
  ASSERT_FALSE(prepared);
  EXPECT_EQ(prepared.error().code, ErrorCode::internal);
}

// --- Many at once. ---

TEST(SqliteStore, shares_commits_among_those_that_wait) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  constexpr int kCount = 500;
  std::atomic<int> done{0};
  std::promise<void> all;
  for (int i = 0; i < kCount; ++i) {
    store->write(
        [i](BackendTransaction& transaction) -> Result<void> {
          auto written = transaction.write(write_of(WriteKind::create, Counter{.id = i, .count = i}));
          if (!written) return fail(std::move(written.error()));
          if (i % 10 == 3) return fail(ErrorCode::refused, "not this one");
          return {};
        },
        [&, i](Result<Position> end) {
          EXPECT_EQ(end.has_value(), i % 10 != 3);
          if (++done == kCount) all.set_value();
        });
  }
  all.get_future().get();
  const auto rows = read_all(*store, table_of<Counter>()).value();
  EXPECT_THAT(rows, SizeIs(kCount * 9 / 10)) << "those that failed left nothing";
  for (const Row& row : rows) EXPECT_NE(std::get<std::int64_t>(row.cells.at(0)) % 10, 3);
}

TEST(SqliteStore, answers_what_waits_when_it_is_closed) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  HeldWriter held(*store);
  std::atomic<int> refused{0};
  for (int i = 0; i < 10; ++i) {
    store->write([](BackendTransaction&) -> Result<void> { return {}; },
                 [&](const Result<Position>& end) {
                   if (!end && end.error().code == ErrorCode::unavailable) ++refused;
                 });
  }
  std::thread closing([&] { store.reset(); });
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  held.let_go();
  closing.join();
  EXPECT_EQ(refused, 10);
}

TEST(SqliteStore, refuses_more_than_may_wait) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"), {.limits = {.waiting_max = 3}});
  HeldWriter held(*store);
  std::atomic<int> refused{0};
  std::atomic<int> answered{0};
  for (int i = 0; i < 5; ++i) {
    store->write([](BackendTransaction&) -> Result<void> { return {}; },
                 [&](const Result<Position>& end) {
                   if (!end && end.error().code == ErrorCode::limit_exceeded) ++refused;
                   ++answered;
                 });
  }
  EXPECT_EQ(refused, 2);
  held.let_go();
  while (answered < 5) std::this_thread::yield();
  EXPECT_TRUE(commit(*store, [](BackendTransaction&) -> Result<void> { return {}; }));
}

TEST(SqliteStore, reads_one_state_while_others_write) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"));
  ASSERT_TRUE(commit(*store, write_of(WriteKind::create, Counter{.id = 1, .count = 1})));
  std::vector<Row> before;
  std::vector<Row> after;
  std::promise<void> read;
  const auto count = [](BackendTransaction& transaction) {
    return transaction.query({.table = &table_of<Counter>()}).value();
  };
  store->read(
      [&](BackendTransaction& transaction) -> Result<void> {
        before = count(transaction);
        EXPECT_TRUE(commit(*store, write_of(WriteKind::set, Counter{.id = 1, .count = 2})));
        after = count(transaction);
        return {};
      },
      [&](const Result<Position>&) { read.set_value(); });
  read.get_future().get();
  ASSERT_THAT(after, SizeIs(1));
  EXPECT_EQ(before.at(0).cells, after.at(0).cells);
  EXPECT_EQ(read_all(*store, table_of<Counter>()).value().at(0).cells.at(0), Cell(std::int64_t{2}));
}

}  // namespace
}  // namespace freshet::store
