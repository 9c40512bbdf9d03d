// SPDX-License-Identifier: MIT
// A process that writes is killed at random moments: what it said is written must be there, whole, and a feed goes on
// with exactly what followed. FRESHET_ROUNDS says how often; 20 times unless it is set.
#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <poll.h>
#include <random>
#include <set>
#include <span>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/store/sqlite/sqlite_store.hpp"
#include "freshet/store/sqlite/testing/sqlite_site.hpp"

namespace freshet::store {
namespace {

using testing::city;
using testing::City;
using testing::Counter;
using testing::FeedLog;
using ::testing::IsEmpty;
using testing::open_prepared;
using testing::read_all;
using testing::TemporaryFolder;
using testing::write_of;

constexpr const char* kFileVariable = "FRESHET_SQLITE_CHILD_FILE";
constexpr const char* kFirstVariable = "FRESHET_SQLITE_CHILD_FIRST";
constexpr const char* kCountVariable = "FRESHET_SQLITE_CHILD_COUNT";
constexpr int kAnswersDescriptor = 3;
constexpr std::int64_t kForever = std::int64_t{1} << 40;

std::int64_t number_of(const char* variable) {
  const char* const text = std::getenv(variable);
  return text == nullptr ? 0 : std::strtoll(text, nullptr, 10);
}

/// The transaction of one number: a city and a counter.
Result<void> write_number(BackendTransaction& transaction, std::int64_t number) {
  for (const Write& write : {write_of(WriteKind::create, city(std::to_string(number), "x")),
                             write_of(WriteKind::create, Counter{.id = number, .count = number})}) {
    auto written = transaction.write(write);
    if (!written) return fail(std::move(written.error()));
  }
  return {};
}

// The child: this test program, started anew with only this test. Not for the normal run.
TEST(SqliteChild, DISABLED_writes_until_it_is_killed) {
  const char* const file = std::getenv(kFileVariable);
  ASSERT_NE(file, nullptr);
  auto store = open_prepared(file);
  ASSERT_NE(store, nullptr);
  const std::int64_t first = number_of(kFirstVariable);
  const std::int64_t count = number_of(kCountVariable);
  std::atomic<std::int64_t> waiting{0};
  for (std::int64_t number = first; number < first + count; ++number) {
    while (waiting > 16) std::this_thread::yield();
    ++waiting;
    store->write([number](BackendTransaction& transaction) { return write_number(transaction, number); },
                 [number, &waiting](const Result<Position>& end) {
                   --waiting;
                   if (!end) return;
                   const ssize_t written = write(kAnswersDescriptor, &number, sizeof(number));
                   EXPECT_EQ(written, ssize_t{sizeof(number)});
                 });
  }
  while (waiting > 0) std::this_thread::yield();
}

/// A running child; killed with this.
class Child {
 public:
  Child(const std::string& file, std::int64_t first, std::int64_t count) {
    int ends[2] = {};
    if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    answers_ = ends[0];
    const std::string first_text = std::string(kFirstVariable) + "=" + std::to_string(first);
    const std::string count_text = std::string(kCountVariable) + "=" + std::to_string(count);
    const std::string file_text = std::string(kFileVariable) + "=" + file;
    const char* const environment[] = {first_text.c_str(), count_text.c_str(), file_text.c_str(), nullptr};
    const char* const arguments[] = {"child", "--gtest_also_run_disabled_tests", "--gtest_brief=1",
                                     "--gtest_filter=SqliteChild.DISABLED_writes_until_it_is_killed", nullptr};
    id_ = fork();
    if (id_ == 0) {
      dup2(ends[1], kAnswersDescriptor);
      execve("/proc/self/exe", const_cast<char* const*>(arguments), const_cast<char* const*>(environment));
      _exit(127);
    }
    close(ends[1]);
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    kill();
    close(answers_);
  }

  /// Reads answers until `deadline` or the end.
  void listen(std::chrono::steady_clock::time_point deadline, std::set<std::int64_t>& answered) {
    for (;;) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
      pollfd ready{.fd = answers_, .events = POLLIN, .revents = 0};
      if (left.count() <= 0 || poll(&ready, 1, static_cast<int>(left.count())) <= 0) return;
      std::int64_t number = 0;
      if (read(answers_, &number, sizeof(number)) != ssize_t{sizeof(number)}) return;
      answered.insert(number);
    }
  }
  void kill() {
    if (id_ <= 0) return;
    ::kill(id_, SIGKILL);
    waitpid(id_, nullptr, 0);
    id_ = 0;
  }
  int wait() {
    int status = 0;
    waitpid(id_, &status, 0);
    id_ = 0;
    return status;
  }

