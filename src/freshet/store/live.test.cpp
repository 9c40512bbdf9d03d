// SPDX-License-Identifier: MIT
//
// Collections that follow real stores.
#include "freshet/store/live.hpp"

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <map>
#include <random>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"
#include "freshet/model/describe.hpp"
#include "freshet/store/memory/memory_store.hpp"
#include "freshet/store/sqlite/sqlite_store.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using store::WriteKind;
using ::testing::ElementsAre, ::testing::IsEmpty;

// [models]
struct Account {
  std::string id;
  std::string owner;
  std::int64_t balance = 0;
  bool operator==(const Account&) const = default;
};
constexpr auto describe(of<Account>) {
  return model("accounts", key<&Account::id>(), field<&Account::owner>(), field<&Account::balance>());
}

struct Owner {
  std::string id;
  std::string name;
  bool operator==(const Owner&) const = default;
};
constexpr auto describe(of<Owner>) { return model("owners", key<&Owner::id>(), field<&Owner::name>()); }
// [/models]

template <class T> store::Write setting(const T& value, std::string parent = {}) {
  const store::Table& table = store::table_of<T>();
  return {.kind = WriteKind::set,
          .table = &table,
          .key = {.parent = std::move(parent), .id = value.id},
          .obj_type = table.variants.front().name,
          .cells = store::to_cells(table, table.variants.front(), &value).value()};
}
template <class T> store::Write removing(std::string id) {
  return {.kind = WriteKind::remove, .table = &store::table_of<T>(), .key = {.parent = {}, .id = std::move(id)}};
}

/// One transaction of these writes, waited for.
store::Position write(store::Backend& backend, std::vector<store::Write> writes) {
  std::promise<Result<store::Position>> done;
  backend.write(
      [&](store::BackendTransaction& transaction) -> Result<void> {
        for (const auto& each : writes) {
          if (auto written = transaction.write(each); !written) return fail(written.error());
        }
        return {};
      },
      [&](Result<store::Position> end) { done.set_value(std::move(end)); });
  return done.get_future().get().value();
}

template <class T> std::vector<T> rows_of(const Collection<std::string, T>& collection) {
  std::vector<T> rows;
  collection.for_each([&](const std::string&, const Values<T>& values) { rows.push_back(values.front()); });
  return rows;
}

/// Runs the graph until something holds.
template <class Condition> bool until(Graph& graph, Condition condition) {
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    if (graph.run_posted() == 0) std::this_thread::sleep_for(100us);
  }
  return true;
}
bool until_at(Graph& graph, LiveStore& live, const store::Position& position) {
  auto reached = std::make_shared<bool>(false);
  live.when_at(position, [reached](Version) { *reached = true; });
  return until(graph, [&] { return *reached; });
}

// [view]
std::string shown(const std::string&, const Account& account, const Collection<std::string, Owner>& owners) {
  const Owner* owner = owners.get(account.owner);
  return (owner != nullptr ? owner->name : "nobody") + ": " + std::to_string(account.balance);
}
Collection<std::string, std::string> statements(Models& models) {
  return testing::map(models.collection<Account>(), shown, models.collection<Owner>());
}
// [/view]

