// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/top.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/view_check.hpp"

namespace freshet {
namespace {

using testing::PlainCall;
using testing::ViewCheck;

template <Direction kDirection = Direction::descending, class Key, class Value, class Function, class... Args>
auto top(const Collection<Key, Value>& rows, std::size_t count, Function score, const Args&... args) {
  return detail::make_top<kDirection>(rows, count, PlainCall<Function>{score},
                                      std::tuple<detail::Stored<Args>...>(args...));
}
auto itself = [](const auto&, const auto& value) { return value; };

TEST(Top, gives_the_rows_with_the_greatest_scores_best_first) {
  Graph graph;
  const auto rows = graph.input<std::string, std::int64_t>("rows");
  const auto best = top(rows, 3, itself);
  const auto least = top<Direction::ascending>(rows, 2, itself);
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, "a", {5, 9, 1, 7, 3}).set(rows, "b", 4)));
  EXPECT_EQ(best.values("a").to_vector(), (std::vector<std::int64_t>{9, 7, 5}));
  EXPECT_EQ(best.values("b").to_vector(), (std::vector<std::int64_t>{4}));
  EXPECT_EQ(least.values("a").to_vector(), (std::vector<std::int64_t>{1, 3}));
  EXPECT_EQ(best.size(), 4U);
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, "a", {5, 2, 1, 7, 3})));
  EXPECT_EQ(best.values("a").to_vector(), (std::vector<std::int64_t>{7, 5, 3}));
}

TEST(Top, tells_of_a_row_that_enters_and_one_that_leaves) {
  Graph graph;
  const auto rows = graph.input<int, std::int64_t>("rows");
  const auto grouped = testing::flat_map(rows, [](int, std::int64_t value) { return std::pair(0, value); });
  const auto best = top(grouped, 10, itself);
  Transaction transaction;
  for (int key = 0; key < 1000; ++key) transaction.set(rows, key, key);
  ASSERT_TRUE(graph.commit(transaction));
  std::vector<std::pair<std::int64_t, std::int64_t>> heard;
  const auto subscription = best.subscribe([&](const auto& changes) {
    changes.for_each_row([&](int, const std::int64_t* before, const std::int64_t* after) {
      heard.emplace_back(before != nullptr ? *before : -1, after != nullptr ? *after : -1);
    });
  });
  ASSERT_TRUE(graph.commit(Transaction().set(rows, 5, 2000)));
  std::sort(heard.begin(), heard.end());
  EXPECT_EQ(heard, (std::vector<std::pair<std::int64_t, std::int64_t>>{{-1, 2000}, {990, -1}}));
  heard.clear();
  ASSERT_TRUE(graph.commit(Transaction().set(rows, 17, 1)));
  EXPECT_TRUE(heard.empty()) << "nothing among the first changed";
}

TEST(Top, lets_the_earlier_row_win_among_equal_scores) {
  struct Row {
    int score = 0;
    std::string name;
    bool operator==(const Row&) const = default;
  };
  Graph graph;
  const auto rows = graph.input<int, Row>("rows");
  const auto best = top(rows, 2, [](int, const Row& row) { return row.score; });
  const auto names = [&] {
    std::string text;
    for (const Row& row : best.values(0)) text += row.name;
    return text;
  };
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 0, {{1, "a"}, {2, "b"}, {2, "c"}, {2, "d"}})));
  EXPECT_EQ(names(), "bc");
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 0, {{2, "a"}, {2, "b"}, {2, "c"}, {2, "d"}})));
  EXPECT_EQ(names(), "ab");
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 0, {{2, "a"}, {2, "x"}, {2, "c"}, {2, "d"}})));
  EXPECT_EQ(names(), "ax") << "the value changed, its score did not";
}

TEST(Top, puts_nan_last_and_takes_both_zeros_for_one) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const double infinity = std::numeric_limits<double>::infinity();
  Graph graph;
  const auto rows = graph.input<int, double>("rows");
  const auto best = top(rows, 4, itself);
  const auto least = top<Direction::ascending>(rows, 4, itself);
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 0, {nan, -0.0, -1.5, infinity, 0.0, -infinity})));
  EXPECT_EQ(best.values(0).to_vector(), (std::vector<double>{infinity, -0.0, 0.0, -1.5}));
  EXPECT_TRUE(std::signbit(best.values(0)[1]));
  EXPECT_EQ(least.values(0).to_vector(), (std::vector<double>{-infinity, -1.5, -0.0, 0.0}));
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 0, {nan, 1.0})));
  EXPECT_EQ(best.values(0)[0], 1.0);
  EXPECT_TRUE(std::isnan(best.values(0)[1]));
  EXPECT_TRUE(std::isnan(least.values(0)[1]));
}

