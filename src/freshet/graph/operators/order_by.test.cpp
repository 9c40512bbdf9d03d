// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/order_by.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/view_check.hpp"

namespace freshet {
namespace {

using testing::PlainCall;
using testing::ViewCheck;

template <Direction kDirection = Direction::ascending, class Key, class Value, class Function, class... Args>
auto order_by(const Collection<Key, Value>& rows, Function by, const PageOptions& page = {}, const Args&... args) {
  return detail::make_order_by<kDirection>(rows, PlainCall<Function>{by}, detail::FixedPage(page),
                                           std::tuple<detail::Stored<Args>...>(args...));
}
template <Direction kDirection = Direction::ascending, class Key, class Value, class Function, class PageKey>
auto order_by(const Collection<Key, Value>& rows, Function by, const LivePage<PageKey>& page) {
  return detail::make_order_by<kDirection>(rows, PlainCall<Function>{by}, detail::TurningPage<PageKey>(page),
                                           std::tuple());
}
auto itself = [](const auto&, const auto& value) { return value; };

template <class View> auto pairs_of(const View& view) {
  std::vector<std::pair<typename View::Key::Sort, decltype(View::Key::key)>> pairs;
  view.for_each([&](const auto& key, const auto&) { pairs.emplace_back(key.sort, key.key); });
  return pairs;
}
using Pairs = std::vector<std::pair<std::int64_t, std::string>>;

TEST(OrderBy, shows_a_page_of_the_sorted_rows_over_all_keys) {
  Graph graph;
  const auto rows = graph.input<std::string, std::int64_t>("rows");
  const auto all = order_by(rows, itself);
  const auto page = order_by(rows, itself, {.offset = 1, .limit = 2});
  const auto best = order_by<Direction::descending>(rows, itself, {.limit = 2});
  ASSERT_TRUE(graph.commit(Transaction().set(rows, "a", 5).set(rows, "b", 3).set(rows, "c", 9).set(rows, "d", 3)));
  EXPECT_EQ(pairs_of(all), (Pairs{{3, "b"}, {3, "d"}, {5, "a"}, {9, "c"}}));
  EXPECT_EQ(pairs_of(page), (Pairs{{3, "d"}, {5, "a"}}));
  EXPECT_EQ(pairs_of(best), (Pairs{{9, "c"}, {5, "a"}}));
  EXPECT_EQ(*page.get({3, "d"}), 3);
  ASSERT_TRUE(graph.commit(Transaction().set(rows, "c", 1)));
  EXPECT_EQ(pairs_of(page), (Pairs{{3, "b"}, {3, "d"}}));
  EXPECT_EQ(pairs_of(best), (Pairs{{5, "a"}, {3, "b"}}));
  ASSERT_TRUE(graph.commit(Transaction().erase(rows, "b").erase(rows, "d").erase(rows, "a")));
  EXPECT_TRUE(page.empty());
  EXPECT_EQ(pairs_of(all), (Pairs{{1, "c"}}));
}

TEST(OrderBy, turns_the_page_in_a_transaction) {
  Graph graph;
  const auto rows = graph.input<std::string, std::int64_t>("rows");
  const auto pages = graph.input<int, PageOptions>("pages");
  const auto mine = order_by(rows, itself, page_of(pages, 1));
  const auto yours = order_by(rows, itself, page_of(pages, 2));
  ASSERT_TRUE(graph.commit(Transaction().set(rows, "a", 1).set(rows, "b", 2).set(rows, "c", 3).set(rows, "d", 4)));
  EXPECT_TRUE(mine.empty()) << "there is no page yet";
  ASSERT_TRUE(graph.commit(Transaction().set(pages, 1, {.offset = 0, .limit = 2}).set(pages, 2, {.offset = 3})));
  EXPECT_EQ(pairs_of(mine), (Pairs{{1, "a"}, {2, "b"}}));
  EXPECT_EQ(pairs_of(yours), (Pairs{{4, "d"}}));
  ASSERT_TRUE(graph.commit(Transaction().set(pages, 1, {.offset = 1, .limit = 2}).set(rows, "a", 10)));
  EXPECT_EQ(pairs_of(mine), (Pairs{{3, "c"}, {4, "d"}}));
  EXPECT_EQ(pairs_of(yours), (Pairs{{10, "a"}}));
  ASSERT_TRUE(graph.commit(Transaction().set(pages, 1, {.offset = 100, .limit = 2}).erase(pages, 2)));
  EXPECT_TRUE(mine.empty());
  EXPECT_TRUE(yours.empty());
  const auto huge = std::numeric_limits<std::uint64_t>::max();
  ASSERT_TRUE(graph.commit(Transaction().set(pages, 1, {.offset = 1, .limit = huge})));
  EXPECT_EQ(mine.size(), 3U);
}

TEST(OrderBy, shares_one_index_between_pages_and_one_node_between_equal_pages) {
  Graph graph;
  const auto rows = graph.input<int, std::int64_t>("rows");
  const auto first = order_by(rows, itself, {.limit = 2});
  const auto nodes = graph.stats().node_count;
  EXPECT_EQ(first, order_by(rows, itself, {.limit = 2}));
  const auto second = order_by(rows, itself, {.offset = 2, .limit = 2});
  EXPECT_FALSE(first == second);
  EXPECT_EQ(graph.stats().node_count, nodes + 1);
}

TEST(OrderBy, contains_errors_of_the_sort_key_and_follows_what_it_read) {
  Graph graph;
  const auto rows = graph.input<int, std::int64_t>("rows");
  const auto weights = graph.input<int, std::int64_t>("weights");
  const auto sorted = order_by(
      rows,
      [](int key, std::int64_t value, const Collection<int, std::int64_t>& w) -> std::optional<std::int64_t> {
        if (value < 0) throw std::runtime_error("negative");
        if (value == 0) return std::nullopt;
        const std::int64_t* weight = w.get(key);
        return weight == nullptr ? value : *weight;
      },
      {}, weights);
  ASSERT_TRUE(graph.commit(Transaction().set(rows, 1, 10).set(rows, 2, 20).set(rows, 3, -1).set(rows, 4, 0)));
  EXPECT_EQ(pairs_of(sorted), (std::vector<std::pair<std::int64_t, int>>{{10, 1}, {20, 2}}));
  const auto errors = sorted.errors();
  EXPECT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors.get("3")->message, "negative");
  ASSERT_TRUE(graph.commit(Transaction().set(weights, 1, 30)));
  EXPECT_EQ(pairs_of(sorted), (std::vector<std::pair<std::int64_t, int>>{{20, 2}, {30, 1}}));
  ASSERT_TRUE(graph.commit(Transaction().set(rows, 3, 5)));
  EXPECT_EQ(sorted.size(), 3U);
  sorted.strict();
  EXPECT_FALSE(graph.commit(Transaction().set(rows, 1, 1).set(rows, 3, -5)).has_value());
  EXPECT_EQ(sorted.size(), 3U);
}

TEST(OrderBy, puts_nan_last_in_both_directions) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  Graph graph;
  const auto rows = graph.input<int, double>("rows");
  const auto up = order_by(rows, itself);
  const auto down = order_by<Direction::descending>(rows, itself);
  ASSERT_TRUE(graph.commit(Transaction().set(rows, 1, nan).set(rows, 2, 1.0).set(rows, 3, 2.0)));
  const auto keys = [](const auto& view) {
    std::vector<int> found;
    view.for_each([&](const auto& key, const auto&) { found.push_back(key.key); });
    return found;
  };
  EXPECT_EQ(keys(up), (std::vector<int>{2, 3, 1}));
  EXPECT_EQ(keys(down), (std::vector<int>{3, 2, 1}));
}

