// SPDX-License-Identifier: MIT
#include <atomic>
#include <mutex>
#include <thread>

#include <gmock/gmock.h>

#include "freshet/store/testing/conformance.hpp"

namespace freshet::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Kind = Batch::Kind;

const Table& cities() { return table_of<City>(); }
const Table& counters() { return table_of<Counter>(); }

bool has_snapshot(const std::vector<Batch>& batches) {
  return !batches.empty() && batches.back().kind == Kind::snapshot_end;
}

bool has_any(const std::vector<Batch>& batches) { return !batches.empty(); }

std::vector<Kind> kinds(const std::vector<Batch>& batches) {
  std::vector<Kind> result;
  for (const Batch& batch : batches) result.push_back(batch.kind);
  return result;
}

std::vector<std::string> told(const std::vector<Change>& changes) {
  std::vector<std::string> result;
  for (const Change& change : changes) {
    const char* const what[] = {"create ", "update ", "remove "};
    result.push_back(what[static_cast<std::size_t>(change.kind)] + change.key.id);
  }
  return result;
}

TEST_P(StoreConformance, feeds_what_is_there_and_then_what_changes) {
  create(city("SF", "San Francisco"));
  create(Counter{.id = 1});
  FeedLog log;
  const auto feed = follow(log, {});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  EXPECT_THAT(told(log.changes(Kind::snapshot)), ::testing::UnorderedElementsAre("create SF", "create 1"));
  set(city("SF", "Frisco"));
  write(write_of(WriteKind::remove, Counter{.id = 1}));
  create(city("LA", "Los Angeles"), "users/a");
  ASSERT_TRUE(log.wait_for(commit_one(write_of(WriteKind::set, Counter{.id = 9, .count = 9}))));
  EXPECT_THAT(told(log.changes()), ElementsAre("update SF", "remove 1", "create LA", "create 9"));
  EXPECT_THAT(log.faults(), IsEmpty());
}

TEST_P(StoreConformance, tells_documents_before_and_after) {
  FeedLog log;
  const auto feed = follow(log, {});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  City object = city("SF", "San Francisco");
  object.regions = {"west"};
  object.mayor = Mayor{.name = "M"};
  const Row first = *create(object);
  object.state = "CA";
  const Row second = *set(object);
  ASSERT_TRUE(log.wait_for(commit_one(write_of(WriteKind::remove, object))));
  const auto changes = log.changes();
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_FALSE(changes[0].before.has_value());
  EXPECT_TRUE(same(*changes[0].after, first));
  EXPECT_TRUE(same(*changes[1].before, first));
  EXPECT_TRUE(same(*changes[1].after, second));
  EXPECT_TRUE(same(*changes[2].before, second));
  EXPECT_FALSE(changes[2].after.has_value());
  EXPECT_EQ(changes[1].table, &cities());
}

TEST_P(StoreConformance, ends_the_snapshot_of_an_empty_store) {
  FeedLog log;
  const auto feed = follow(log, {});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  EXPECT_EQ(log.batches().size(), 1U);
  EXPECT_FALSE(log.position().text.empty());
}

TEST_P(StoreConformance, feeds_a_snapshot_in_bounded_batches) {
  for (int i = 0; i < 50; ++i) create(Counter{.id = i});
  for (int i = 0; i < 20; ++i) create(city(std::to_string(i), "x"));
  FeedLog log;
  const auto feed = follow(log, {.snapshot_rows = 7});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  for (const Batch& batch : log.batches()) {
    EXPECT_LE(batch.changes.size(), 7U);
    EXPECT_EQ(batch.position.text.empty(), batch.kind == Kind::snapshot);
  }
  EXPECT_EQ(log.copy().size(), 70U);
  EXPECT_THAT(log.faults(), IsEmpty());
}

// Each transaction adds the same to two counters: at the end of each batch they are equal, or a transaction was split.
void expect_whole_transactions(const FeedLog::Copy& copy) {
  const auto count = [&](const char* id) {
    const auto found = copy.find({"Counter", Key{.id = id}});
    return found == copy.end() ? 0 : object_of<Counter>(found->second).count;
  };
  EXPECT_EQ(count("1"), count("2"));
}