TEST(Top, ranks_numbers_of_any_kind_as_compare_does) {
  const auto ordered_alike = []<class T>(std::vector<T> values) {
    for (const T a : values) {
      for (const T b : values) {
        const auto up =
            detail::SortCode<T, Direction::ascending>::of(a) <=> detail::SortCode<T, Direction::ascending>::of(b);
        const auto down =
            detail::SortCode<T, Direction::descending>::of(a) <=> detail::SortCode<T, Direction::descending>::of(b);
        EXPECT_EQ(up < 0, compare_in<Direction::ascending>(a, b) < 0) << +a << " " << +b;
        EXPECT_EQ(up == 0, compare(a, b) == 0) << +a << " " << +b;
        EXPECT_EQ(down < 0, compare_in<Direction::descending>(a, b) < 0) << +a << " " << +b;
      }
    }
  };
  const auto integers = [&]<class T>(T) {
    ordered_alike(std::vector<T>{std::numeric_limits<T>::min(), std::numeric_limits<T>::max(), 0, 1, static_cast<T>(-1),
                                 static_cast<T>(-2), 100});
  };
  const auto reals = [&]<class T>(T) {
    using Limits = std::numeric_limits<T>;
    ordered_alike(std::vector<T>{Limits::lowest(), Limits::max(), Limits::min(), -Limits::min(), Limits::infinity(),
                                 -Limits::infinity(), Limits::quiet_NaN(), -Limits::quiet_NaN(), Limits::denorm_min(),
                                 0, -T{0}, 1, -1});
  };
  integers(std::int8_t{});
  integers(std::uint8_t{});
  integers(std::int16_t{});
  integers(std::int32_t{});
  integers(std::uint32_t{});
  integers(std::int64_t{});
  integers(std::uint64_t{});
  reals(float{});
  reals(double{});
}

TEST(Top, ranks_by_texts_and_leaves_out_rows_without_a_score) {
  using Row = std::pair<std::string, bool>;
  Graph graph;
  const auto rows = graph.input<int, Row>("rows");
  const auto last = top(rows, 2, [](int, const Row& row) -> std::optional<std::string> {
    if (!row.second) return std::nullopt;
    return row.first;
  });
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 1, {{"x", false}, {"b", true}, {"a", true}, {"c", true}})));
  EXPECT_EQ(last.values(1).to_vector(), (std::vector<Row>{{"c", true}, {"b", true}}));
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 1, {{"x", true}, {"b", true}, {"a", true}, {"c", true}})));
  EXPECT_EQ(last.values(1).to_vector(), (std::vector<Row>{{"x", true}, {"c", true}}));
}

TEST(Top, contains_errors_and_follows_what_the_score_read) {
  Graph graph;
  const auto rows = graph.input<int, std::int64_t>("rows");
  const auto weights = graph.input<std::int64_t, std::int64_t>("weights");
  const auto best = top(
      rows, 1,
      [](int, std::int64_t value, const Collection<std::int64_t, std::int64_t>& w) {
        if (value < 0) throw std::runtime_error("negative");
        const std::int64_t* weight = w.get(value);
        return weight == nullptr ? value : *weight;
      },
      weights);
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 1, {3, 1, -2})));
  EXPECT_EQ(*best.get(1), 3);
  EXPECT_EQ(best.errors().size(), 1U);
  const auto calls = best.node().counters().calls;
  ASSERT_TRUE(graph.commit(Transaction().set(weights, 1, 100)));
  EXPECT_EQ(*best.get(1), 1);
  EXPECT_EQ(best.node().counters().calls - calls, 1U);
  ASSERT_TRUE(graph.commit(Transaction().set_all(rows, 1, {3, 1, 2})));
  EXPECT_TRUE(best.errors().empty());
}

TEST(Top, is_one_node_for_equal_arguments) {
  Graph graph;
  const auto rows = graph.input<int, std::int64_t>("rows");
  EXPECT_EQ(top(rows, 2, itself), top(rows, 2, itself));
  EXPECT_FALSE(top(rows, 2, itself) == top(rows, 3, itself));
  EXPECT_FALSE(top(rows, 2, itself) == top<Direction::ascending>(rows, 2, itself));
}