class LiveOverStore : public ::testing::TestWithParam<std::string> {
 protected:
  LiveOverStore() {
    if (GetParam() == "sqlite") {
      std::string name = std::filesystem::temp_directory_path() / "freshet-live-XXXXXX";
      folder_ = ::mkdtemp(name.data());
    }
    open();
  }
  ~LiveOverStore() override {
    backend.reset();
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void open() {
    backend = GetParam() == "sqlite" ? store::open_sqlite(folder_ / "store.db").value() : store::open_memory();
    const std::vector<const store::Table*> tables{&store::table_of<Account>(), &store::table_of<Owner>()};
    if (auto prepared = backend->prepare(tables); !prepared) throw Failure(prepared.error());
  }

  std::shared_ptr<store::Backend> backend;

 private:
  std::filesystem::path folder_;
};
INSTANTIATE_TEST_SUITE_P(, LiveOverStore, ::testing::Values("memory", "sqlite"),
                         [](const auto& which) { return which.param; });

TEST_P(LiveOverStore, shows_what_is_there_and_then_what_happens) {
  write(*backend, {setting(Owner{"ada", "Ada"}), setting(Account{"a", "ada", 10}), setting(Account{"b", "bob", 5})});
  // [live]
  Graph graph;
  LiveStore live(backend, graph);
  const auto lines = statements(live);
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  EXPECT_THAT(rows_of(lines), ElementsAre("Ada: 10", "nobody: 5"));

  const auto position = write(*backend, {setting(Owner{"bob", "Bob"}), setting(Account{"b", "bob", 6})});
  ASSERT_TRUE(until_at(graph, live, position));
  EXPECT_THAT(rows_of(lines), ElementsAre("Ada: 10", "Bob: 6"));
  // [/live]
  ASSERT_TRUE(until_at(graph, live, write(*backend, {removing<Account>("a"), removing<Owner>("bob")})));
  EXPECT_THAT(rows_of(lines), ElementsAre("nobody: 6"));
  EXPECT_EQ(live.progress().rows_loaded, 3U);
  EXPECT_EQ(live.progress().refused_commits, 0U);
}

TEST_P(LiveOverStore, loads_in_bounded_commits) {
  std::vector<store::Write> writes;
  for (int i = 0; i < 250; ++i) writes.push_back(setting(Account{std::to_string(i), "", i}));
  write(*backend, writes);
  Graph graph;
  LiveStore live(backend, graph, {.snapshot_rows = 100});
  const auto accounts = live.collection<Account>();
  std::size_t most = 0;
  const auto subscription = accounts.subscribe([&](const Changes<std::string, Account>& changes) {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto change : changes) ++count;
    most = std::max(most, count);
  });
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  EXPECT_EQ(accounts.size(), 250U);
  EXPECT_EQ(most, 100U);
}

TEST_P(LiveOverStore, a_writer_reads_its_own_writes) {
  Graph graph;
  LiveStore live(backend, graph);
  const auto accounts = live.collection<Account>();
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(until_at(graph, live, write(*backend, {setting(Account{"a", "", i})})));
    ASSERT_EQ(accounts.get("a")->balance, i);
  }
}

TEST_P(LiveOverStore, a_write_that_changes_nothing_is_visible_at_once) {
  Graph graph;
  LiveStore live(backend, graph);
  const auto accounts = live.collection<Account>();
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  ASSERT_TRUE(until_at(graph, live, write(*backend, {setting(Account{"a", "", 1})})));
  ASSERT_TRUE(until_at(graph, live, write(*backend, {setting(Account{"a", "", 1})})));
}

TEST_P(LiveOverStore, a_write_to_what_nobody_follows_is_visible_at_once) {
  Graph graph;
  LiveStore live(backend, graph);
  const auto accounts = live.collection<Account>();
  ASSERT_TRUE(live.start());
  ASSERT_TRUE(live.wait_until_ready());
  ASSERT_TRUE(until_at(graph, live, write(*backend, {setting(Owner{"ada", "Ada"})})));
}

/// Money is only moved, from one account to another: a view that saw half a transaction would see another sum.
std::int64_t sum_of(const std::string&, std::span<const Account> accounts) {
  std::int64_t sum = 0;
  for (const Account& account : accounts) sum += account.balance;
  return sum;
}
std::string everywhere(const std::string&, const Account&) { return "all"; }

