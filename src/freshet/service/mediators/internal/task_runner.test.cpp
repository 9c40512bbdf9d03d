// SPDX-License-Identifier: MIT
#include "freshet/service/mediators/internal/task_runner.hpp"

#include <atomic>
#include <future>
#include <random>

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

/// Counts in the same transaction how often a job was handled.
Result<void> count(const Call& call) {
  auto known = get_record<testing::Outcome>(*call.transaction, call.event.key.id);
  if (!known) return fail(std::move(known.error()));
  testing::Outcome outcome = *known ? **known : testing::Outcome{call.event.key.id, 0, 0};
  ++outcome.count;
  if (call.event.after) outcome.number = record_of<Job>(*call.event.after)->number;
  return put_record(*call.transaction, outcome);
}

bool nothing_waits(const TestStore& store) {
  return std::ranges::none_of(store.all<Task>(), [](const Task& task) { return task.state == Task::State::waiting; });
}

TEST(TaskRunner, does_each_document_once_and_marks_it_in_the_same_transaction) {
  TestStore store;
  store.put(Job{"a", "new", 1});
  Definition definition = define("tasks", MediatorMode::query_task);
  definition.handler(Trigger::create) = count;
  {
    TaskRunner runner(definition, store.context());
    store.start(runner, "tasks");
    store.put(Job{"b", "new", 2});
    ASSERT_TRUE(eventually([&] { return status_of(runner).processed == 2; }));
  }
  {
    TaskRunner again(definition, store.context());
    store.start(again, "tasks");
    store.put(Job{"c", "new", 3});
    ASSERT_TRUE(eventually([&] { return status_of(again).processed == 1; }));
  }
  EXPECT_THAT(store.all<testing::Outcome>(),
              ElementsAre(testing::Outcome{"a", 1, 1}, testing::Outcome{"b", 1, 2}, testing::Outcome{"c", 1, 3}));
}

TEST(TaskRunner, removes_the_document_with_the_outcome) {
  TestStore store;
  Definition definition = define("tasks", MediatorMode::query_task);
  definition.handler(Trigger::create) = count;
  definition.finish = Finish::remove;
  TaskRunner runner(std::move(definition), store.context());
  store.start(runner, "tasks");
  for (int i = 0; i < 20; ++i) store.put(Job{std::to_string(i), "new", i});
  ASSERT_TRUE(eventually([&] { return store.all<Job>().empty() && store.all<Task>().empty(); }));
  EXPECT_EQ(store.all<testing::Outcome>().size(), 20U);
}