Result<void> add_to_both(BackendTransaction& transaction, const std::string& note) {
  const std::vector<Key> keys = {{.id = "1"}, {.id = "2"}};
  auto rows = transaction.get_many(counters(), keys);
  if (!rows) return fail(std::move(rows.error()));
  for (std::int64_t id : {1, 2}) {
    const auto& row = (*rows)[static_cast<std::size_t>(id - 1)];
    const std::int64_t count = row ? object_of<Counter>(*row).count : 0;
    auto ok = transaction.write(write_of(WriteKind::set, Counter{.id = id, .count = count + 1}));
    if (!ok) return fail(std::move(ok.error()));
  }
  auto ok = transaction.write(write_of(WriteKind::set, city(note, note)));
  if (!ok) return fail(std::move(ok.error()));
  return {};
}

TEST_P(StoreConformance, feeds_without_gap_or_overlap_while_others_write) {
  constexpr int kWriters = 2;
  constexpr int kRounds = 60;
  for (int i = 0; i < 200; ++i) create(city("old " + std::to_string(i), "x"));
  std::vector<std::thread> writers;
  std::mutex mutex;
  Position last;
  std::atomic<int> done = 0;
  for (int writer = 0; writer < kWriters; ++writer) {
    writers.emplace_back([&, writer] {
      for (int round = 0; round < kRounds; ++round) {
        const std::string note = std::to_string(writer) + "-" + std::to_string(round % 20);
        const auto end = commit([&](BackendTransaction& transaction) { return add_to_both(transaction, note); });
        EXPECT_TRUE(end.has_value()) << to_string(end.error());
        const std::lock_guard lock(mutex);
        if (end && !reached(last, *end)) last = *end;
        ++done;
      }
    });
  }
  std::vector<std::unique_ptr<FeedLog>> logs;
  std::vector<std::unique_ptr<Feed>> feeds;
  for (std::size_t i = 0; i < 3; ++i) {
    while (done < static_cast<int>(i) * 30) std::this_thread::yield();
    logs.push_back(std::make_unique<FeedLog>());
    logs.back()->check_each(expect_whole_transactions);
    feeds.push_back(follow(*logs.back(), {.snapshot_rows = 20, .commit_changes = 1 + i * 10}));
  }
  for (std::thread& writer : writers) writer.join();
  std::map<std::pair<std::string, Key>, Row> stored;
  for (const Table* table : {&cities(), &counters()}) {
    for (auto& [key, row] : all(*table)) stored.emplace(std::pair(table->name, key), row);
  }
  for (const auto& log : logs) {
    ASSERT_TRUE(log->wait_for(last));
    EXPECT_THAT(log->faults(), IsEmpty());
    const auto copy = log->copy();
    ASSERT_EQ(copy.size(), stored.size());
    for (const auto& [place, row] : copy) EXPECT_TRUE(same(row, stored.at(place))) << place.second.id;
  }
}

TEST_P(StoreConformance, tells_of_nothing_that_did_not_happen) {
  create(city("SF", "San Francisco"));
  FeedLog log;
  const auto feed = follow(log, {});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  set(city("SF", "San Francisco"));
  write(write_of(WriteKind::remove, city("none", "")));
  (void)commit([](BackendTransaction& transaction) -> Result<void> {
    (void)transaction.write(write_of(WriteKind::create, city("LA", "Los Angeles")));
    return fail(ErrorCode::refused, "no");
  });
  ASSERT_TRUE(log.wait_for(commit_one(write_of(WriteKind::create, city("end", "end")))));
  EXPECT_THAT(told(log.changes()), ElementsAre("create end"));
}

TEST_P(StoreConformance, resumes_at_each_position_it_gave) {
  FeedLog whole;
  auto feed = follow(whole, {.commit_changes = 1});
  ASSERT_TRUE(whole.wait_until(has_snapshot));
  std::vector<Position> ends;
  for (int i = 0; i < 6; ++i) {
    ends.push_back(
        commit([&](BackendTransaction& transaction) { return add_to_both(transaction, std::to_string(i)); }).value());
  }
  ASSERT_TRUE(whole.wait_for(ends.back()));
  feed.reset();
  int resumptions = 0;
  for (const Batch& batch : whole.batches()) {
    const std::string note = "later " + std::to_string(++resumptions);
    FeedLog rest;
    const auto resumed = follow(rest, {.after = batch.position});
    const Position end =
        commit([&](BackendTransaction& transaction) { return add_to_both(transaction, note); }).value();
    ASSERT_TRUE(rest.wait_for(end));
    ASSERT_FALSE(rest.batches().empty());
    EXPECT_THAT(kinds(rest.batches()), ::testing::Each(Kind::commit)) << "no snapshot after " << batch.position.text;
    const auto stored = all(counters());
    const Change last = rest.changes().back();
    EXPECT_EQ(last.key.id, note);
    std::int64_t first_count = 0;
    for (const Change& change : rest.changes()) {
      if (change.key.id == "1" && first_count == 0) first_count = object_of<Counter>(*change.after).count;
    }
    const auto copy = rest.copy();
    EXPECT_TRUE(same(copy.at({"Counter", Key{.id = "1"}}), stored.at(Key{.id = "1"})));
    const bool has_commit = batch.kind == Kind::commit;
    const std::int64_t before = has_commit ? object_of<Counter>(*batch.changes.front().after).count : 0;
    EXPECT_EQ(first_count, before + 1) << "goes on with exactly the next transaction";
  }
}