TEST_P(LiveOverStore, no_reader_ever_sees_half_a_transaction) {
  constexpr int kAccounts = 16, kWriters = 4, kMoves = 200;
  std::vector<store::Write> writes;
  for (int i = 0; i < kAccounts; ++i) writes.push_back(setting(Account{std::to_string(i), "", 100}));
  write(*backend, writes);

  std::vector<std::thread> writers;
  std::atomic<int> running = kWriters;
  for (int w = 0; w < kWriters; ++w) {
    writers.emplace_back([&, w] {
      std::mt19937 random(static_cast<std::uint32_t>(w));
      for (int i = 0; i < kMoves; ++i) {
        const auto from = std::to_string(random() % kAccounts), to = std::to_string(random() % kAccounts);
        if (from == to) continue;
        std::promise<void> done;
        backend->write(
            [&](store::BackendTransaction& transaction) -> Result<void> {
              const store::Table& table = store::table_of<Account>();
              const std::vector<store::Key> keys{{.parent = {}, .id = from}, {.parent = {}, .id = to}};
              const auto rows = transaction.get_many(table, keys);
              if (!rows) return fail(rows.error());
              for (std::size_t side = 0; side < 2; ++side) {
                Account account;
                if (auto read =
                        store::from_cells(table, table.variants[0], keys[side].id, (*rows)[side]->cells, &account);
                    !read) {
                  return read;
                }
                account.id = keys[side].id;
                account.balance += side == 0 ? -1 : 1;
                if (auto written = transaction.write(setting(account)); !written) return fail(written.error());
              }
              return {};
            },
            [&](const Result<store::Position>&) { done.set_value(); });
        done.get_future().get();
      }
      --running;
    });
  }

  // Readers that begin at any time see a whole state at once, and none but whole states after it.
  int rounds = 0;
  while (running > 0 || rounds < 3) {
    Graph graph;
    LiveStore live(backend, graph, {.snapshot_rows = 5, .commit_changes = 3});
    const auto total = testing::reduce(testing::key_by(live.collection<Account>(), everywhere), sum_of);
    ASSERT_TRUE(live.start());
    ASSERT_TRUE(live.wait_until_ready());
    ASSERT_EQ(*total.get("all"), kAccounts * 100);
    int torn = 0;
    const auto subscription = total.subscribe([&](const auto&) { ++torn; });
    const auto until = std::chrono::steady_clock::now() + 30ms;
    while (std::chrono::steady_clock::now() < until) graph.run_posted();
    ASSERT_EQ(torn, 0) << "the sum is never another";
    ++rounds;
  }
  for (auto& writer : writers) writer.join();
  EXPECT_GE(rounds, 3);
}

TEST_P(LiveOverStore, there_is_no_gap_and_no_overlap_between_the_snapshot_and_what_follows) {
  constexpr int kWrites = 400;
  const std::jthread writer([&] {
    for (int i = 1; i <= kWrites; ++i) write(*backend, {setting(Account{std::to_string(i), "", i})});
  });
  for (int round = 0; round < 8; ++round) {
    Graph graph;
    LiveStore live(backend, graph, {.snapshot_rows = 7});
    const auto accounts = live.collection<Account>();
    std::map<std::string, int> created;
    const auto subscription = accounts.subscribe([&](const Changes<std::string, Account>& changes) {
      for (const auto change : changes) ++created[change.key()];
    });
    ASSERT_TRUE(live.start());
    ASSERT_TRUE(live.wait_until_ready());
    ASSERT_TRUE(until(graph, [&] { return accounts.size() >= static_cast<std::size_t>(kWrites * (round + 1) / 8); }));
    // Written in order, each once: those that are there are the first ones, and each came once.
    for (std::size_t i = 1; i <= accounts.size(); ++i) {
      ASSERT_NE(accounts.get(std::to_string(i)), nullptr) << i << " of " << accounts.size();
      ASSERT_EQ(created[std::to_string(i)], 1);
    }
  }
}

TEST_P(LiveOverStore, begins_again_with_what_the_store_kept) {
  if (GetParam() == "memory") GTEST_SKIP() << "it keeps nothing";
  write(*backend, {setting(Owner{"ada", "Ada"}), setting(Account{"a", "ada", 10})});
  for (int run = 0; run < 3; ++run) {
    Graph graph;
    LiveStore live(backend, graph);
    const auto lines = statements(live);
    ASSERT_TRUE(live.start());
    ASSERT_TRUE(live.wait_until_ready());
    EXPECT_THAT(rows_of(lines), ElementsAre("Ada: " + std::to_string(10 + run)));
    ASSERT_TRUE(until_at(graph, live, write(*backend, {setting(Account{"a", "ada", 11 + run})})));
    backend.reset();
    EXPECT_THAT(rows_of(lines), ElementsAre("Ada: " + std::to_string(11 + run)));
    open();
  }
}

TEST_P(LiveOverStore, leaves_its_collections_as_they_are_when_it_goes) {
  Graph graph;
  auto live = std::make_unique<LiveStore>(backend, graph);
  const auto accounts = live->collection<Account>();
  ASSERT_TRUE(live->start());
  ASSERT_TRUE(live->wait_until_ready());
  ASSERT_TRUE(until_at(graph, *live, write(*backend, {setting(Account{"a", "", 1})})));
  live.reset();
  write(*backend, {setting(Account{"a", "", 2})});
  graph.run_posted();
  EXPECT_EQ(accounts.get("a")->balance, 1);
}

}  // namespace
}  // namespace freshet
