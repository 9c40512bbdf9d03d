// SPDX-License-Identifier: MIT
//
// What mediators promise, tried by killing the processes that run them, again and again, at random moments.
// FRESHET_ROUNDS says how often; 20 unless set.
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <iostream>
#include <random>
#include <set>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/base/ids.hpp"
#include "freshet/service/mediators/internal/query_runner.hpp"
#include "freshet/service/mediators/internal/task_runner.hpp"
#include "freshet/service/mediators/testing/jobs.hpp"
#include "freshet/store/postgres/postgres_store.hpp"
#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/testing/postgres_server.hpp"

namespace freshet::mediators {
namespace {

using namespace mediators::testing;
using Random = std::minstd_rand;

int rounds() {
  const char* const text = std::getenv("FRESHET_ROUNDS");
  return text == nullptr ? 20 : std::max(1, std::atoi(text));
}

std::chrono::milliseconds between(Random& random, int least, int most) {
  return std::chrono::milliseconds(least + static_cast<int>(random() % static_cast<unsigned>(most - least)));
}

/// A store that several processes can open. This process opens it only when it makes no more children.
class SharedStore {
 public:
  explicit SharedStore(bool is_postgres) {
    if (is_postgres) {
      url_ = store::testing::PostgresServer::shared().make_database();
    } else {
      folder_ = std::filesystem::temp_directory_path() / random_token("freshet_crash_");
      std::filesystem::create_directory(folder_);
    }
  }
  SharedStore(const SharedStore&) = delete;
  SharedStore& operator=(const SharedStore&) = delete;
  ~SharedStore() {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  TestStore open() const {
    auto backend =
        url_.empty() ? store::open_sqlite(folder_ / "store.db", sqlite_options()) : store::open_postgres(url_);
    if (!backend) throw Failure(backend.error());
    return TestStore(std::move(*backend));
  }

 private:
  static store::SqliteOptions sqlite_options() {
    store::SqliteOptions options;
    options.survives_power_cut = false;  // processes are killed here, not machines
    options.busy_timeout = std::chrono::seconds(30);
    options.poll_interval = std::chrono::milliseconds(10);
    options.reader_count = 1;
    return options;
  }

  std::filesystem::path folder_;
  std::string url_;
};

/// Processes of this test's own, killed with it.
class Children {
 public:
  Children() = default;
  Children(const Children&) = delete;
  Children& operator=(const Children&) = delete;
  ~Children() { kill_all(); }

  /// Runs `work` in another process. Requires: this one has no threads.
  template <class Work> void start(Work work) {
    std::cout.flush();
    const pid_t parent = ::getpid();
    const pid_t child = ::fork();
    if (child != 0) {
      pids_.push_back(child);
      return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(1);
    try {
      work();
    } catch (const std::exception& error) {
      std::cerr << "child: " << error.what() << std::endl;
      ::_exit(2);
    }
    ::_exit(0);
  }
  std::size_t size() const { return pids_.size(); }
  void kill(std::size_t which) {
    ::kill(pids_[which], SIGKILL);
    end(which);
  }
  /// Waits for one that ends by itself; its exit status, -1 if it was killed.
  int wait_for_last() {
    const int status = end(pids_.size() - 1);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
  /// Forgets those that killed themselves; how many.
  std::size_t reap() {
    return std::erase_if(pids_, [](pid_t pid) { return ::waitpid(pid, nullptr, WNOHANG) == pid; });
  }
  void kill_all() {
    while (!pids_.empty()) kill(pids_.size() - 1);
  }

 private:
  int end(std::size_t which) {
    int status = 0;
    ::waitpid(pids_[which], &status, 0);
    pids_.erase(pids_.begin() + static_cast<std::ptrdiff_t>(which));
    return status;
  }

  std::vector<pid_t> pids_;
};

/// What a process that may die at any moment has said to be done.
class Acknowledgements {
 public:
  Acknowledgements() {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
    // Large enough for all that is said before anybody listens.
    ::fcntl(ends_[1], F_SETPIPE_SZ, 1 << 20);
  }
  Acknowledgements(const Acknowledgements&) = delete;
  Acknowledgements& operator=(const Acknowledgements&) = delete;
  ~Acknowledgements() {
    ::close(ends_[0]);
    ::close(ends_[1]);
  }

  void say(std::int32_t number) const {
    if (::write(ends_[1], &number, sizeof number) != sizeof number) ::_exit(3);
  }
  std::set<std::int32_t> heard() const {
    ::fcntl(ends_[0], F_SETFL, O_NONBLOCK);
    std::set<std::int32_t> numbers;
    for (std::int32_t number = 0; ::read(ends_[0], &number, sizeof number) == sizeof number;) numbers.insert(number);
    return numbers;
  }

 private:
  std::array<int, 2> ends_{};
};

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
  const TestStore store = shared.open();
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
  TestStore store = shared.open();
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
    setup.start([&] { shared.open(); });
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
    const TestStore store = shared.open();
    const auto acknowledged = said.heard();
    EXPECT_TRUE(eventually(
        [&] {
          const auto tasks = store.all<Task>();
          return tasks.size() >= store.all<Job>().size() &&
                 std::ranges::none_of(tasks, [](const Task& task) { return task.state == Task::State::waiting; });
        },
        std::chrono::seconds(60)));
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
  const TestStore store = shared.open();
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
  TestStore store = shared.open();
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
    setup.start([&] { shared.open(); });
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
  const TestStore store = shared.open();
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
  EXPECT_TRUE(eventually(equals_a_rebuild, std::chrono::seconds(60)));
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
