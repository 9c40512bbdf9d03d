// SPDX-License-Identifier: MIT
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"

namespace freshet {
namespace {

TEST(GraphPost, applies_what_many_threads_post_once_each_and_whole) {
  Graph graph({.posted_max = 1u << 20});
  const auto left = graph.input<int, std::int64_t>("left");
  const auto right = graph.input<int, std::int64_t>("right");
  constexpr int kThreads = 4;
  constexpr int kPosts = 500;
  std::atomic<int> wakeups{0};
  std::atomic<int> finished{0};
  std::vector<Version> versions;
  int torn = 0;
  graph.set_wakeup([&] { ++wakeups; });
  const auto subscription = left.subscribe([&](const auto& changes) {
    for (const auto change : changes) torn += *right.get(change.key()) != -change.values().front();
  });
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < kPosts; ++i) {
        Transaction transaction;
        transaction.set(left, thread, i).set(right, thread, -i);
        ASSERT_TRUE(graph.post(std::move(transaction), [&](Result<Version> done) { versions.push_back(*done); }));
      }
      ++finished;
    });
  }
  std::size_t applied = 0;
  while (finished < kThreads || applied < kThreads * kPosts) applied += graph.run_posted();
  for (auto& thread : threads) thread.join();
  ASSERT_EQ(versions.size(), static_cast<std::size_t>(kThreads * kPosts));
  for (std::size_t i = 0; i < versions.size(); ++i) ASSERT_EQ(versions[i], i + 1) << "versions are dense and in order";
  EXPECT_EQ(torn, 0);
  EXPECT_GT(wakeups, 0);
  for (int thread = 0; thread < kThreads; ++thread)
    EXPECT_EQ(*left.get(thread), kPosts - 1) << "in the order of posting";
}

TEST(GraphPost, refuses_more_than_its_limit_and_tells_whom_it_leaves_waiting) {
  std::optional<ErrorCode> left_behind;
  {
    Graph graph({.posted_max = 1});
    EXPECT_TRUE(graph.post(Transaction(), [&](Result<Version> done) { left_behind = done.error().code; }));
    const auto refused = graph.post(Transaction());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::limit_exceeded);
    EXPECT_EQ(graph.stats().posted_refused, 1u);
  }
  EXPECT_EQ(left_behind, ErrorCode::unavailable);
}

}  // namespace
}  // namespace freshet