using Sort = std::int64_t;
using View = Ordered<Sort, int>;
using DownView = Ordered<Descending<Sort>, int>;

/// The naive way: sorts everything.
template <class ViewKey, class By> auto sorted_page(const ViewCheck<int>::Contents& input, PageOptions page, By by) {
  std::vector<std::pair<ViewKey, std::int64_t>> all;
  for (const auto& [key, values] : input) {
    for (const std::int64_t value : values) all.emplace_back(ViewKey{by(value), key}, value);
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  typename ViewCheck<int, ViewKey>::Expected shown;
  const auto begin = std::min<std::uint64_t>(page.offset, all.size());
  const auto end = begin + std::min<std::uint64_t>(page.limit.value_or(all.size()), all.size() - begin);
  for (auto i = begin; i < end; ++i) shown[all[i].first].push_back(all[i].second);
  return shown;
}
constexpr auto by_third = [](std::int64_t value) { return value / 3; };

TEST(OrderBy, is_what_recomputing_gives_under_random_transactions) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    const auto limit = std::array<std::optional<std::uint64_t>, 5>{0, 1, 4, 50, std::nullopt}[seed % 5];
    const PageOptions page{.offset = std::array<std::uint64_t, 4>{0, 1, 5, 60}[seed % 4], .limit = limit};
    ViewCheck<int, DownView> check(
        seed,
        [&](Graph&, const auto& rows) {
          return order_by<Direction::descending>(
              rows, [](int, std::int64_t value) { return by_third(value); }, page);
        },
        [&](const auto& input) { return sorted_page<DownView>(input, page, by_third); });
    for (int i = 0; i < 50; ++i) {
      ASSERT_NO_FATAL_FAILURE(check.commit_randomly()) << "seed " << seed << ", commit " << i;
    }
  }
}

