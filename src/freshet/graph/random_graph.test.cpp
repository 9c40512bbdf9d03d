// SPDX-License-Identifier: MIT
#include "freshet/graph/testing/random_graph.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet::testing {
namespace {

constexpr std::int64_t kRefusedByCheck = 666;
constexpr std::int64_t kRefusedByStrictView = 777;

/// One random graph under random transactions, compared with the oracle after each commit.
class RandomGraph {
 public:
  explicit RandomGraph(std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < kInputs; ++i) {
      inputs_.push_back(graph_.input<int, std::int64_t>("input" + std::to_string(i)));
      inputs_.back().check([](int, std::int64_t value) -> std::optional<std::string> {
        if (value == kRefusedByCheck) return "an unlucky number";
        return std::nullopt;
      });
      strict_views_.push_back(map(inputs_.back(), [](int, std::int64_t value) {
        if (value == kRefusedByStrictView) throw std::runtime_error("not this one");
        return value;
      }));
      strict_views_.back().strict();
    }
    steps_ = random_steps(random_, kInputs, 3 + random_() % 10);
    contents_.resize(kInputs);
    // Some graphs are declared over rows that are there already.
    if (random_() % 2 == 0) commit_randomly();
    views_ = declare({inputs_.begin(), inputs_.end()}, steps_);
    for (const Rows& view : views_) watch(view);
    check();
  }

  void commit_randomly() {
    Transaction transaction;
    std::vector<Contents> wanted = contents_;
    bool refused = false;
    const std::size_t writes = random_() % 6;
    for (std::size_t i = 0; i < writes; ++i) refused = write_randomly(transaction, wanted) || refused;
    refused = refused || refused_by_strict_view(wanted);
    clear_news();
    const Version before = graph_.version();
    const Result<Version> committed = graph_.commit(transaction);
    ASSERT_EQ(committed.has_value(), !refused);
    ASSERT_EQ(graph_.version(), refused ? before : before + 1);
    ASSERT_TRUE(transaction.empty());
    if (!refused) contents_ = std::move(wanted);
    if (!views_.empty()) check();
    ASSERT_TRUE(!refused || news_count_ == 0) << "a refused commit told somebody";
  }

  std::string description() const {
    std::string text;
    for (const Step& step : steps_) text += "\n  " + to_text(step);
    return text;
  }

 private:
  static constexpr std::size_t kInputs = 3;

  /// What a subscriber was told of one view in the last commit.
  struct News {
    std::set<int> keys;
    std::size_t rows_to_map = 0;  // changed rows that are there now
    Contents told;                // folded from all news so far
  };

  bool write_randomly(Transaction& transaction, std::vector<Contents>& wanted) {
    const std::size_t input = random_() % kInputs;
    const int key = static_cast<int>(random_() % 8);
    std::vector<std::int64_t> values(random_() % 5 == 0 ? random_() % 4 : 1);
    for (auto& value : values) value = static_cast<std::int64_t>(random_() % 60);
    if (random_() % 40 == 0 && !values.empty()) {
      values.back() = random_() % 2 == 0 ? kRefusedByCheck : kRefusedByStrictView;
    }
    if (random_() % 5 == 0) values.clear();
    transaction.set_all(inputs_[input], key, values);
    if (values.empty()) {
      wanted[input].erase(key);
    } else {
      wanted[input][key] = values;
    }
    return !values.empty() && values.back() == kRefusedByCheck;
  }
  /// A strict view sees what the transaction comes to; a check sees each write.
  static bool refused_by_strict_view(const std::vector<Contents>& wanted) {
    for (const Contents& contents : wanted) {
      for (const auto& [key, values] : contents) {
        if (std::count(values.begin(), values.end(), kRefusedByStrictView) > 0) return true;
      }
    }
    return false;
  }

