// SPDX-License-Identifier: MIT
// Disks that are full, read-only or gone, files that are damaged or locked: clear errors, and it works again.
#include <atomic>
#include <filesystem>
#include <fstream>
#include <future>
#include <sqlite3.h>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/sqlite/testing/held_writer.hpp"
#include "freshet/store/sqlite/testing/sqlite_site.hpp"

namespace freshet::store {
namespace {

using ::testing::AnyOf;
using testing::city;
using testing::City;
using testing::commit;
using testing::Counter;
using testing::FeedLog;
using ::testing::HasSubstr;
using testing::HeldWriter;
using ::testing::IsEmpty;
using testing::open_prepared;
using testing::read_all;
using ::testing::SizeIs;
using testing::SmallDisk;
using testing::TemporaryFolder;
using testing::write_of;

City large_city(int id, std::size_t bytes) {
  City made = city("city" + std::to_string(id), "x");
  made.notes = std::string(bytes, 'x');
  return made;
}

/// Writes large documents until one is refused. Returns how many there are, and the refusal.
std::pair<int, Error> write_until_refused(Backend& store) {
  for (int i = 0; i < 1000; ++i) {
    const auto written = commit(store, write_of(WriteKind::set, large_city(i, 20'000)));
    if (!written) return {i, written.error()};
  }
  return {1000, {}};
}

TEST(SqliteFaults, says_that_the_disk_is_full_and_writes_again_when_there_is_room) {
  auto disk = SmallDisk::make(mib(2));
  if (disk == nullptr) GTEST_SKIP() << "only root may make a small disk";
  auto store = open_prepared(disk->file("store.db"));
  ASSERT_NE(store, nullptr);
  FeedLog log;
  const auto feed = store->follow({.tables = {&table_of<City>()}}, log.receiver());
  ASSERT_TRUE(feed);
  const std::string ballast = disk->file("ballast");
  std::ofstream(ballast) << std::string(600'000, 'x');
  const auto [count, error] = write_until_refused(*store);
  EXPECT_EQ(error.code, ErrorCode::unavailable) << to_string(error);
  EXPECT_THAT(error.primary, AnyOf(HasSubstr("disk"), HasSubstr("full")));
  EXPECT_THAT(read_all(*store, table_of<City>()).value(), SizeIs(count)) << "whole, and still to be read";
  std::filesystem::remove(ballast);
  const auto written = commit(*store, write_of(WriteKind::set, city("sf", "San Francisco")));
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_TRUE(log.wait_for(*written));
  EXPECT_THAT(log.copy(), SizeIs(count + 1));
  EXPECT_THAT(log.faults(), IsEmpty());
}

TEST(SqliteFaults, keeps_to_the_size_that_a_file_may_have) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file, {.file_bytes_max = mib(1)});
  const auto [count, error] = write_until_refused(*store);
  EXPECT_EQ(error.code, ErrorCode::unavailable);
  EXPECT_THAT(error.primary, HasSubstr("full"));
  EXPECT_GT(count, 2);
  EXPECT_THAT(read_all(*store, table_of<City>()).value(), SizeIs(count));
  EXPECT_LE(std::filesystem::file_size(file), mib(1));
}

TEST(SqliteFaults, fails_only_the_transaction_that_does_not_fit) {
  const TemporaryFolder folder;
  auto store = open_prepared(folder.file("store.db"), {.file_bytes_max = mib(1)});
  HeldWriter held(*store);
  std::atomic<int> failed{0};
  std::atomic<int> answered{0};
  for (int i = 0; i < 9; ++i) {
    const std::size_t bytes = i == 4 ? mib(2) : 100;
    store->write(
        [i, bytes](BackendTransaction& transaction) -> Result<void> {
          auto written = transaction.write(write_of(WriteKind::create, large_city(i, bytes)));
          if (!written) return fail(std::move(written.error()));
          return {};
        },
        [&, i](const Result<Position>& end) {
          EXPECT_EQ(end.has_value(), i != 4);
          if (!end) ++failed;
          ++answered;
        });
  }
  held.let_go();
  EXPECT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
  EXPECT_EQ(answered, 9);
  EXPECT_EQ(failed, 1);
  EXPECT_THAT(read_all(*store, table_of<City>()).value(), SizeIs(9));
}

TEST(SqliteFaults, says_that_the_disk_is_read_only_and_writes_again_when_it_is_not) {
  auto disk = SmallDisk::make(mib(8));
  if (disk == nullptr) GTEST_SKIP() << "only root may make a small disk";
  open_prepared(disk->file("store.db")).reset();
  ASSERT_TRUE(disk->set_read_only(true));
  const auto refused = open_sqlite(disk->file("store.db"));
  if (refused) {
    const auto written = commit(**refused, write_of(WriteKind::create, city("sf", "San Francisco")));
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().code, ErrorCode::unavailable);
  } else {
    EXPECT_EQ(refused.error().code, ErrorCode::unavailable) << to_string(refused.error());
  }
  ASSERT_TRUE(disk->set_read_only(false));
  auto store = open_prepared(disk->file("store.db"));
  EXPECT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
}

TEST(SqliteFaults, notices_that_the_folder_was_deleted_and_works_again_when_the_file_is_back) {
  const TemporaryFolder folder;
  const std::string home = folder.file("data");
  const std::string away = folder.file("away");
  std::filesystem::create_directory(home);
  auto store = open_prepared(home + "/store.db", {.poll_interval = std::chrono::milliseconds(10)});
  FeedLog log;
  const auto feed = store->follow({.tables = {&table_of<City>()}}, log.receiver());
  ASSERT_TRUE(log.wait_for(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))).value()));
  std::filesystem::rename(home, away);
  const auto lost = commit(*store, write_of(WriteKind::create, city("la", "Los Angeles")));
  ASSERT_FALSE(lost) << "it would go into a file that nobody finds";
  EXPECT_EQ(lost.error().code, ErrorCode::unavailable);
  EXPECT_FALSE(read_all(*store, table_of<City>()));
  EXPECT_FALSE(std::filesystem::exists(home)) << "nothing is made in its place";
  std::filesystem::rename(away, home);
  const auto written = commit(*store, write_of(WriteKind::create, city("la", "Los Angeles")));
  ASSERT_TRUE(written) << to_string(written.error());
  EXPECT_THAT(read_all(*store, table_of<City>()).value(), SizeIs(2));
  EXPECT_TRUE(log.wait_for(*written));
  EXPECT_THAT(log.faults(), IsEmpty());
}

