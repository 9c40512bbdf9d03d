// SPDX-License-Identifier: MIT
#include "freshet/store/memory/memory_store.hpp"

#include <future>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/testing/conformance.hpp"

namespace freshet::store {
namespace {

using testing::City;
using testing::city;
using ::testing::ElementsAre;
using testing::FeedLog;
using ::testing::IsEmpty;
using testing::StoreConformance;
using testing::write_of;

class MemorySite final : public testing::Site {
 public:
  std::unique_ptr<Backend> open(const Limits& limits) override { return open_memory({.limits = limits}); }
  bool is_durable() const override { return false; }
};

INSTANTIATE_TEST_SUITE_P(Memory, StoreConformance,
                         ::testing::Values(testing::Conformer{"memory",
                                                              [] { return std::make_unique<MemorySite>(); }}));
using Kind = Batch::Kind;

Position commit(Backend& backend, const Write& write) {
  std::promise<Result<Position>> promise;
  backend.write(
      [&](BackendTransaction& transaction) -> Result<void> {
        auto written = transaction.write(write);
        if (!written) return fail(std::move(written.error()));
        return {};
      },
      [&](Result<Position> end) { promise.set_value(std::move(end)); });
  return promise.get_future().get().value();
}

Revision revision_after(Backend& backend, const Write& write) {
  Revision revision = 0;
  std::promise<void> promise;
  backend.write(
      [&](BackendTransaction& transaction) -> Result<void> {
        revision = transaction.write(write).value()->revision;
        return {};
      },
      [&](const Result<Position>&) { promise.set_value(); });
  promise.get_future().get();
  return revision;
}

std::unique_ptr<Backend> open_with_cities(const MemoryOptions& options) {
  auto backend = open_memory(options);
  const Table* const tables[] = {&table_of<City>()};
  EXPECT_TRUE(backend->prepare(tables).has_value());
  return backend;
}

Write numbered(int number) {
  return write_of(WriteKind::set, city("c" + std::to_string(number % 3), std::to_string(number)));
}

TEST(MemoryStore, resets_a_feed_whose_position_is_forgotten) {
  const auto backend = open_with_cities({.history_changes_max = 10});
  std::vector<Position> positions;
  for (int i = 0; i < 30; ++i) positions.push_back(commit(*backend, numbered(i)));
  FeedLog recent;
  const auto resumed = backend->follow({.tables = {&table_of<City>()}, .after = positions[19]}, recent.receiver());
  ASSERT_TRUE(recent.wait_for(positions.back()));
  EXPECT_EQ(recent.batches().front().kind, Kind::commit);
  EXPECT_EQ(recent.changes().size(), 10U);
  FeedLog old;
  const auto reset = backend->follow({.tables = {&table_of<City>()}, .after = positions[18]}, old.receiver());
  ASSERT_TRUE(old.wait_for(positions.back()));
  EXPECT_EQ(old.batches().front().kind, Kind::reset);
  EXPECT_EQ(old.copy().size(), 3U);
}

TEST(MemoryStore, resets_a_running_feed_that_falls_behind) {
  const auto backend = open_with_cities({.history_changes_max = 5});
  FeedLog log;
  FeedReceiver receiver = log.receiver();
  std::promise<void> first;
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  bool is_first = true;
  receiver.on_batch = [&, take = receiver.on_batch](Batch batch) {
    if (std::exchange(is_first, false)) first.set_value();
    may_go_on.wait();
    return take(std::move(batch));
  };
  const auto feed = backend->follow({.tables = {&table_of<City>()}}, receiver);
  first.get_future().wait();
  Position last;
  for (int i = 0; i < 20; ++i) last = commit(*backend, numbered(i));
  go_on.set_value();
  ASSERT_TRUE(log.wait_for(last));
  std::vector<Kind> kinds;
  for (const Batch& batch : log.batches()) kinds.push_back(batch.kind);
  EXPECT_THAT(kinds, ElementsAre(Kind::snapshot_end, Kind::reset, Kind::snapshot, Kind::snapshot_end));
  EXPECT_THAT(log.faults(), IsEmpty());
}

TEST(MemoryStore, forgets_history_by_its_bytes_as_well) {
  const auto backend = open_with_cities({.history_bytes_max = kib(64)});
  std::vector<Position> positions;
  for (int i = 0; i < 10; ++i) {
    positions.push_back(
        commit(*backend, write_of(WriteKind::set, city("x", std::string(kib(10), static_cast<char>('a' + i))))));
  }
  FeedLog log;
  const auto feed = backend->follow({.tables = {&table_of<City>()}, .after = positions.front()}, log.receiver());
  ASSERT_TRUE(log.wait_for(positions.back()));
  EXPECT_EQ(log.batches().front().kind, Kind::reset);
}

TEST(MemoryStore, begins_above_the_revisions_that_it_forgot) {
  const auto backend = open_with_cities({.removed_max = 2});
  for (int i = 0; i < 4; ++i) commit(*backend, write_of(WriteKind::set, city("often written", std::to_string(i))));
  commit(*backend, write_of(WriteKind::remove, city("often written", "")));
  EXPECT_EQ(revision_after(*backend, write_of(WriteKind::create, city("new", ""))), 1);
  for (int i = 0; i < 2; ++i) {
    commit(*backend, write_of(WriteKind::create, city(std::to_string(i), "")));
    commit(*backend, write_of(WriteKind::remove, city(std::to_string(i), "")));
  }
  EXPECT_EQ(revision_after(*backend, write_of(WriteKind::create, city("often written", ""))), 5);
}

TEST(MemoryStore, takes_its_times_from_the_clock_it_is_given) {
  SimulatedClock clock(Timestamp(std::chrono::seconds(1'000'000)));
  const auto backend = open_with_cities({.clock = &clock});
  FeedLog log;
  const auto feed = backend->follow({.tables = {&table_of<City>()}}, log.receiver());
  ASSERT_TRUE(log.wait_for(commit(*backend, numbered(1))));
  const Row row = log.copy().begin()->second;
  EXPECT_EQ(row.created_at, clock.now());
  EXPECT_EQ(log.batches().back().committed_at, clock.now());
}

TEST(MemoryStore, has_a_history_of_its_own) {
  const auto one = open_with_cities({});
  const auto other = open_with_cities({});
  EXPECT_FALSE(reached(commit(*one, numbered(1)), commit(*other, numbered(1))));
}

}  // namespace
}  // namespace freshet::store
