// SPDX-License-Identifier: MIT
#include <chrono>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/async_world.hpp"
#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using namespace std::chrono_literals;
using testing::Ask, testing::Asked, testing::AsyncWorld, testing::Contents, testing::contents_of, testing::map_async;

/// Random commits, answers, failures, delays and refusals against a model: each row has the answer for its value as it
/// is, or an error, or waits.
class RandomWorld {
 public:
  explicit RandomWorld(unsigned seed) : random_(seed), many_(seed % 2 == 0) {
    AsyncWorld::current() = &world_;
    guard_.strict();
    const auto fold = [this](const auto& changes) {
      for (const auto change : changes) {
        const auto values = change.values().to_vector();
        EXPECT_NE(told_[change.key()], values) << "a change without a difference";
        values.empty() ? void(told_.erase(change.key())) : void(told_[change.key()] = values);
      }
    };
    subscription_ = view_.subscribe(fold);
  }

  void step() {
    switch (random_() % 5) {
      case 0:
      case 1:
        return commit();
      case 2:
      case 3:
        return answer_some();
      default:
        timers_.advance(std::chrono::milliseconds(random_() % 5));
    }
  }

  void check() {
    std::size_t failing = 0;
    errors_.for_each(
        [&](const std::string&, const auto& error) { failing += static_cast<std::size_t>(error.front().rows); });
    ASSERT_EQ(view_.size() + pending_.size() + failing, input_.size());
    for (const auto& [key, answers] : contents_of(view_)) {
      std::size_t at = 0;
      for (const std::int64_t answer : answers) {
        while (at < model_[key].size() && model_[key][at] * 10 != answer) ++at;
        ASSERT_LT(at++, model_[key].size()) << "answers are in the order of their rows";
      }
    }
    ASSERT_EQ(told_, contents_of(view_));
    ASSERT_FALSE(view_.node().invariant().has_value()) << *view_.node().invariant();
    ASSERT_FALSE(pending_.node().invariant().has_value()) << *pending_.node().invariant();
  }

  /// Answers everything, changes every row, and answers everything again: nothing may be missing then.
  void finish() {
    settle();
    Transaction transaction;
    for (auto& [key, values] : model_) {
      for (auto& value : values) value += 100;
      transaction.set_all(input_, key, values);
    }
    ASSERT_TRUE(graph_.commit(transaction));
    settle();
    for (auto& [key, values] : model_) {
      for (auto& value : values) value *= 10;
    }
    ASSERT_EQ(contents_of(view_), model_);
    ASSERT_TRUE(errors_.empty());
  }

 private:
  static std::int64_t not_negative(int, std::int64_t value) {
    if (value < 0) throw std::domain_error("less than nothing");
    return value;
  }

  void commit() {
    Transaction transaction;
    Contents model = model_;
    for (unsigned i = 0; i < 1 + random_() % 4; ++i) {
      const int key = static_cast<int>(random_() % 12);
      std::vector<std::int64_t> values;
      const std::size_t count = random_() % (many_ ? 4 : 2);
      for (std::size_t n = 0; n < count; ++n) values.push_back(static_cast<std::int64_t>(random_() % 50));
      if (random_() % 12 == 0) values.assign(1, -1);
      transaction.set_all(input_, key, values);
      values.empty() ? void(model.erase(key)) : void(model[key] = values);
    }
    if (graph_.commit(transaction)) model_ = model;
  }
  void answer_some() {
    for (std::size_t n = world_.asked.size(); n > 0 && random_() % 3 != 0; --n) {
      Asked asked = world_.take(random_() % world_.asked.size());
      if (random_() % 4 == 0) {
        asked.reply.fail({.code = ErrorCode::unavailable, .primary = "no line"});
      } else {
        asked.reply(asked.value * 10);
      }
    }
    if (random_() % 3 != 0) graph_.run_posted();
  }
  void settle() {
    for (int round = 0; round < 200 && !pending_.empty(); ++round) {
      world_.answer_all();
      graph_.run_posted();
      timers_.advance(5ms);  // enough for a retry, too little for a timeout
    }
    ASSERT_TRUE(pending_.empty());
  }
  AsyncCollection<int, std::int64_t> declare() {
    graph_.set_timers(timers_);
    const AsyncOptions options{.concurrent_max = 1 + random_() % 8,
                               .timeout = std::chrono::milliseconds(10 * (random_() % 2)),
                               .retries_max = static_cast<int>(random_() % 3),
                               .retry_delay = std::chrono::milliseconds(3 * (random_() % 2))};
    return map_async(input_, Ask(), options);
  }

  std::mt19937 random_;
  const bool many_;
  AsyncWorld world_;
  SimulatedClock clock_;
  SimulatedTimers timers_{clock_};
  Graph graph_;
  Input<int, std::int64_t> input_ = graph_.input<int, std::int64_t>("input");
  Collection<int, std::int64_t> guard_ = testing::map(input_, not_negative);
  AsyncCollection<int, std::int64_t> view_ = declare();
  Collection<int, Pending> pending_ = view_.pending();
  Collection<std::string, RowError> errors_ = view_.errors();
  Subscription subscription_;
  Contents model_;
  Contents told_;
};

TEST(MapAsyncRandom, equals_its_model_under_random_commits_answers_failures_and_refusals) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomWorld world(seed);
    for (int i = 0; i < 150; ++i) {
      world.step();
      world.check();
      if (::testing::Test::HasFatalFailure()) return;
    }
    world.finish();
    if (::testing::Test::HasFatalFailure()) return;
  }
}

}  // namespace
}  // namespace freshet