TEST_P(StoreConformance, resumes_after_it_was_closed) {
  if (!site().is_durable()) GTEST_SKIP() << "nothing is durable here";
  FeedLog first;
  auto feed = follow(first, {});
  ASSERT_TRUE(first.wait_for(commit_one(write_of(WriteKind::create, city("SF", "San Francisco")))));
  feed.reset();
  const Position position = first.position();
  set(city("SF", "Frisco"));
  reopen();
  FeedLog second;
  const auto resumed = follow(second, {.after = position});
  create(city("LA", "Los Angeles"));
  ASSERT_TRUE(second.wait_until(
      [&](const auto& batches) { return !batches.empty() && batches.back().changes.back().key.id == "LA"; }));
  EXPECT_THAT(told(second.changes()), ElementsAre("update SF", "create LA"));
}

TEST_P(StoreConformance, begins_now_where_it_is_asked_to) {
  create(city("SF", "San Francisco"));
  FeedLog log;
  const auto feed = follow(log, {.after = Position::now()});
  set(city("SF", "Frisco"));
  ASSERT_TRUE(log.wait_until(has_any));
  EXPECT_THAT(kinds(log.batches()), ElementsAre(Kind::commit));
  EXPECT_THAT(told(log.changes()), ElementsAre("update SF"));
}

TEST_P(StoreConformance, resets_where_the_history_is_another) {
  create(city("SF", "San Francisco"));
  for (const Position& position : {Position::make("elsewhere", 1), Position{"no position"}}) {
    FeedLog log;
    const auto feed = follow(log, {.after = position});
    ASSERT_TRUE(log.wait_until(has_snapshot)) << position.text;
    EXPECT_THAT(kinds(log.batches()), ElementsAre(Kind::reset, Kind::snapshot, Kind::snapshot_end));
    set(city("SF", position.text));
    ASSERT_TRUE(log.wait_until([](const auto& batches) { return batches.back().kind == Kind::commit; }));
    EXPECT_THAT(told(log.changes()), ElementsAre("update SF"));
    EXPECT_THAT(log.faults(), IsEmpty());
  }
}

TEST_P(StoreConformance, follows_only_the_tables_it_is_asked_for) {
  create(city("SF", "San Francisco"));
  FeedLog log;
  const auto feed = follow(log, {.tables = {&counters()}});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  set(city("SF", "Frisco"));
  const auto end = commit([](BackendTransaction& transaction) { return add_to_both(transaction, "x"); });
  ASSERT_TRUE(log.wait_for(end.value()));
  EXPECT_THAT(told(log.changes()), ElementsAre("create 1", "create 2"));
}

TEST_P(StoreConformance, moves_on_by_empty_batches_over_what_it_is_not_asked_for) {
  FeedLog log;
  auto feed = follow(log, {.tables = {&counters()}});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  for (int i = 0; i < 5; ++i) {
    const Position end = commit_one(write_of(WriteKind::set, city("SF", std::to_string(i))));
    ASSERT_TRUE(log.wait_for(end)) << "who wrote may wait for it in any feed";
  }
  EXPECT_THAT(log.changes(), IsEmpty());
  const Position skipped = log.position();
  for (const Batch& batch : log.batches()) EXPECT_FALSE(batch.position.text.empty());
  feed.reset();
  set(Counter{.id = 1});
  FeedLog rest;
  const auto resumed = follow(rest, {.tables = {&counters()}, .after = skipped});
  ASSERT_TRUE(rest.wait_for(commit_one(write_of(WriteKind::set, Counter{.id = 2}))));
  EXPECT_THAT(told(rest.changes()), ElementsAre("create 1", "create 2")) << "it is a position like any other";
}

TEST_P(StoreConformance, says_where_to_wait_also_for_what_changed_nothing) {
  create(city("SF", "San Francisco"));
  FeedLog log;
  const auto feed = follow(log, {});
  ASSERT_TRUE(log.wait_until(has_snapshot));
  const Position same = commit_one(write_of(WriteKind::set, city("SF", "San Francisco")));
  const Position none = commit([](BackendTransaction&) -> Result<void> { return {}; }).value();
  EXPECT_TRUE(log.wait_for(same));
  EXPECT_TRUE(log.wait_for(none));
  EXPECT_THAT(log.changes(), IsEmpty());
}

