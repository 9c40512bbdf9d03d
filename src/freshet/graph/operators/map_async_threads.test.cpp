// SPDX-License-Identifier: MIT
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/async_world.hpp"
#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::Ask, testing::AsyncWorld, testing::contents_of, testing::map_async, testing::plain;

TEST(MapAsyncShutdown, takes_replies_that_come_when_the_graph_is_gone) {
  AsyncWorld outside;
  AsyncWorld::current() = &outside;
  SimulatedClock clock;
  auto timers = std::make_unique<SimulatedTimers>(clock);
  std::optional<Collection<int, std::int64_t>> handle;
  {
    Graph graph;
    graph.set_timers(*timers);
    const auto rows = graph.input<int, std::int64_t>("rows");
    const auto view = map_async(rows, Ask(), AsyncOptions());
    handle = view;
    for (int key = 0; key < 3; ++key) graph.commit(Transaction().set(rows, key, key));
    outside.asked[0].reply(1);  // posted, but never delivered
  }
  EXPECT_TRUE(outside.asked[1].reply.cancelled());
  outside.asked[1].reply(1);
  timers->advance(10s);
  timers.reset();
  handle.reset();
  outside.asked[2].reply(1);
}

/// A world of threads that answer late and in any order.
class Pool {
 public:
  explicit Pool(int threads) {
    for (int i = 0; i < threads; ++i) {
      threads_.emplace_back([this, i](const std::stop_token& stop) { run(stop, static_cast<unsigned>(i)); });
    }
  }
  ~Pool() {
    for (auto& thread : threads_) thread.request_stop();
    wakeup_.notify_all();
  }
  void ask(std::int64_t value, Reply<std::int64_t> reply) {
    {
      const std::lock_guard lock(mutex_);
      waiting_.emplace_back(value, std::move(reply));
    }
    wakeup_.notify_one();
  }

  static Pool*& current() {
    static Pool* pool = nullptr;
    return pool;
  }

 private:
  void run(const std::stop_token& stop, unsigned seed) {
    std::mt19937 random(seed);
    while (true) {
      std::unique_lock lock(mutex_);
      wakeup_.wait(lock, stop, [&] { return !waiting_.empty(); });
      if (waiting_.empty()) return;
      const std::size_t at = random() % waiting_.size();
      auto [value, reply] = std::move(waiting_[at]);
      waiting_.erase(waiting_.begin() + static_cast<std::ptrdiff_t>(at));
      lock.unlock();
      if (random() % 4 == 0) std::this_thread::yield();
      if (reply.cancelled()) continue;  // dropped
      if (value % 7 == 0 && random() % 2 == 0) {
        reply.fail({.code = ErrorCode::unavailable, .primary = "busy"});
      } else {
        reply(value * 10);
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable_any wakeup_;
  std::deque<std::pair<std::int64_t, Reply<std::int64_t>>> waiting_;
  std::vector<std::jthread> threads_;
};

struct AskPool {
  using Answer = std::int64_t;
  static constexpr bool kIsTask = false;
  void operator()(int, std::int64_t value, Reply<std::int64_t> reply) const {
    Pool::current()->ask(value, std::move(reply));
  }
  bool same(const AskPool&) const { return true; }
  std::size_t hash() const { return 3; }
};

TEST(MapAsyncThreads, end_with_what_a_plain_map_gives_whoever_answers_when) {
  Graph graph;
  const auto rows = graph.input<int, std::int64_t>("rows");
  std::atomic<bool> woken = false;
  graph.set_wakeup([&] { woken = true; });
  Pool pool(3);
  Pool::current() = &pool;
  const auto view = map_async(rows, AskPool(),
                              AsyncOptions{.concurrent_max = 8, .timeout = 0s, .retries_max = 1000, .retry_delay = 0s});
  const auto direct = testing::map(rows, [](int, std::int64_t value) { return value * 10; });
  std::mt19937 random(1);
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  const auto settle = [&] {
    if (woken.exchange(false)) graph.run_posted();
  };
  for (int commit = 0; commit < 400; ++commit) {
    Transaction transaction;
    for (unsigned i = 0; i < 1 + random() % 5; ++i) {
      const int key = static_cast<int>(random() % 40);
      if (random() % 4 == 0) {
        transaction.erase(rows, key);
      } else {
        transaction.set(rows, key, static_cast<std::int64_t>(random() % 1000));
      }
    }
    ASSERT_TRUE(graph.commit(transaction));
    settle();
    for (const auto& [key, values] : contents_of(view)) ASSERT_EQ(values, contents_of(direct)[key]);
    ASSERT_EQ(view.size() + view.pending().size(), rows.size());
  }
  while (!view.pending().empty() && std::chrono::steady_clock::now() < deadline) settle();
  EXPECT_EQ(contents_of(view), contents_of(direct));
}

TEST(MapAsyncThreads, may_answer_while_the_graph_goes) {
  for (int round = 0; round < 20; ++round) {
    Pool pool(2);
    Pool::current() = &pool;
    const auto woken = std::make_unique<std::atomic<int>>(0);  // goes after the graph, before the pool
    Graph graph;
    graph.set_wakeup([&] { ++*woken; });
    const auto rows = graph.input<int, std::int64_t>("rows");
    const auto view = map_async(rows, AskPool(), plain());
    Transaction transaction;
    for (int key = 0; key < 100; ++key) transaction.set(rows, key, key);
    graph.commit(transaction);
  }
}

}  // namespace
}  // namespace freshet