  void watch(const Rows& view) {
    const std::size_t index = news_.size();
    news_.push_back({{}, 0, contents_of(view)});
    calls_.push_back(view.node().counters().calls);
    subscriptions_.push_back(view.subscribe([this, index](const Changes<int, std::int64_t>& changes) {
      News& news = news_[index];
      ++news_count_;
      EXPECT_EQ(changes.version(), graph_.version());
      int last = -1;
      for (const auto change : changes) {
        EXPECT_LT(last, change.key()) << "changes come in key order, each key once";
        last = change.key();
        news.keys.insert(change.key());
        if (change.values().empty()) {
          news.told.erase(change.key());
        } else {
          news.told[change.key()] = change.values().to_vector();
        }
      }
      changes.for_each_row([&](int, const std::int64_t* before, const std::int64_t* after) {
        EXPECT_TRUE(before != nullptr || after != nullptr);
        EXPECT_FALSE(before != nullptr && after != nullptr && *before == *after) << "nothing changed here";
        if (after != nullptr) ++news.rows_to_map;
      });
    }));
  }
  void clear_news() {
    news_count_ = 0;
    for (std::size_t i = 0; i < views_.size(); ++i) {
      news_[i].keys.clear();
      news_[i].rows_to_map = 0;
      calls_[i] = views_[i].node().counters().calls;
    }
  }

  void check() {
    const std::vector<Expected> expected = recompute(contents_, steps_);
    for (std::size_t i = 0; i < views_.size(); ++i) {
      ASSERT_EQ(contents_of(views_[i]), expected[i].contents) << "view " << i;
      ASSERT_EQ(news_[i].told, expected[i].contents) << "what subscribers were told of view " << i;
      std::set<std::string> failing;
      views_[i].errors().for_each([&](const std::string& key, const auto&) { failing.insert(key); });
      ASSERT_EQ(failing, expected[i].failing) << "errors of view " << i;
      if (i >= kInputs) check_calls(i, steps_[i - kInputs], expected);
    }
  }

  void check_calls(std::size_t view, const Step& step, const std::vector<Expected>& expected) {
    const std::uint64_t calls = views_[view].node().counters().calls - calls_[view];
    const News& source = news_[step.source];
    switch (step.verb) {
      case Verb::map:
      case Verb::map_some:
      case Verb::map_or_throw:
      case Verb::flat_map:
      case Verb::flat_map_many:
      case Verb::filter:
        ASSERT_EQ(calls, source.rows_to_map) << "one call per changed row, view " << view;
        break;
      case Verb::map_reading:
      case Verb::flat_map_reading:
      case Verb::filter_reading: {
        std::size_t readers = 0;  // rows that read a key that changed
        for (const auto& [key, values] : expected[step.source].contents) {
          for (const auto value : values) readers += news_[step.other].keys.count(read_key_of(value));
        }
        ASSERT_GE(calls, source.rows_to_map);
        ASSERT_LE(calls, source.rows_to_map + readers) << "only rows that read what changed, view " << view;
        break;
      }
      case Verb::reduce:
        ASSERT_LE(calls, source.keys.size()) << "one call per changed key, view " << view;
        break;
      default:
        break;  // incremental reducers have no calls of the user's to count
    }
  }

  std::mt19937_64 random_;
  Graph graph_;
  std::vector<Input<int, std::int64_t>> inputs_;
  std::vector<Rows> strict_views_;
  std::vector<Step> steps_;
  std::vector<Rows> views_;
  std::vector<Contents> contents_;
  std::vector<News> news_;
  std::vector<std::uint64_t> calls_;
  std::size_t news_count_ = 0;
  std::vector<Subscription> subscriptions_;
};

TEST(RandomGraph, is_after_every_commit_what_recomputing_gives) {
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    RandomGraph graph(seed);
    for (int i = 0; i < 40; ++i) {
      ASSERT_NO_FATAL_FAILURE(graph.commit_randomly()) << "seed " << seed << ", commit " << i << graph.description();
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << ", commit " << i << graph.description();
    }
  }
}

}  // namespace
}  // namespace freshet::testing
