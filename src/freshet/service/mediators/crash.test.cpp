// SPDX-License-Identifier: MIT
//
// What mediators promise, tried by killing the processes that run them, again and again, at random moments.
// FRESHET_ROUNDS says how often; 20 unless set.
#include <set>
#include <signal.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/service/mediators/internal/query_runner.hpp"
#include "freshet/service/mediators/internal/task_runner.hpp"
#include "freshet/service/mediators/testing/jobs.hpp"
#include "freshet/service/mediators/testing/processes.hpp"

namespace freshet::mediators {
namespace {

using namespace mediators::testing;
[[noreturn]] void run_for_ever(Runner& runner) {
  runner.start();
  for (;;) ::pause();
}

Definition for_crashes(Definition definition) {
  definition.options.lease = std::chrono::milliseconds(300);
  definition.options.checkpoint = std::chrono::milliseconds(10);
  definition.options.retry = {
      .attempts_max = 1'000, .delay_min = std::chrono::milliseconds(1), .delay_max = std::chrono::milliseconds(20)};
  return definition;
}

class Crashes : public ::testing::TestWithParam<bool> {};

/// Counts how often a job was handled, in the transaction of the task.
Result<void> count(const Call& call) {
  auto known = get_record<testing::Outcome>(*call.transaction, call.event.key.id);
  if (!known) return fail(std::move(known.error()));
  testing::Outcome outcome = *known ? **known : testing::Outcome{call.event.key.id, 0, 0};
  ++outcome.count;
  outcome.number = record_of<Job>(*call.event.after)->number;
  return put_record(*call.transaction, outcome);
}

void work_on_tasks(const SharedStore& shared, bool dies) {
  const TestStore store(shared.open());
  Random random(static_cast<unsigned>(::getpid()));
  Definition definition = for_crashes(define("tasks", MediatorMode::query_task));
  definition.handler(Trigger::create) = [&](const Call& call) -> Result<void> {
    auto counted = count(call);
    if (!counted) return counted;
    if (dies && random() % 60 == 0) ::kill(::getpid(), SIGKILL);  // between the effect and the mark
    if (dies && random() % 10 == 0) return fail(ErrorCode::unavailable, "injected");
    return {};
  };
  TaskRunner runner(std::move(definition), store.context());
  run_for_ever(runner);
}

/// Adds jobs, from `first` on, until killed or `count` are there.
void add_jobs(const SharedStore& shared, std::int32_t first, std::int32_t count, const Acknowledgements& said) {
  TestStore store(shared.open());
  for (std::int32_t i = first; i < first + count; ++i) {
    store.put(Job{std::to_string(i), "new", i});
    said.say(i);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

TEST_P(Crashes, of_competing_workers_leave_each_task_done_exactly_once) {
  constexpr std::size_t kWorkers = 8;
  constexpr std::int32_t kJobsPerRound = 40;
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const SharedStore shared(GetParam());
  const Acknowledgements said;
  {
    Children setup;
    setup.start([&] { TestStore(shared.open()); });
    ASSERT_EQ(setup.wait_for_last(), 0);
  }
  std::size_t deaths = 0;
  {
    Children workers;
    for (int round = 0; round < rounds(); ++round) {
      while (workers.size() < kWorkers) workers.start([&] { work_on_tasks(shared, true); });
      Children writer;
      writer.start([&] { add_jobs(shared, round * kJobsPerRound, kJobsPerRound, said); });
      std::this_thread::sleep_for(between(random, 30, 150));
      workers.kill(random() % workers.size());
      deaths += 1 + workers.reap();
      if (round % 4 != 3) {  // else it is killed too
        EXPECT_EQ(writer.wait_for_last(), 0);
      }
    }
    workers.kill_all();
    for (std::size_t i = 0; i < kWorkers; ++i) workers.start([&] { work_on_tasks(shared, false); });
    const TestStore store(shared.open());
    const auto acknowledged = said.heard();
    EXPECT_TRUE(eventually(
        [&] {
          const auto tasks = store.all<Task>();
          return tasks.size() >= store.all<Job>().size() &&
                 std::ranges::none_of(tasks, [](const Task& task) { return task.state == Task::State::waiting; });
        },
        time_to_finish()));
    workers.kill_all();
    std::set<std::int32_t> done;
    for (const testing::Outcome& outcome : store.all<testing::Outcome>()) {
      EXPECT_EQ(outcome.count, 1) << outcome.id;
      done.insert(static_cast<std::int32_t>(outcome.number));
    }
    EXPECT_EQ(done.size(), store.all<Job>().size());
    EXPECT_TRUE(std::ranges::includes(done, acknowledged));
    EXPECT_TRUE(store.all<DeadLetter>().empty());
    RecordProperty("jobs", static_cast<int>(done.size()));
  }
  EXPECT_GE(deaths, static_cast<std::size_t>(rounds()));
}

/// Keeps an outcome for each job; what it does is done in a transaction of its own, as a sink does it.
void keep_outcomes(const SharedStore& shared) {
  const TestStore store(shared.open());
  const Handler keep = [&](const Call& call) -> Result<void> {
    return write_and_wait(*store.backend(), [&](store::BackendTransaction& transaction) -> Result<void> {
      if (!call.event.after) return remove_record<testing::Outcome>(transaction, call.event.key.id);
      return count({.event = call.event, .transaction = &transaction});
    });
  };
  Definition definition = for_crashes(with_all(define("views", MediatorMode::query), keep));
  definition.options.workers = 3;
  QueryRunner runner(std::move(definition), store.context());
  run_for_ever(runner);
}

/// Adds, changes and removes jobs.
void change_jobs(const SharedStore& shared, unsigned seed, std::int32_t count) {
  TestStore store(shared.open());
  Random random(seed);
  for (std::int32_t i = 0; i < count; ++i) {
    const std::string id = std::to_string(random() % 60);
    if (random() % 5 == 0) {
      store.remove(id);
    } else {
      store.put(Job{id, "new", static_cast<std::int64_t>(random() % 1'000'000)});
    }
  }
}

TEST_P(Crashes, of_those_who_follow_lose_no_event_and_leave_what_a_rebuild_would_give) {
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  const SharedStore shared(GetParam());
  {
    Children setup;
    setup.start([&] { TestStore(shared.open()); });
    ASSERT_EQ(setup.wait_for_last(), 0);
  }
  Children followers;
  for (int round = 0; round < rounds(); ++round) {
    while (followers.size() < 2) followers.start([&] { keep_outcomes(shared); });
    Children writer;
    writer.start([&] { change_jobs(shared, seed + static_cast<unsigned>(round), 60); });
    std::this_thread::sleep_for(between(random, 20, 250));
    followers.kill(random() % followers.size());
    if (round % 4 != 3) {
      EXPECT_EQ(writer.wait_for_last(), 0);
    }
  }
  while (followers.size() < 2) followers.start([&] { keep_outcomes(shared); });
  const TestStore store(shared.open());
  const auto numbers = [&] {
    std::pair<std::map<std::string, std::int64_t>, std::map<std::string, std::int64_t>> found;
    for (const Job& job : store.all<Job>()) found.first[job.id] = job.number;
    for (const testing::Outcome& outcome : store.all<testing::Outcome>()) found.second[outcome.id] = outcome.number;
    return found;
  };
  const auto equals_a_rebuild = [&] {
    const auto [jobs, outcomes] = numbers();
    return jobs == outcomes;
  };
  EXPECT_TRUE(eventually(equals_a_rebuild, time_to_finish()));
  const auto [jobs, outcomes] = numbers();
  EXPECT_EQ(outcomes, jobs);
  EXPECT_FALSE(jobs.empty());
  EXPECT_TRUE(store.all<DeadLetter>().empty());
}

INSTANTIATE_TEST_SUITE_P(OnEachStore, Crashes, ::testing::Bool(), [](const ::testing::TestParamInfo<bool>& store) {
  return store.param ? std::string("postgres") : std::string("sqlite");
});

}  // namespace
}  // namespace freshet::mediators
