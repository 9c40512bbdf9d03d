// SPDX-License-Identifier: MIT
#include <atomic>
#include <future>
#include <stdexcept>
#include <thread>

#include <gmock/gmock.h>

#include "freshet/store/testing/conformance.hpp"

namespace freshet::store::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const Table& cities() { return table_of<City>(); }
const Table& counters() { return table_of<Counter>(); }

Result<Counter> get_counter(BackendTransaction& transaction, std::int64_t id) {
  const Key key{.id = std::to_string(id)};
  auto rows = transaction.get_many(counters(), {&key, 1});
  if (!rows) return fail(std::move(rows.error()));
  if (!rows->front()) return Counter{.id = id};
  return object_of<Counter>(*rows->front());
}

Result<void> put(BackendTransaction& transaction, const Counter& counter) {
  auto written = transaction.write(write_of(WriteKind::set, counter));
  if (!written) return fail(std::move(written.error()));
  return {};
}

Result<void> add(BackendTransaction& transaction, std::int64_t id, std::int64_t amount) {
  auto counter = get_counter(transaction, id);
  if (!counter) return fail(std::move(counter.error()));
  counter->count += amount;
  return put(transaction, *counter);
}

class Threads {
 public:
  template <class Fn> void start(Fn fn) { threads_.emplace_back(std::move(fn)); }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }
  ~Threads() { join(); }

 private:
  std::vector<std::thread> threads_;
};

TEST_P(StoreConformance, shows_a_transaction_its_own_writes) {
  create(city("LA", "Los Angeles"));
  const auto outcome = commit([&](BackendTransaction& transaction) -> Result<void> {
    if (auto ok = transaction.write(write_of(WriteKind::create, city("SF", "San Francisco"))); !ok)
      return fail(ok.error());
    if (auto ok = transaction.write(write_of(WriteKind::remove, city("LA", ""))); !ok) return fail(ok.error());
    const std::vector<Key> keys = {{.id = "LA"}, {.id = "SF"}};
    const auto found = transaction.get_many(cities(), keys);
    EXPECT_FALSE(found.value()[0].has_value());
    EXPECT_EQ(object_of<City>(*found.value()[1]).name, "San Francisco");
    EXPECT_THAT(ids(transaction.query({.table = &cities()}).value()), ElementsAre("SF"));
    const auto again = transaction.write(write_of(WriteKind::set, city("SF", "Frisco")));
    EXPECT_EQ(again.value()->revision, 2);
    return {};
  });
  ASSERT_TRUE(outcome.has_value()) << to_string(outcome.error());
  EXPECT_THAT(ids(query({.table = &cities()})), ElementsAre("SF"));
}

TEST_P(StoreConformance, leaves_no_trace_of_what_is_rolled_back) {
  const Row stored = *create(city("SF", "San Francisco"));
  const auto outcome = commit([&](BackendTransaction& transaction) -> Result<void> {
    (void)transaction.write(write_of(WriteKind::remove, city("SF", "")));
    (void)transaction.write(write_of(WriteKind::create, city("SF", "another")));
    (void)transaction.write(write_of(WriteKind::create, city("LA", "Los Angeles")));
    return fail(ErrorCode::refused, "changed my mind");
  });
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().primary, "changed my mind");
  EXPECT_EQ(all(cities()).size(), 1U);
  EXPECT_TRUE(same(all(cities()).begin()->second, stored));
  EXPECT_EQ(create(city("LA", "Los Angeles"))->revision, 1);
}

TEST_P(StoreConformance, rolls_back_where_the_body_throws) {
  const auto throwing = [&](auto exception) {
    return commit([&](BackendTransaction& transaction) -> Result<void> {
      (void)transaction.write(write_of(WriteKind::create, city("SF", "San Francisco")));
      throw exception;
    });
  };
  EXPECT_THAT(to_string(throwing(std::runtime_error("broken")).error()), HasSubstr("broken"));
  EXPECT_EQ(throwing(Failure({.code = ErrorCode::refused, .primary = "no"})).error().code, ErrorCode::refused);
  EXPECT_FALSE(throwing(7).has_value());
  EXPECT_TRUE(all(cities()).empty());
  EXPECT_TRUE(create(city("SF", "San Francisco")).has_value()) << "the store goes on";
}