TEST(SqliteFaults, tells_feeds_that_another_database_lies_in_its_place) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  const std::string other = folder.file("other.db");
  {
    auto second = open_prepared(other);
    ASSERT_TRUE(commit(*second, write_of(WriteKind::create, city("la", "Los Angeles"))));
  }
  auto store = open_prepared(file, {.poll_interval = std::chrono::milliseconds(10)});
  ASSERT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
  FeedLog log;
  const auto feed = store->follow({.tables = {&table_of<City>()}}, log.receiver());
  ASSERT_TRUE(log.wait_until([](const auto& batches) { return batches.size() >= 2; }));
  for (const char* const tail : {"", "-wal", "-shm"}) std::filesystem::remove(file + tail);
  std::filesystem::rename(other, file);
  ASSERT_TRUE(log.wait_until([](const auto& batches) {
    return std::any_of(batches.begin(), batches.end(), [](const Batch& b) { return b.kind == Batch::Kind::reset; }) &&
           batches.back().kind == Batch::Kind::snapshot_end;
  }));
  ASSERT_THAT(log.copy(), SizeIs(1));
  EXPECT_EQ(log.copy().begin()->first.second.id, "la");
  EXPECT_TRUE(commit(*store, write_of(WriteKind::create, city("ny", "New York"))));
}

TEST(SqliteFaults, says_that_the_file_is_damaged) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  {
    auto store = open_prepared(file);
    for (int i = 0; i < 50; ++i) ASSERT_TRUE(commit(*store, write_of(WriteKind::create, large_city(i, 2000))));
  }
  {
    std::fstream damage(file, std::ios::in | std::ios::out | std::ios::binary);
    const auto size = std::filesystem::file_size(file);
    for (std::uintmax_t at = 4096U * 12; at + 4096 < size; at += 4096) {
      damage.seekp(static_cast<std::streamoff>(at));
      damage << std::string(4096, '\xA5');
    }
  }
  const auto store = open_sqlite(file);
  if (!store) {
    EXPECT_EQ(store.error().code, ErrorCode::unavailable);
    return;
  }
  const Table* const tables[] = {&table_of<City>()};
  const auto prepared = (*store)->prepare(tables);
  const auto rows = read_all(**store, table_of<City>());
  ASSERT_FALSE(rows);
  EXPECT_EQ(rows.error().code, ErrorCode::unavailable) << to_string(rows.error());
  EXPECT_THAT(rows.error().primary, HasSubstr("damaged"));
  EXPECT_THAT(rows.error().hint, HasSubstr("backup"));
}

TEST(SqliteFaults, waits_for_other_processes_but_not_for_ever) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file, {.busy_timeout = std::chrono::milliseconds(100)});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto begun = std::chrono::steady_clock::now();
  const auto locked = commit(*store, write_of(WriteKind::create, city("sf", "San Francisco")));
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, ErrorCode::unavailable);
  EXPECT_THAT(locked.error().primary, HasSubstr("locked by another process"));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(100));
  EXPECT_TRUE(read_all(*store, table_of<City>())) << "readers do not mind";
  ASSERT_EQ(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  EXPECT_TRUE(commit(*store, write_of(WriteKind::create, city("sf", "San Francisco"))));
}

TEST(SqliteFaults, closes_at_once_while_another_process_holds_the_lock) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  auto store = open_prepared(file, {.busy_timeout = std::chrono::seconds(60)});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  std::promise<Result<Position>> end;
  store->write([](BackendTransaction&) -> Result<void> { return {}; },
               [&](Result<Position> result) { end.set_value(std::move(result)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const auto begun = std::chrono::steady_clock::now();
  store.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(10));
  EXPECT_FALSE(end.get_future().get());
  sqlite3_close(other);
}

}  // namespace
}  // namespace freshet::store