TEST_P(StoreConformance, gives_positions_that_a_writer_can_wait_for) {
  FeedLog log;
  const auto feed = follow(log, {});
  Position last;
  for (int i = 0; i < 10; ++i) {
    const Position end = commit([&](BackendTransaction& transaction) {
                           return add_to_both(transaction, "x" + std::to_string(i));
                         }).value();
    EXPECT_TRUE(reached(end, last));
    last = end;
    ASSERT_TRUE(log.wait_for(end));
    EXPECT_EQ(log.copy().count({"City", Key{.id = "x" + std::to_string(i)}}), 1U);
  }
  for (const Batch& batch : log.batches()) {
    if (batch.kind == Kind::commit) {
      EXPECT_GT(batch.committed_at, Timestamp());
    }
  }
}

TEST_P(StoreConformance, ends_a_feed_whose_receiver_fails_and_no_other) {
  FeedLog log;
  const auto feed = follow(log, {});
  std::atomic<int> calls = 0;
  FeedReceiver failing;
  failing.on_batch = [&](const Batch&) -> Result<void> {
    ++calls;
    return fail(ErrorCode::refused, "enough");
  };
  failing.on_trouble = [](const Error&) {};
  const auto failed = backend().follow({.tables = {&cities()}}, failing);
  FeedReceiver throwing = failing;
  throwing.on_batch = [&](const Batch&) -> Result<void> { throw Failure({.primary = "thrown"}); };
  const auto thrown = backend().follow({.tables = {&cities()}}, throwing);
  for (int i = 0; i < 3000 && calls == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  const auto end = commit([](BackendTransaction& transaction) { return add_to_both(transaction, "x"); });
  ASSERT_TRUE(log.wait_for(end.value()));
  EXPECT_EQ(calls, 1);
}

TEST_P(StoreConformance, is_not_held_up_by_a_slow_reader_of_a_feed) {
  std::mutex gate;
  gate.lock();
  std::atomic<bool> is_open = false;
  FeedLog log;
  FeedReceiver slow = log.receiver();
  const auto take = slow.on_batch;
  slow.on_batch = [&, take](Batch batch) {
    while (!is_open) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    return take(std::move(batch));
  };
  const auto feed = backend().follow({.tables = {&cities(), &counters()}}, slow);
  ASSERT_TRUE(feed.has_value());
  Position last;
  for (int i = 0; i < 30; ++i) {
    last = commit([&](BackendTransaction& transaction) { return add_to_both(transaction, "x"); }).value();
  }
  is_open = true;
  gate.unlock();
  ASSERT_TRUE(log.wait_for(last));
  EXPECT_THAT(log.faults(), IsEmpty());
  EXPECT_EQ(object_of<Counter>(log.copy().at({"Counter", Key{.id = "1"}})).count, 30);
}

TEST_P(StoreConformance, lets_the_receiver_of_a_feed_use_the_store) {
  std::atomic<int> answered = 0;
  FeedReceiver answering;
  answering.on_batch = [&](const Batch& batch) -> Result<void> {
    for (const Change& change : batch.changes) {
      if (change.table != &cities() || change.kind != ChangeKind::create) continue;
      set(Counter{.id = 7, .count = ++answered});
    }
    return {};
  };
  answering.on_trouble = [](const Error&) {};
  const auto feed = backend().follow({.tables = {&cities()}}, answering);
  ASSERT_TRUE(feed.has_value());
  for (int i = 0; i < 5; ++i) create(city(std::to_string(i), "x"));
  const auto count = [&] {
    const auto row = get(counters(), {.id = "7"});
    return row ? object_of<Counter>(*row).count : 0;
  };
  for (int i = 0; i < 3000 && count() < 5; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(count(), 5);
}

TEST_P(StoreConformance, stops_a_feed_at_once) {
  for (int i = 0; i < 100; ++i) create(Counter{.id = i});
  for (int i = 0; i < 20; ++i) {
    FeedLog log;
    auto feed = follow(log, {.snapshot_rows = 5});
    if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(i));
    feed.reset();
    const std::size_t count = log.batches().size();
    set(Counter{.id = 1, .count = i});
    EXPECT_EQ(log.batches().size(), count);
    EXPECT_THAT(log.faults(), IsEmpty());
  }
}

}  // namespace
}  // namespace freshet::store::testing