TEST_P(StoreConformance, ends_a_transaction_with_the_first_write_that_fails) {
  create(city("SF", "San Francisco"));
  const auto outcome = commit([&](BackendTransaction& transaction) -> Result<void> {
    (void)transaction.write(write_of(WriteKind::create, city("LA", "Los Angeles")));
    const auto failed = transaction.write(write_of(WriteKind::create, city("SF", "again")));
    EXPECT_EQ(failed.error().code, ErrorCode::already_exists);
    EXPECT_FALSE(transaction.write(write_of(WriteKind::create, city("NY", "New York"))).has_value());
    return {};  // as if nothing had been
  });
  ASSERT_FALSE(outcome.has_value());
  EXPECT_EQ(outcome.error().code, ErrorCode::already_exists);
  EXPECT_THAT(ids(query({.table = &cities()})), ElementsAre("SF"));
}

TEST_P(StoreConformance, does_not_write_in_a_transaction_that_only_reads) {
  const auto outcome = read([&](BackendTransaction& transaction) -> Result<void> {
    auto written = transaction.write(write_of(WriteKind::create, city("SF", "San Francisco")));
    if (!written) return fail(std::move(written.error()));
    return {};
  });
  EXPECT_FALSE(outcome.has_value());
  EXPECT_TRUE(all(cities()).empty());
}

TEST_P(StoreConformance, loses_no_update) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 25;
  std::atomic<int> failures = 0;
  Threads threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.start([&] {
      for (int round = 0; round < kRounds; ++round) {
        const auto done = commit([](BackendTransaction& transaction) { return add(transaction, 1, 1); });
        if (!done) ++failures;
      }
    });
  }
  threads.join();
  EXPECT_EQ(failures, 0);
  const Row row = *get(counters(), {.id = "1"});
  EXPECT_EQ(object_of<Counter>(row).count, kThreads * kRounds);
  EXPECT_EQ(row.revision, kThreads * kRounds);
}

// Two doctors are on call, and each may leave while the other stays: a store that only looked at the rows that are
// written would let both go.
TEST_P(StoreConformance, skews_no_writes) {
  const auto leave = [](std::int64_t self) {
    return [self](BackendTransaction& transaction) -> Result<void> {
      std::int64_t on_call = 0;
      const auto rows = transaction.query({.table = &counters()});
      if (!rows) return fail(rows.error());
      for (const Row& row : *rows) on_call += object_of<Counter>(row).count;
      return on_call < 2 ? Result<void>() : put(transaction, {.id = self, .count = 0});
    };
  };
  for (int round = 0; round < 30; ++round) {
    set(Counter{.id = 1, .count = 1});
    set(Counter{.id = 2, .count = 1});
    Threads threads;
    for (const std::int64_t doctor : {1, 2}) {
      threads.start([&, doctor] { EXPECT_TRUE(commit(leave(doctor)).has_value()); });
    }
    threads.join();
    std::int64_t on_call = 0;
    for (const auto& [key, row] : all(counters())) on_call += object_of<Counter>(row).count;
    ASSERT_EQ(on_call, 1);
  }
}

// The same with rows that are not there yet: each inserts only if nobody else has.
TEST_P(StoreConformance, lets_no_row_appear_behind_a_query) {
  for (std::int64_t round = 0; round < 20; ++round) {
    Threads threads;
    for (const std::int64_t claimant : {1, 2, 3}) {
      threads.start([&, claimant] {
        const auto done = commit([&](BackendTransaction& transaction) -> Result<void> {
          Query taken{.table = &counters(), .conditions = {{0, Comparison::equal, {Cell(round)}}}};
          const auto rows = transaction.query(taken);
          if (!rows) return fail(rows.error());
          return rows->empty() ? put(transaction, {.id = round * 10 + claimant, .count = round}) : Result<void>();
        });
        EXPECT_TRUE(done.has_value()) << to_string(done.error());
      });
    }
    threads.join();
  }
  EXPECT_EQ(all(counters()).size(), 20U);
}

