// SPDX-License-Identifier: MIT
// Whatever happens on the way, each client ends in the state of the snapshot, and gets nothing twice.
#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/stream/testing/stream_world.hpp"

namespace freshet::stream {
namespace {

using std::chrono::milliseconds;
using testing::StreamClient;
using testing::StreamWorld;

constexpr std::size_t kBudget = 700;
constexpr std::size_t kHistoryBytes = 6000;
constexpr std::size_t kLagBytes = 2000;
constexpr std::size_t kRowsPerTurn = 15;

StreamOptions tight_options(bool is_roomy) {
  return {.session_queue_bytes_max = kBudget,
          .history_bytes_max = is_roomy ? 1024 * 1024 : kHistoryBytes,
          .history_age_max = milliseconds(is_roomy ? 60'000 : 3'000),
          .lag_keys_bytes_max = kLagBytes,
          .snapshot_rows_per_turn = kRowsPerTurn};
}

/// Writers and readers at random: what each does next follows from the seed alone.
class Schedule {
 public:
  Schedule(unsigned seed, bool is_roomy) : random_(seed), world(tight_options(is_roomy)) {
    for (int i = 0; i < 8; ++i) {
      clients_.push_back(std::make_unique<StreamClient>(world, i % 3 == 0 ? Format::ndjson : Format::sse));
    }
  }

  void step() {
    const int choice = below(100);
    if (choice < 40) {
      write();
    } else if (choice < 65) {
      some_client().read(static_cast<std::size_t>(below(below(2) == 0 ? 40 : 3000)));
    } else if (choice < 75) {
      some_client().connect();
    } else if (choice < 80) {
      some_client().cut();
    } else if (choice < 96) {
      world.loop.poll();
    } else if (choice < 99) {
      world.pass(milliseconds(below(1500)));
    } else if (below(15) == 0) {
      world.start();  // all connections are gone, and all ids with them
    }
    check_bounds();
  }

  /// Everybody reads all there is.
  void settle() {
    world.open();
    world.settle();
    for (const auto& client : clients_) {
      if (!client->connected()) client->connect();
      client->read();
      ASSERT_EQ(client->audit.complaints(), "");
      ASSERT_EQ(client->audit.rows(), world.rows());
      ASSERT_EQ(client->audit.errors(), world.errors());
    }
  }

  int inits() const {
    int sum = 0;
    for (const auto& client : clients_) sum += client->audit.inits();
    return sum;
  }

 private:
  int below(int bound) { return static_cast<int>(random_() % static_cast<unsigned>(bound)); }
  StreamClient& some_client() { return *clients_[static_cast<std::size_t>(below(static_cast<int>(clients_.size())))]; }

  void write() {
    Transaction transaction;
    for (int i = below(4); i >= 0; --i) {
      const std::string key = "k" + std::to_string(below(below(10) == 0 ? 200 : 30));
      const int what = below(10);
      if (what < 3) {
        transaction.erase(world.numbers, key);
      } else {
        // Some are NaN when they are encoded, some fail in the mapper.
        transaction.set(world.numbers, key, what == 3 ? -1 : what == 4 ? 2000 : below(1000));
      }
    }
    world.commit(std::move(transaction));
  }

  void check_bounds() {
    const StreamStats& stats = world.stats();
    ASSERT_LE(stats.history_bytes, world.options().history_bytes_max);
    ASSERT_LE(stats.lag_key_bytes, kLagBytes);
    ASSERT_LE(stats.snapshot_rows_in_turn_max, kRowsPerTurn);
    std::size_t largest = 0;
    for (const auto& client : clients_) {
      if (client->wire != nullptr) largest = std::max(largest, client->wire->queued_bytes());
    }
    // An init or what a client missed may be more than the budget, never what comes behind it.
    ASSERT_LE(largest, kBudget + 20'000 + stats.history_bytes);
  }

  std::mt19937 random_;

 public:
  StreamWorld world;

 private:
  std::vector<std::unique_ptr<StreamClient>> clients_;
};

TEST(Audit, of_any_schedule_finds_each_client_in_the_state_of_the_snapshot) {
  std::uint64_t resumes = 0, conflations = 0, too_old = 0, steps = 0, lag_inits = 0, partial = 0;
  for (unsigned seed = 1; seed <= 40; ++seed) {
    Schedule schedule(seed, seed % 2 == 0);
    for (int i = 0; i < 1500; ++i) {
      schedule.step();
      if (i % 250 == 249) schedule.settle();
      if (::testing::Test::HasFatalFailure()) FAIL() << "seed " << seed << ", step " << i;
    }
    const StreamStats& stats = schedule.world.stats();
    resumes += stats.resumes, conflations += stats.conflations, too_old += stats.resumes_too_old;
    steps += stats.snapshot_steps, lag_inits += stats.lag_inits, partial += stats.resumes_partial;
  }
  // All that may happen has happened.
  EXPECT_GT(resumes, 500u);
  EXPECT_GT(conflations, 100u);
  EXPECT_GT(too_old, 50u);
  EXPECT_GT(steps, 500u);
  EXPECT_GT(lag_inits, 10u);
  EXPECT_GT(partial, 0u);
}

TEST(Audit, of_clients_that_resume_finds_every_event_once) {
  StreamWorld world;
  StreamClient steady(world), broken(world);
  steady.connect();
  broken.connect();
  std::mt19937 random(7);
  for (int i = 0; i < 3000; ++i) {
    world.set("k" + std::to_string(random() % 20), static_cast<double>(random() % 900));
    if (random() % 5 == 0) broken.read(random() % 400);
    if (random() % 9 == 0) broken.connect();
    if (i % 100 == 0) steady.read();
  }
  steady.read();
  broken.read();
  if (!broken.connected()) broken.connect();
  broken.read();
  EXPECT_EQ(broken.audit.complaints(), "");
  EXPECT_EQ(broken.audit.inits(), 1);
  EXPECT_EQ(broken.audit.events(), steady.audit.events());
  EXPECT_EQ(broken.audit.rows(), world.rows());
}

}  // namespace
}  // namespace freshet::stream