TEST(TaskRunner, takes_what_a_handler_writes_to_its_own_document_for_handled) {
  TestStore store;
  Definition definition = define("tasks", MediatorMode::query_task);
  const Handler finish_job = [](const Call& call) -> Result<void> {
    Job job = record_of<Job>(*call.event.after).value();
    job.state += "+";
    return put_record(*call.transaction, job);
  };
  definition.handler(Trigger::create) = finish_job;
  definition.handler(Trigger::update) = finish_job;
  TaskRunner runner(std::move(definition), store.context());
  store.start(runner, "tasks");
  store.put(Job{"a", "new", 1});
  ASSERT_TRUE(eventually([&] { return store.all<Job>() == std::vector{Job{"a", "new+", 1}}; }));
  store.put(Job{"a", "newer", 2});
  ASSERT_TRUE(eventually([&] { return store.all<Job>() == std::vector{Job{"a", "newer+", 2}}; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // for a loop that must not be
  EXPECT_EQ(store.all<Job>(), (std::vector{Job{"a", "newer+", 2}}));
  EXPECT_EQ(status_of(runner).processed, 2);
}

TEST(TaskRunner, tells_of_what_left_and_what_is_gone_with_what_it_was) {
  TestStore store;
  Log log;
  TaskRunner runner(with_all(define("tasks", MediatorMode::query_task, true), log.handler()), store.context());
  store.start(runner, "tasks");
  store.put(Job{"a", "new", 1});
  store.put(Job{"b", "new", 1});
  ASSERT_TRUE(eventually([&] { return log.size() == 2 && nothing_waits(store); }));
  store.remove("a");
  store.put(Job{"b", "done", 2});
  ASSERT_TRUE(eventually([&] { return log.size() == 4 && nothing_waits(store); }));
  EXPECT_THAT(log.sorted(), ElementsAre("create a new 1", "create b new 1", "leave b done 2", "remove a new 1"));
  EXPECT_THAT(store.all<Task>(), IsEmpty());
}

TEST(TaskRunner, leaves_nothing_behind_of_an_attempt_that_fails) {
  TestStore store;
  std::atomic<int> attempts = 0;
  Definition definition = define("tasks", MediatorMode::query_task);
  definition.handler(Trigger::create) = [&](const Call& call) -> Result<void> {
    if (auto counted = count(call); !counted) return counted;
    if (++attempts < 3) throw Failure({.code = ErrorCode::unavailable, .primary = "not now"});
    return {};
  };
  TaskRunner runner(std::move(definition), store.context());
  store.start(runner, "tasks");
  store.put(Job{"a", "new", 5});
  ASSERT_TRUE(eventually([&] { return status_of(runner).processed == 1; }));
  EXPECT_THAT(store.all<testing::Outcome>(), ElementsAre(testing::Outcome{"a", 1, 5}));
  EXPECT_EQ(status_of(runner).retried, 2);
}

TEST(TaskRunner, gives_up_after_the_last_attempt_and_leaves_a_letter) {
  TestStore store;
  Definition definition = define("tasks", MediatorMode::query_task);
  definition.handler(Trigger::create) = [](const Call& call) -> Result<void> {
    if (call.event.key.id == "bad") return fail(ErrorCode::refused, "cannot digest this");
    return count(call);
  };
  TaskRunner runner(std::move(definition), store.context());
  store.start(runner, "tasks");
  store.put(Job{"bad", "new", 1});
  store.put(Job{"good", "new", 1});
  ASSERT_TRUE(eventually([&] { return store.all<DeadLetter>().size() == 1 && nothing_waits(store); }));
  const auto letters = store.all<DeadLetter>();
  EXPECT_EQ(letters[0].document, "jobs/bad");
  EXPECT_EQ(letters[0].attempts, 3);
  EXPECT_THAT(letters[0].error, HasSubstr("cannot digest this"));
  EXPECT_EQ(store.all<testing::Outcome>().size(), 1U);
  EXPECT_EQ(status_of(runner).dead, 1);
}

TEST(TaskRunner, tells_the_one_who_asked_instead_where_that_is_wanted) {
  TestStore store;
  Definition definition = define("tasks", MediatorMode::query_task);
  definition.handler(Trigger::create) = [](const Call&) { return Result<void>(fail(ErrorCode::refused, "no")); };
  definition.handler(Trigger::update) = [](const Call&) { return Result<void>(fail(ErrorCode::internal, "a loop")); };
  definition.on_failed = [](const Call& call, const Error& error) -> Result<void> {
    Job job = record_of<Job>(*call.event.after).value();
    job.state = error.primary;
    return put_record(*call.transaction, job);
  };
  TaskRunner runner(std::move(definition), store.context());
  store.start(runner, "tasks");
  store.put(Job{"a", "new", 1});
  ASSERT_TRUE(eventually([&] { return store.all<Job>()[0].state == "no"; }));
  std::this_thread::sleep_for(std::chrono::milliseconds(50));  // for a loop that must not be
  EXPECT_EQ(store.all<Job>()[0].state, "no");
  EXPECT_THAT(store.all<DeadLetter>(), IsEmpty());
}

TEST(TaskRunner, works_in_competition_and_still_does_each_document_once) {
  TestStore store;
  Definition definition = define("tasks", MediatorMode::query_task);
  std::atomic<unsigned> calls = 0;
  definition.handler(Trigger::create) = [&](const Call& call) -> Result<void> {
    if (++calls % 7 == 0) return fail(ErrorCode::unavailable, "injected");
    return count(call);
  };
  definition.options.workers = 2;
  definition.options.retry.attempts_max = 50;
  std::vector<std::unique_ptr<TaskRunner>> runners;
  for (int i = 0; i < 8; ++i) runners.push_back(std::make_unique<TaskRunner>(definition, store.context()));
  for (auto& runner : runners) runner->start();
  constexpr std::size_t kJobs = 300;
  std::mt19937 random(3);
  for (std::size_t i = 0; i < kJobs; ++i) {
    store.put(Job{std::to_string(i), "new", static_cast<std::int64_t>(i)});
    if (i % 40 == 20) {  // one of them comes and goes
      std::unique_ptr<TaskRunner>& runner = runners[random() % runners.size()];
      runner = std::make_unique<TaskRunner>(definition, store.context());
      runner->start();
    }
  }
  ASSERT_TRUE(eventually([&] { return store.all<testing::Outcome>().size() == kJobs && nothing_waits(store); }));
  for (const testing::Outcome& outcome : store.all<testing::Outcome>()) EXPECT_EQ(outcome.count, 1) << outcome.id;
  EXPECT_THAT(store.all<DeadLetter>(), IsEmpty());
}

TEST(TaskRunner, takes_over_the_task_of_a_worker_that_went_away_without_a_word) {
  TestStore store;
  Definition definition = define("tasks", MediatorMode::query_task);
  definition.handler(Trigger::create) = count;
  {
    TaskRunner runner(definition, store.context());
    store.start(runner, "tasks");
    store.put(Job{"a", "new", 1});
    ASSERT_TRUE(eventually([&] { return status_of(runner).processed == 1; }));
  }
  // What a process leaves that dies with a claim.
  Task left = store.all<Task>().at(0);
  left.state = Task::State::waiting;
  left.owner = "a worker that is dead";
  left.attempts = 1;
  left.due = SystemClock().now() + std::chrono::milliseconds(150);
  store.put(left);
  TaskRunner runner(definition, store.context());
  const auto begun = std::chrono::steady_clock::now();
  store.start(runner, "tasks");
  ASSERT_TRUE(eventually([&] { return status_of(runner).processed == 1; }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, std::chrono::milliseconds(100));
}

TEST(TaskRunner, gives_up_what_kills_its_workers) {
  TestStore store;
  Definition definition = define("tasks", MediatorMode::query_task);
  definition.handler(Trigger::create) = count;
  store.put(Job{"poison", "new", 1});
  Task left;
  left.mediator = "tasks";
  left.document = "jobs/poison";
  left.id = mark_id(left.mediator, left.document);
  left.state = Task::State::waiting;
  left.revision = 1;
  left.attempts = 3;
  left.owner = "a worker that is dead";
  store.put(left);
  TaskRunner runner(definition, store.context());
  store.start(runner, "tasks");
  ASSERT_TRUE(eventually([&] { return store.all<DeadLetter>().size() == 1; }));
  EXPECT_THAT(store.all<DeadLetter>()[0].error, HasSubstr("without a word"));
  EXPECT_THAT(store.all<testing::Outcome>(), IsEmpty());
}

TEST(TaskRunner, stops_when_the_handler_under_way_is_done_and_gives_back_the_rest) {
  TestStore store;
  std::promise<void> inside;
  std::promise<void> open;
  std::atomic<bool> first = true;
  Definition definition = define("tasks", MediatorMode::query_task);
  for (int i = 0; i < 4; ++i) store.put(Job{std::to_string(i), "new", 1});
  Definition slow = definition;
  slow.handler(Trigger::create) = [&](const Call& call) -> Result<void> {
    if (first.exchange(false)) {
      inside.set_value();
      open.get_future().wait();
    }
    return count(call);
  };
  {
    TaskRunner runner(slow, store.context());
    runner.start();  // not store.start(): the handler keeps the whole store waiting
    inside.get_future().wait();
    auto stopped = std::async(std::launch::async, [&] { runner.stop(); });
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    open.set_value();
    stopped.get();
  }
  EXPECT_GE(store.all<testing::Outcome>().size(), 1U);
  for (const Task& task : store.all<Task>()) EXPECT_EQ(task.owner, "") << task.document;
  definition.handler(Trigger::create) = count;
  TaskRunner next(definition, store.context());
  store.start(next, "tasks");
  ASSERT_TRUE(eventually([&] { return store.all<testing::Outcome>().size() == 4; }, std::chrono::seconds(1)));
  for (const testing::Outcome& outcome : store.all<testing::Outcome>()) EXPECT_EQ(outcome.count, 1);
}

}  // namespace
}  // namespace freshet::mediators
