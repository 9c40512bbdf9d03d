// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/query_runner.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <optional>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/service/mediators/testing/jobs.hpp"

namespace freshet::mediators {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace mediators::testing;

MediatorStatus status_of(const Runner& runner) {
  MediatorStatus status;
  runner.fill(status);
  return status;
}

/// A mediator that logs what it sees, from start() to its end.
struct Watch {
  explicit Watch(TestStore& store, bool only_new = false, Log* shared = nullptr, const Clock* clock = nullptr)
      : log(shared == nullptr ? own : *shared),
        runner(with_all(define("watch", MediatorMode::query, only_new), log.handler()),
               clock == nullptr ? store.context() : store.context(*clock)) {
    store.start(runner, "watch");
  }
  bool sees(std::size_t count) {
    return eventually([&] { return log.size() >= count; });
  }

  Log own;
  Log& log;
  QueryRunner runner;
};

TEST(QueryRunner, tells_apart_what_happens_to_documents_in_order) {
  TestStore store;
  Watch watch(store, true);
  store.put(Job{"a", "new", 1});
  store.put(Job{"a", "new", 2});
  store.put(Job{"a", "done", 3});
  store.put(Job{"a", "new", 4});
  store.remove("a");
  store.put(Job{"b", "done", 1});
  ASSERT_TRUE(watch.sees(5));  // others might overtake it: there is an order for each document, none among them
  store.put(Job{"c", "new", 1});
  ASSERT_TRUE(watch.sees(6));
  EXPECT_THAT(watch.log.lines(), ElementsAre("create a new 1", "update a new 2", "leave a done 3", "create a new 4",
                                             "remove a new 4", "create c new 1"));
}

TEST(QueryRunner, shows_the_document_before_and_after) {
  TestStore store;
  std::promise<std::pair<std::int64_t, std::int64_t>> seen;
  Definition definition = define("watch", MediatorMode::query);
  definition.handler(Trigger::update) = [&](const Call& call) -> Result<void> {
    seen.set_value({record_of<Job>(*call.event.before)->number, record_of<Job>(*call.event.after)->number});
    return {};
  };
  QueryRunner runner(std::move(definition), store.context());
  store.start(runner, "watch");
  store.put(Job{"a", "new", 1});
  store.put(Job{"a", "new", 2});
  EXPECT_EQ(seen.get_future().get(), std::pair(std::int64_t{1}, std::int64_t{2}));
}

TEST(QueryRunner, fires_for_what_was_there_once_ever_and_not_once_per_start) {
  TestStore store;
  store.put(Job{"a", "new", 1});
  store.put(Job{"b", "new", 1});
  Log log;
  {
    Watch first(store, false, &log);
    ASSERT_TRUE(first.sees(2));
  }
  store.put(Job{"b", "new", 2});
  store.remove("a");
  store.put(Job{"c", "new", 1});
  {
    Watch second(store, false, &log);
    ASSERT_TRUE(second.sees(5));
  }
  EXPECT_THAT(log.lines(),
              ElementsAre("create a new 1", "create b new 1", "update b new 2", "remove a new 1", "create c new 1"));
}

TEST(QueryRunner, tries_again_what_fails_while_other_documents_go_on) {
  TestStore store;
  Log log;
  std::atomic<int> failures = 0;
  Definition definition = with_all(define("watch", MediatorMode::query), [&](const Call& call) -> Result<void> {
    if (call.event.key.id == "bad" && ++failures <= 2) return fail(ErrorCode::unavailable, "not now");
    log.add(call);
    return {};
  });
  definition.options.retry.delay_min = std::chrono::milliseconds(60);
  definition.options.retry.delay_max = std::chrono::milliseconds(60);
  QueryRunner runner(std::move(definition), store.context());
  store.start(runner, "watch");
  store.put(Job{"bad", "new", 1});
  store.put(Job{"bad", "new", 2});
  store.put(Job{"good", "new", 1});
  ASSERT_TRUE(eventually([&] { return log.size() == 3; }));
  EXPECT_THAT(log.lines(), ElementsAre("create good new 1", "create bad new 1", "update bad new 2"));
  const MediatorStatus status = status_of(runner);
  EXPECT_EQ(status.processed, 3);
  EXPECT_EQ(status.retried, 2);
  EXPECT_EQ(status.dead, 0);
  EXPECT_THAT(status.last_error, HasSubstr("not now"));
}

TEST(QueryRunner, keeps_a_dead_letter_of_what_fails_for_good_and_takes_it_up_when_asked) {
  TestStore store;
  Log log;
  std::atomic<bool> mended = false;
  Definition definition = with_all(define("watch", MediatorMode::query), [&](const Call& call) -> Result<void> {
    if (!mended && call.event.key.id == "bad") throw std::runtime_error("cannot digest this");
    log.add(call);
    return {};
  });
  QueryRunner runner(std::move(definition), store.context());
  store.start(runner, "watch");
  store.put(Job{"bad", "new", 7});
  store.put(Job{"good", "new", 1});
  ASSERT_TRUE(eventually([&] { return status_of(runner).dead == 1 && log.size() == 1; }));
  auto letters = store.all<DeadLetter>();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_EQ(letters[0].mediator, "watch");
  EXPECT_EQ(letters[0].document, "jobs/bad");
  EXPECT_EQ(letters[0].attempts, 3);
  EXPECT_THAT(letters[0].error, HasSubstr("cannot digest this"));
  EXPECT_EQ(letters[0].content, R"({"id":"bad","state":"new","number":7})");
  EXPECT_GT(letters[0].failed_at, Timestamp{});

  mended = true;
  letters[0].state = DeadLetter::State::requeued;
  store.put(letters[0]);
  ASSERT_TRUE(eventually([&] { return store.all<DeadLetter>().empty(); }));
  EXPECT_THAT(log.lines(), ElementsAre("create good new 1", "create bad new 7"));
}

TEST(QueryRunner, writes_its_place_down_only_behind_what_was_handled) {
  TestStore store;
  store.put(Job{"a", "new", 1});
  {
    Watch settled(store);
    ASSERT_TRUE(settled.sees(1));
  }
  std::promise<void> open;
  const std::shared_future<void> gate(open.get_future());
  std::promise<void> inside;
  Log log;
  std::once_flag entered;
  Definition definition = with_all(define("watch", MediatorMode::query), [&](const Call& call) -> Result<void> {
    if (call.event.key.id == "slow") {
      std::call_once(entered, [&] { inside.set_value(); });
      gate.wait();
      return fail(ErrorCode::unavailable, "stopped before it was done");
    }
    log.add(call);
    return {};
  });
  // However late the runner is stopped, it is not given up before.
  definition.options.retry.attempts_max = 1'000'000;
  auto runner = std::make_unique<QueryRunner>(std::move(definition), store.context());
  store.start(*runner, "watch");
  store.put(Job{"slow", "new", 1});
  inside.get_future().wait();
  store.put(Job{"b", "new", 1});
  auto stopped = std::async(std::launch::async, [&] { runner->stop(); });
  open.set_value();
  stopped.get();
  runner.reset();
  Watch again(store);
  ASSERT_TRUE(again.sees(1));
  EXPECT_EQ(again.log.lines().front(), "create slow new 1");
  ASSERT_TRUE(eventually([&] { return again.log.size() + log.size() >= 2; }));
}

TEST(QueryRunner, lets_one_process_work_and_another_stand_by_until_it_is_gone) {
  // The clock by which leases end stands still: however slow this machine is, nobody loses the right by being slow.
  const SimulatedClock clock;
  TestStore store;
  Log log;
  auto first = std::make_unique<Watch>(store, false, &log, &clock);
  store.put(Job{"a", "new", 1});
  ASSERT_TRUE(first->sees(1));
  Watch second(store, false, &log, &clock);
  ASSERT_TRUE(eventually([&] { return status_of(second.runner).state == MediatorStatus::State::standby; }));
  store.put(Job{"b", "new", 1});
  ASSERT_TRUE(first->sees(2));
  EXPECT_EQ(status_of(second.runner).processed, 0);
  first.reset();
  ASSERT_TRUE(eventually([&] { return status_of(second.runner).state == MediatorStatus::State::running; }));
  store.put(Job{"c", "new", 1});
  ASSERT_TRUE(second.sees(3));
  EXPECT_THAT(log.lines(), ElementsAre("create a new 1", "create b new 1", "create c new 1"));
}

TEST(QueryRunner, compares_with_its_marks_when_the_history_is_lost) {
  // So little of the past is kept that what happens while nobody follows is forgotten.
  TestStore store(store::open_memory({.history_changes_max = 4}));
  for (const char* id : {"gone", "left", "changed", "same"}) store.put(Job{id, "new", 1});
  Log log;
  {
    Watch first(store, true, &log);
    ASSERT_TRUE(first.sees(4));
  }
  store.remove("gone");
  store.put(Job{"left", "done", 2});
  store.put(Job{"changed", "new", 2});
  store.put(Job{"new", "new", 1});
  for (int i = 0; i < 20; ++i) store.put(Job{"noise", "done", i});
  Watch second(store, true);
  ASSERT_TRUE(second.sees(4));
  EXPECT_THAT(second.log.sorted(),
              ElementsAre("create new new 1", "leave left done 2", "remove gone", "update changed new 2"));
}

TEST(QueryRunner, works_on_several_documents_at_a_time_and_on_each_in_order) {
  TestStore store;
  std::atomic<int> inside = 0;
  std::atomic<int> most = 0;
  std::mutex mutex;
  std::map<std::string, std::vector<std::int64_t>> seen;
  Definition definition = with_all(define("watch", MediatorMode::query), [&](const Call& call) -> Result<void> {
    const int now = ++inside;
    int known = most;
    while (known < now && !most.compare_exchange_weak(known, now)) {
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
    {
      const std::scoped_lock lock(mutex);
      seen[call.event.key.id].push_back(record_of<Job>(*call.event.after)->number);
    }
    --inside;
    return {};
  });
  definition.options.workers = 4;
  definition.options.events_max = 16;
  QueryRunner runner(std::move(definition), store.context());
  store.start(runner, "watch");
  constexpr std::int64_t kRounds = 25;
  for (std::int64_t i = 1; i <= kRounds; ++i) {
    for (const char* id : {"a", "b", "c", "d", "e"}) store.put(Job{id, "new", i});
  }
  ASSERT_TRUE(eventually([&] { return status_of(runner).processed == 5 * kRounds; }));
  runner.stop();
  EXPECT_GT(most, 1);
  for (const auto& [id, numbers] : seen) {
    EXPECT_EQ(numbers.size(), static_cast<std::size_t>(kRounds)) << id;
    EXPECT_TRUE(std::ranges::is_sorted(numbers)) << id;
  }
}

TEST(QueryRunner, calls_what_is_around_a_handler_in_order) {
  TestStore store;
  std::vector<std::string> order;
  const auto note = [&](const char* what) {
    return [&order, what](const Call&) -> Result<void> {
      order.emplace_back(what);
      return {};
    };
  };
  Definition definition = with_all(define("watch", MediatorMode::query), note("handler"));
  definition.before_call = {note("before1"), note("before2")};
  definition.after_call = {note("after1"), note("after2")};
  QueryRunner runner(std::move(definition), store.context());
  store.start(runner, "watch");
  store.put(Job{"a", "new", 1});
  ASSERT_TRUE(eventually([&] { return status_of(runner).processed == 1; }));
  runner.stop();
  EXPECT_THAT(order, ElementsAre("before1", "before2", "handler", "after2", "after1"));
}

TEST(QueryRunner, forgets_the_marks_of_what_is_gone) {
  TestStore store;
  {
    Watch watch(store);
    for (int i = 0; i < 50; ++i) store.put(Job{std::to_string(i), "new", 1});
    for (int i = 1; i < 50; ++i) store.remove(std::to_string(i));
    ASSERT_TRUE(watch.sees(99));
  }
  const auto marks = store.all<Task>();
  ASSERT_EQ(marks.size(), 1U);
  EXPECT_EQ(marks[0].document, "jobs/0");
  EXPECT_EQ(marks[0].state, Task::State::done);
}

}  // namespace
}  // namespace freshet::mediators