TEST_P(StoreConformance, shows_readers_one_state) {
  for (std::int64_t id = 0; id < 5; ++id) create(Counter{.id = id, .count = 100});
  std::atomic<bool> is_over = false;
  Threads writers;
  for (std::int64_t seed = 0; seed < 2; ++seed) {
    writers.start([&, seed] {
      for (std::int64_t i = seed; !is_over; ++i) {
        const auto moved = commit([&](BackendTransaction& transaction) -> Result<void> {
          if (auto ok = add(transaction, i % 5, -7); !ok) return ok;
          return add(transaction, (i + 2) % 5, 7);
        });
        EXPECT_TRUE(moved.has_value()) << to_string(moved.error());
      }
    });
  }
  for (int i = 0; i < 50; ++i) {
    std::int64_t one_by_one = 0;
    std::int64_t at_once = 0;
    const auto outcome = read([&](BackendTransaction& transaction) -> Result<void> {
      one_by_one = at_once = 0;
      for (std::int64_t id = 0; id < 5; ++id) {
        auto counter = get_counter(transaction, id);
        if (!counter) return fail(std::move(counter.error()));
        one_by_one += counter->count;
      }
      auto rows = transaction.query({.table = &counters()});
      if (!rows) return fail(std::move(rows.error()));
      for (const Row& row : *rows) at_once += object_of<Counter>(row).count;
      return {};
    });
    ASSERT_TRUE(outcome.has_value()) << to_string(outcome.error());
    EXPECT_EQ(one_by_one, 500);
    EXPECT_EQ(at_once, 500);
  }
  is_over = true;
}

TEST_P(StoreConformance, shows_readers_what_was_acknowledged) {
  for (std::int64_t i = 1; i <= 50; ++i) {
    set(Counter{.id = 1, .count = i});
    ASSERT_EQ(object_of<Counter>(*get(counters(), {.id = "1"})).count, i);
  }
}

TEST_P(StoreConformance, ends_every_transaction_that_is_queued) {
  constexpr int kCount = 500;
  std::atomic<int> ended = 0;
  std::promise<void> all_ended;
  std::atomic<int> failed = 0;
  for (int i = 0; i < kCount; ++i) {
    backend().write(
        [i](BackendTransaction& transaction) -> Result<void> {
          if (i % 10 == 3) return fail(ErrorCode::refused, "every tenth");
          return put(transaction, {.id = i, .count = 1});
        },
        [&](const Result<Position>& result) {
          if (!result) ++failed;
          if (++ended == kCount) all_ended.set_value();
        });
  }
  ASSERT_EQ(all_ended.get_future().wait_for(std::chrono::seconds(60)), std::future_status::ready);
  EXPECT_EQ(failed, kCount / 10);
  EXPECT_EQ(all(counters()).size(), kCount - kCount / 10);
}

TEST_P(StoreConformance, ends_every_transaction_when_it_is_closed) {
  constexpr int kCount = 300;
  const auto acknowledged = std::make_shared<std::atomic<int>>(0);
  const auto ended = std::make_shared<std::atomic<int>>(0);
  for (int i = 0; i < kCount; ++i) {
    backend().write([i](BackendTransaction& transaction) { return put(transaction, {.id = i, .count = 1}); },
                    [acknowledged, ended](const Result<Position>& result) {
                      if (result) ++*acknowledged;
                      ++*ended;
                    });
  }
  reopen();
  EXPECT_EQ(*ended, kCount);
  if (site().is_durable()) {
    EXPECT_GE(all(counters()).size(), static_cast<std::size_t>(*acknowledged));
  }
}

TEST_P(StoreConformance, refuses_transactions_when_too_many_wait) {
  reopen({.waiting_max = 5});
  std::promise<void> begun;
  std::promise<void> go_on;
  auto may_go_on = go_on.get_future().share();
  std::atomic<int> refused = 0;
  std::atomic<int> ended = 0;
  const auto is_first = std::make_shared<std::atomic<bool>>(true);
  const auto blocking = [&, is_first, may_go_on](BackendTransaction& transaction) -> Result<void> {
    if (is_first->exchange(false)) begun.set_value();
    may_go_on.wait();
    return put(transaction, {.id = 1, .count = 1});
  };
  const auto end = [&](const Result<Position>& result) {
    if (!result && result.error().code == ErrorCode::limit_exceeded) ++refused;
    ++ended;
  };
  backend().write(blocking, end);
  begun.get_future().wait();
  for (int i = 0; i < 100; ++i) backend().write(blocking, end);
  EXPECT_GE(refused, 50) << "some may be running, the others are beyond the limit";
  EXPECT_LT(refused, 100) << "a few may wait";
  go_on.set_value();
  for (int i = 0; i < 3000 && ended < 101; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(ended, 101);
}

}  // namespace
}  // namespace freshet::store::testing