TEST(OrderBy, is_what_recomputing_gives_while_pages_are_turned) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    PageOptions now{.offset = 2, .limit = 5};
    PageOptions wanted = now;
    std::optional<Input<int, PageOptions>> pages;
    ViewCheck<int, View> check(
        seed,
        [&](Graph& graph, const auto& rows) {
          const auto input = graph.input<int, PageOptions>("pages");
          EXPECT_TRUE(graph.commit(Transaction().set(input, 7, now)));
          if (!pages) pages = input;
          return order_by(
              rows, [](int, std::int64_t value) { return by_third(value); }, page_of(input, 7));
        },
        [&](const auto& input) { return sorted_page<View>(input, now, by_third); });
    check.also_write = [&](Transaction& transaction, std::mt19937_64& random) {
      wanted = now;
      if (random() % 2 == 0) return;
      wanted.offset = random() % 30 == 0 ? 1000 : random() % 30;
      wanted.limit = random() % 5 == 0 ? std::nullopt : std::optional<std::uint64_t>(random() % 20);
      transaction.set(*pages, 7, wanted);
    };
    check.after_commit = [&](bool accepted) {
      if (accepted) now = wanted;
    };
    for (int i = 0; i < 60; ++i) {
      ASSERT_NO_FATAL_FAILURE(check.commit_randomly()) << "seed " << seed << ", commit " << i;
    }
  }
}

TEST(OrderBy, sorts_by_texts_and_over_keys_of_texts) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    using TextKey = Ordered<std::string, std::string>;
    ViewCheck<std::string, TextKey> check(
        seed,
        [](Graph&, const auto& rows) {
          return order_by(rows, [](const std::string&, std::int64_t value) { return std::to_string(value % 7); });
        },
        [](const auto& input) {
          ViewCheck<std::string, TextKey>::Expected shown;
          for (const auto& [key, values] : input) {
            for (const std::int64_t value : values) shown[TextKey{std::to_string(value % 7), key}].push_back(value);
          }
          return shown;
        });
    for (int i = 0; i < 40; ++i) {
      ASSERT_NO_FATAL_FAILURE(check.commit_randomly()) << "seed " << seed << ", commit " << i;
    }
  }
}

struct Work {
  std::uint64_t by_change;
  std::uint64_t behind_the_page;
  std::uint64_t by_turning;
  std::uint64_t sort_calls;
  bool operator==(const Work&) const = default;
};

TEST(OrderBy, touches_as_many_rows_of_a_large_collection_as_of_a_small_one) {
  const auto work = [](std::int64_t size) {
    Graph graph;
    const auto rows = graph.input<std::int64_t, std::int64_t>("rows");
    const auto pages = graph.input<int, PageOptions>("pages");
    const auto page = order_by(rows, itself, page_of(pages, 0));
    Transaction transaction;
    for (std::int64_t key = 0; key < size; ++key) transaction.set(rows, key, key * 10);
    transaction.set(pages, 0, {.offset = 20, .limit = 10});
    EXPECT_TRUE(graph.commit(transaction));
    auto changes = [&, last = page.node().counters().changes]() mutable {
      return page.node().counters().changes - std::exchange(last, page.node().counters().changes);
    };
    const auto calls = [&] {
      const detail::NodeBase& index = *page.node().parents().front();
      return index.counters().calls;
    };
    const auto calls_before = calls();
    Work done{};
    changes();
    EXPECT_TRUE(graph.commit(Transaction().set(rows, size - 1, 5)));
    done.by_change = changes();
    EXPECT_TRUE(graph.commit(Transaction().set(rows, size / 2, size * 100)));
    done.behind_the_page = changes();
    EXPECT_TRUE(graph.commit(Transaction().set(pages, 0, {.offset = 25, .limit = 10})));
    done.by_turning = changes();
    done.sort_calls = calls() - calls_before;
    return done;
  };
  const Work expected{.by_change = 2, .behind_the_page = 0, .by_turning = 10, .sort_calls = 2};
  EXPECT_EQ(work(100), expected);
  EXPECT_EQ(work(10'000), expected);
}

TEST(Ordered, has_a_description_and_compares_as_its_view_is_sorted) {
  using Up = Ordered<std::int64_t, std::string>;
  using Down = Ordered<Descending<double>, std::string>;
  EXPECT_LT(Up({1, "b"}), Up({2, "a"}));
  EXPECT_LT(Up({1, "a"}), Up({1, "b"}));
  EXPECT_LT(Down({2, "a"}), Down({1, "a"}));
  EXPECT_EQ(schema_of<Down>().fields.size(), 2U);
  EXPECT_EQ(hash_of(Up{1, "a"}), hash_of(Up{1, "a"}));
  EXPECT_EQ(type_of<PageOptions>().kind(), Kind::record);
  EXPECT_TRUE(check_description<PageOptions>());
  EXPECT_TRUE(check_description<Down>());
}

}  // namespace
}  // namespace freshet