/// The naive way: sorts the values of each key.
template <class Before> ViewCheck<int>::Recompute sorted_and_cut(std::size_t count, Before before) {
  return [=](const ViewCheck<int>::Contents& input) {
    ViewCheck<int>::Expected best;
    for (const auto& [key, values] : input) {
      auto sorted = values;
      std::stable_sort(sorted.begin(), sorted.end(), before);
      sorted.resize(std::min(count, sorted.size()));
      if (!sorted.empty()) best[key] = sorted;
    }
    return best;
  };
}

TEST(Top, is_what_recomputing_gives_under_random_transactions) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const std::size_t count = std::array<std::size_t, 5>{0, 1, 3, 10, 80}[seed % 5];
    // Scores with many equals, so that ties are decided often.
    ViewCheck<int> check(
        seed,
        [&](Graph&, const auto& rows) {
          return top(rows, count, [](int, std::int64_t value) { return static_cast<double>(value - value % 4); });
        },
        sorted_and_cut(count, [](std::int64_t a, std::int64_t b) { return a / 4 > b / 4; }));
    for (int i = 0; i < 50; ++i) {
      ASSERT_NO_FATAL_FAILURE(check.commit_randomly()) << "seed " << seed << ", commit " << i;
    }
  }
}

TEST(Top, is_the_same_for_scores_that_are_no_numbers) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    ViewCheck<int> check(
        seed,
        [&](Graph&, const auto& rows) {
          return top<Direction::ascending>(rows, 4, [](int, std::int64_t value) { return std::to_string(value % 13); });
        },
        sorted_and_cut(4,
                       [](std::int64_t a, std::int64_t b) { return std::to_string(a % 13) < std::to_string(b % 13); }));
    for (int i = 0; i < 50; ++i) {
      ASSERT_NO_FATAL_FAILURE(check.commit_randomly()) << "seed " << seed << ", commit " << i;
    }
  }
}

TEST(Top, may_be_taken_of_what_was_put_under_other_keys_and_of_another_top) {
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    ViewCheck<int> check(
        seed,
        [&](Graph&, const auto& rows) {
          const auto by_value =
              testing::key_by(rows, [](int, std::int64_t value) { return static_cast<int>(value % 3); });
          const auto best = top(by_value, 6, itself);
          const auto odd_last = top(best, 4, [](int, std::int64_t value) { return value % 2; });
          return top<Direction::ascending>(testing::map(odd_last, [](int, std::int64_t value) { return value + 1; }), 3,
                                           itself);
        },
        [](const ViewCheck<int>::Contents& input) {
          ViewCheck<int>::Contents by_value;
          for (const auto& [key, values] : input) {
            for (const std::int64_t value : values) by_value[static_cast<int>(value % 3)].push_back(value);
          }
          auto best = sorted_and_cut(6, std::greater<>())(by_value);
          best = sorted_and_cut(4, [](std::int64_t a, std::int64_t b) { return a % 2 > b % 2; })(best);
          for (auto& [key, values] : best) {
            for (auto& value : values) ++value;
          }
          return sorted_and_cut(3, std::less<>())(best);
        });
    for (int i = 0; i < 50; ++i) {
      ASSERT_NO_FATAL_FAILURE(check.commit_randomly()) << "seed " << seed << ", commit " << i;
    }
  }
}

TEST(Top, touches_as_many_rows_of_a_large_group_as_of_a_small_one) {
  const auto work = [](int size) {
    Graph graph;
    const auto rows = graph.input<int, std::int64_t>("rows");
    const auto grouped = testing::flat_map(rows, [](int, std::int64_t value) { return std::pair(0, value); });
    const auto best = top(grouped, 10, itself);
    Transaction transaction;
    for (int key = 0; key < size; ++key) transaction.set(rows, key, key);
    EXPECT_TRUE(graph.commit(transaction));
    const auto before = best.node().counters();
    for (int i = 0; i < 20; ++i) {
      EXPECT_TRUE(graph.commit(Transaction().set(rows, size - 1 - i, -1).set(rows, size + i, size + i)));
    }
    const auto after = best.node().counters();
    return std::pair(after.changes - before.changes, after.calls - before.calls);
  };
  EXPECT_EQ(work(100), work(10'000));
}

}  // namespace
}  // namespace freshet