 private:
  pid_t id_ = 0;
  int answers_ = -1;
};

std::chrono::steady_clock::time_point after(std::chrono::milliseconds time) {
  return std::chrono::steady_clock::now() + time;
}

std::set<std::int64_t> numbers_in(Backend& store, const Table& table) {
  std::set<std::int64_t> numbers;
  const auto rows = read_all(store, table).value();
  for (const Row& row : rows) numbers.insert(std::stoll(row.key.id));
  return numbers;
}

/// A reader who keeps its position and what it knows between the lives of a store.
struct Reader {
  std::optional<Position> position;
  std::map<std::pair<std::string, Key>, Row> copy;

  /// Follows up to `end`, and checks that what came fits what was known.
  void catch_up(Backend& store, const Position& end) {
    FeedLog log;
    const auto feed =
        store.follow({.tables = {&table_of<City>(), &table_of<Counter>()}, .after = position}, log.receiver());
    ASSERT_TRUE(feed) << to_string(feed.error());
    ASSERT_TRUE(log.wait_for(end));
    EXPECT_THAT(log.faults(), IsEmpty());
    for (const Batch& batch : log.batches()) {
      EXPECT_TRUE(!position || batch.kind == Batch::Kind::commit) << "nothing was lost, so it resumes";
      for (const Change& change : batch.changes) {
        const bool is_new = copy.emplace(std::pair(change.table->name, change.key), *change.after).second;
        EXPECT_TRUE(is_new) << change.key.id << " came twice";
      }
    }
    position = log.position();
  }
};

TEST(SqliteDurability, loses_nothing_that_was_answered_when_it_is_killed) {
  const std::int64_t asked = number_of("FRESHET_ROUNDS");
  const std::int64_t rounds = asked > 0 ? asked : 20;
  const auto seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  std::set<std::int64_t> answered;
  Reader reader;
  std::int64_t first = 0;
  for (std::int64_t round = 0; round < rounds && !HasFailure(); ++round) {
    const std::size_t before = answered.size();
    {
      Child child(file, first, kForever);
      // From its first answer on, so that it is killed at work and not at its start.
      while (answered.size() == before) child.listen(after(std::chrono::milliseconds(5)), answered);
      child.listen(after(std::chrono::milliseconds(random() % 60)), answered);
      child.kill();
      child.listen(after(std::chrono::milliseconds(100)), answered);
    }
    auto store = open_prepared(file);
    const auto cities = numbers_in(*store, table_of<City>());
    EXPECT_EQ(cities, numbers_in(*store, table_of<Counter>())) << "no half transaction";
    EXPECT_TRUE(std::includes(cities.begin(), cities.end(), answered.begin(), answered.end()));
    // Even rounds are read in one go with the one before, as a reader does that was away for longer.
    first = *cities.rbegin() + 2;
    const auto end =
        testing::commit(*store, [&](BackendTransaction& transaction) { return write_number(transaction, first - 1); });
    ASSERT_TRUE(end);
    if (round % 2 == 1) continue;
    reader.catch_up(*store, *end);
    EXPECT_EQ(reader.copy.size(), 2 * (cities.size() + 1)) << "exactly what was written";
  }
  EXPECT_GE(answered.size(), static_cast<std::size_t>(rounds));
}

TEST(SqliteDurability, lets_two_processes_write_at_once) {
  const TemporaryFolder folder;
  const std::string file = folder.file("store.db");
  constexpr std::int64_t kCount = 300;
  auto store = open_prepared(file, {.poll_interval = std::chrono::milliseconds(10)});
  FeedLog log;
  const auto feed = store->follow({.tables = {&table_of<City>(), &table_of<Counter>()}}, log.receiver());
  ASSERT_TRUE(feed);
  Child child(file, 0, kCount);
  for (std::int64_t number = kCount; number < 2 * kCount; ++number) {
    const auto end =
        testing::commit(*store, [&](BackendTransaction& transaction) { return write_number(transaction, number); });
    ASSERT_TRUE(end) << to_string(end.error());
  }
  std::set<std::int64_t> answered;
  child.listen(after(std::chrono::seconds(60)), answered);
  EXPECT_EQ(child.wait(), 0);
  EXPECT_EQ(answered.size(), static_cast<std::size_t>(kCount));
  EXPECT_EQ(numbers_in(*store, table_of<City>()).size(), 2U * kCount);
  const auto end = testing::commit(*store, write_of(WriteKind::create, Counter{.id = 4 * kCount, .count = 1}));
  EXPECT_TRUE(log.wait_for(end.value()));
  EXPECT_EQ(log.copy().size(), 4U * kCount + 1);
  EXPECT_THAT(log.faults(), IsEmpty());
}

}  // namespace
}  // namespace freshet::store
