// SPDX-License-Identifier: MIT
#include "freshet/graph/lazy.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

using testing::filter;
using testing::map;
using testing::reduce;

using Numbers = Collection<int, std::int64_t>;

Numbers scaled(const Numbers& numbers, std::int64_t factor) {
  return filter(map(
                    numbers, [](int, std::int64_t value, std::int64_t by) { return value * by; }, factor)
                    .named("scaled"),
                [](int, std::int64_t value) { return value != 0; });
}

struct LazyTest : ::testing::Test {
  Graph graph;
  Input<int, std::int64_t> numbers = graph.input<int, std::int64_t>("numbers");

  void set(int key, std::int64_t value) { ASSERT_TRUE(graph.commit(Transaction().set(numbers, key, value))); }
  std::uint64_t calls() const { return graph.stats().mapper_calls; }
  std::size_t nodes() const { return graph.stats().node_count; }
};

TEST_F(LazyTest, computes_nothing_while_nobody_reads) {
  const auto view = lazy(scaled, numbers, 10);
  for (int key = 0; key < 100; ++key) set(key, key);
  EXPECT_EQ(calls(), 0u);
  EXPECT_EQ(nodes(), 1u);
  EXPECT_FALSE(view.is_open());
  {
    const auto rows = view.open();
    EXPECT_TRUE(view.is_open());
    EXPECT_EQ(nodes(), 3u);
    EXPECT_EQ(calls(), 200u) << "each row once in each of two views";
    EXPECT_EQ(*rows.get(7), 70);
    set(7, 8);
    EXPECT_EQ(calls(), 202u) << "from then on it is kept up to date";
    EXPECT_EQ(*rows.get(7), 80);
  }
  EXPECT_FALSE(view.is_open());
  EXPECT_EQ(nodes(), 1u);
  set(7, 9);
  EXPECT_EQ(calls(), 202u);
  const auto again = view.open();
  EXPECT_EQ(*again.get(7), 90) << "and built again from what is there";
}

TEST_F(LazyTest, gives_all_readers_the_same_until_the_last_has_gone) {
  set(1, 1);
  const auto view = lazy(scaled, numbers, 10);
  const auto copy = view;
  EXPECT_EQ(copy, view);
  std::optional<Numbers> first = view.open();
  std::optional<Numbers> second = copy();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(calls(), 2u);
  first.reset();
  EXPECT_TRUE(view.is_open());
  std::optional<Subscription> subscription = second->subscribe([](const auto&) {});
  const auto below = reduce(*second, count());
  second.reset();
  EXPECT_TRUE(view.is_open()) << "a subscription and a view below are readers too";
  subscription.reset();
  EXPECT_TRUE(view.is_open());
}

TEST_F(LazyTest, may_be_let_go_inside_a_commit) {
  const auto view = lazy(scaled, numbers, 10);
  std::optional<Numbers> rows = view.open();
  const auto subscription = numbers.subscribe([&](const auto&) {
    rows.reset();
    rows = view.open();
    rows.reset();
  });
  set(1, 1);
  EXPECT_FALSE(view.is_open());
  EXPECT_EQ(nodes(), 1u);
  const auto again = view.open();
  EXPECT_EQ(*again.get(1), 10);
}

TEST_F(LazyTest, may_be_built_from_other_lazy_ones) {
  const auto inner = lazy(scaled, numbers, 10);
  const auto outer =
      lazy([](const Lazy<int, std::int64_t>& source, std::int64_t factor) { return scaled(source.open(), factor); },
           inner, 2);
  set(1, 1);
  EXPECT_EQ(calls(), 0u);
  const auto rows = outer.open();
  EXPECT_TRUE(inner.is_open()) << "held by what was built from it";
  EXPECT_EQ(*rows.get(1), 20);
}

TEST_F(LazyTest, may_give_an_input_as_it_is) {
  const auto view = lazy([](const Numbers& source) { return source; }, numbers);
  EXPECT_TRUE(view.is_open() || view.open() == numbers);
}

TEST_F(LazyTest, leaves_nothing_behind_when_building_fails) {
  const auto view = lazy(
      [](const Numbers& source, bool) -> Numbers {
        const auto half = scaled(source, 2);
        throw std::runtime_error("out of order");
      },
      numbers, true);
  EXPECT_THROW(view.open(), std::runtime_error);
  EXPECT_FALSE(view.is_open());
  EXPECT_EQ(nodes(), 1u);
}

TEST_F(LazyTest, is_whenever_it_is_read_what_recomputing_gives) {
  std::mt19937_64 random(7);
  const auto view = lazy(scaled, numbers, 3);
  std::vector<Numbers> readers;
  std::map<int, std::int64_t> contents;
  for (int step = 0; step < 2000; ++step) {
    const int key = static_cast<int>(random() % 20);
    switch (random() % 4) {
      case 0:
        readers.push_back(view.open());
        break;
      case 1:
        if (!readers.empty()) readers.erase(readers.begin() + static_cast<std::ptrdiff_t>(random() % readers.size()));
        break;
      case 2:
        graph.commit(Transaction().erase(numbers, key));
        contents.erase(key);
        break;
      default:
        contents[key] = static_cast<std::int64_t>(random() % 5);
        set(key, contents[key]);
    }
    ASSERT_EQ(view.is_open(), !readers.empty());
    ASSERT_EQ(nodes(), readers.empty() ? 1u : 3u);
    if (readers.empty()) continue;
    std::map<int, std::int64_t> expected;
    for (const auto& [each, value] : contents) {
      if (value != 0) expected[each] = value * 3;
    }
    std::map<int, std::int64_t> seen;
    readers.back().for_each([&](int each, const auto& values) { seen[each] = values.front(); });
    ASSERT_EQ(seen, expected);
  }
}

}  // namespace
}  // namespace freshet
