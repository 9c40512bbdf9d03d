// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/iterate.hpp"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/graph.hpp"
#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

template <class Order = Least, class Key, class Value, class Function, class... Args>
Collection<Key, Value> iterate(const Collection<Key, Value>& seeds, const IterateOptions<Order>& options,
                               Function function, const Args&... args) {
  return detail::make_iterate(seeds, options, testing::PlainCall<Function>{function},
                              std::tuple<detail::Stored<Args>...>(args...));
}

struct Edge {
  int to = 0;
  int weight = 0;
  auto operator<=>(const Edge&) const = default;
};
using Edges = Collection<int, Edge>;
using Node = std::pair<int, int>;
using Nodes = std::vector<Node>;

Nodes next_hop(int key, int hops, const Edges& edges) {
  Nodes next;
  for (const Edge& edge : edges.values(key)) next.push_back({edge.to, hops + 1});
  return next;
}

void expect_sound(const auto& rows) {
  const auto wrong = rows.node().invariant();
  EXPECT_FALSE(wrong) << *wrong;
}

template <class Key, class Value> std::map<Key, Value> contents(const Collection<Key, Value>& rows) {
  std::map<Key, Value> found;
  rows.for_each([&](const Key& key, const Values<Value>& values) {
    EXPECT_EQ(values.size(), 1U);
    found.emplace(key, values.front());
  });
  return found;
}

TEST(Iterate, finds_distances_and_takes_them_back) {
  Graph graph;
  const auto seeds = graph.input<int, int>("seeds");
  const auto edges = graph.input<int, Edge>("edges");
  const auto hops = iterate(seeds, IterateOptions<>{}, next_hop, edges);
  Transaction transaction;
  transaction.set(seeds, 0, 0).set(edges, 0, {1, 1}).set(edges, 1, {2, 1}).set(edges, 2, {0, 1});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(contents(hops), (std::map<int, int>{{0, 0}, {1, 1}, {2, 2}}));
  expect_sound(hops);
  transaction.set_all(edges, 0, {{1, 1}, {2, 1}});
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(contents(hops), (std::map<int, int>{{0, 0}, {1, 1}, {2, 1}}));
  expect_sound(hops);
  transaction.erase(edges, 0);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_EQ(contents(hops), (std::map<int, int>{{0, 0}}));
  expect_sound(hops);
  transaction.erase(seeds, 0);
  ASSERT_TRUE(graph.commit(transaction));
  EXPECT_TRUE(hops.empty());
  expect_sound(hops);
}

// Random graphs under random transactions, beside an oracle that settles rows one by one, the best first.

struct Model {
  std::map<int, std::vector<int>> seeds;
  std::map<int, std::vector<Edge>> edges;

  std::vector<Edge> values(int key) const {
    const auto found = edges.find(key);
    return found == edges.end() ? std::vector<Edge>() : found->second;
  }
};

struct Hops {
  using Order = Least;
  static Nodes derive(int key, int value, const auto& edges) {
    Nodes next;
    for (const Edge& edge : edges.values(key)) next.push_back({edge.to, value + 1});
    return next;
  }
};
struct Reach {
  using Order = Least;
  static Nodes derive(int key, int, const auto& edges) {
    Nodes next;
    for (const Edge& edge : edges.values(key)) next.push_back({edge.to, 7});  // no seed is worse
    return next;
  }
};
/// Weights may be zero, so that there are cycles that cost nothing.
struct Shortest {
  using Order = Least;
  static Nodes derive(int key, int value, const auto& edges) {
    Nodes next;
    for (const Edge& edge : edges.values(key)) next.push_back({edge.to, value + edge.weight / 2});
    return next;
  }
};
struct Label {
  using Order = Least;
  static Nodes derive(int key, int value, const auto& edges) {
    Nodes next;
    for (const Edge& edge : edges.values(key)) next.push_back({edge.to, value});
    return next;
  }
};
/// The widest way: the greatest of the least weights on the way.
struct Widest {
  using Order = Greatest;
  static Nodes derive(int key, int value, const auto& edges) {
    Nodes next;
    for (const Edge& edge : edges.values(key)) next.push_back({edge.to, std::min(value, edge.weight)});
    return next;
  }
};
struct Throwing {
  using Order = Least;
  static Nodes derive(int key, int value, const auto& edges) {
    Nodes next = Shortest::derive(key, value, edges);
    if ((key + value) % 6 == 5) throw std::runtime_error("will not have " + std::to_string(value));
    return next;
  }
};

struct Expected {
  std::map<int, int> rows;
  std::set<std::string> failing;
};

template <class Problem> Expected settle_one_by_one(const Model& model) {
  Expected expected;
  std::map<int, int> offered;
  const typename Problem::Order better;
  const auto offer = [&](int key, int value) {
    if (expected.rows.contains(key)) return;
    const auto [at, is_new] = offered.try_emplace(key, value);
    if (!is_new && better(value, at->second)) at->second = value;
  };
  for (const auto& [key, values] : model.seeds) {
    for (const int value : values) offer(key, value);
  }
  while (!offered.empty()) {
    auto best = offered.begin();
    for (auto at = offered.begin(); at != offered.end(); ++at) {
      if (better(at->second, best->second)) best = at;
    }
    const auto [key, value] = *best;
    offered.erase(best);
    expected.rows[key] = value;
    try {
      for (const auto& [to, next] : Problem::derive(key, value, model)) offer(to, next);
    } catch (const std::runtime_error&) {
      expected.failing.insert(std::to_string(key));
    }
  }
  return expected;
}

/// Nodes in rings, rings in rings, and a few edges across; so that what goes is often on many ways at once.
int random_target(std::mt19937_64& random, int from, int count, int shape) {
  const int ring = shape == 0 ? count : shape == 1 ? 5 : count / 2 + 1;
  const auto draw = random() % 10;
  if (shape == 0 || draw == 0) return static_cast<int>(random() % static_cast<unsigned>(count));
  const int first = from / ring * ring;
  if (draw < 7) return std::min(first + (from - first + 1) % ring, count - 1);
  if (draw < 9) return std::min(first + (from - first + ring - 1) % ring, count - 1);
  return (first + ring) % count;
}

class Writer {
 public:
  Writer(std::uint64_t seed, int count) : random_(seed), count_(count), shape_(static_cast<int>(random_() % 3)) {}

  std::mt19937_64& random() { return random_; }
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  Model written(const Model& before, Transaction& transaction, const Input<int, int>& seeds,
                const Input<int, Edge>& edges, bool many_seeds) {
    Model model = before;
    const int writes = draw(12) == 0 ? count_ : draw(4);
    for (int i = 0; i < writes; ++i) write_edges(model, draw(count_), transaction, edges);
    for (int i = draw(3); i > 0; --i) {
      const int key = draw(count_);
      std::vector<int> values;
      for (int left = draw(many_seeds ? 4 : 2); left > 0; --left) values.push_back(draw(8));
      transaction.set_all(seeds, key, values);
      values.empty() ? void(model.seeds.erase(key)) : void(model.seeds[key] = values);
    }
    return model;
  }

 private:
  void write_edges(Model& model, int from, Transaction& transaction, const Input<int, Edge>& edges) {
    std::vector<Edge> values = model.values(from);
    if (!values.empty() && draw(2) == 0) {
      values.erase(values.begin() + draw(static_cast<int>(values.size())));
    } else if (draw(6) == 0) {
      values.clear();
    } else if (values.size() < 6) {
      values.insert(values.begin() + draw(static_cast<int>(values.size()) + 1),
                    Edge{random_target(random_, from, count_, shape_), draw(7)});
    }
    if (draw(5) == 0) std::shuffle(values.begin(), values.end(), random_);
    transaction.set_all(edges, from, values);
    values.empty() ? void(model.edges.erase(from)) : void(model.edges[from] = values);
  }

  std::mt19937_64 random_;
  int count_;
  int shape_;
};

/// How many rows have to be derived from: those with another value, and those that read something that changed.
std::uint64_t calls_due(const Expected& before, const Expected& after, const Model& was, const Model& is) {
  std::uint64_t calls = 0;
  for (const auto& [key, value] : after.rows) {
    const auto old = before.rows.find(key);
    calls += old == before.rows.end() || old->second != value || was.values(key) != is.values(key) ? 1 : 0;
  }
  return calls;
}

template <class Problem> class Trial {
 public:
  Trial(std::uint64_t seed, int count, bool strict) : writer_(seed, count), strict_(strict) {
    rows_ = declare({});
    if (strict) rows_->strict();
    // Refuses some transactions, from below.
    guard_ = testing::map(*rows_, [](int key, int value) {
      if (key == 3 && value == 4) throw std::runtime_error("refused");
      return value;
    });
    if (seed % 2 == 0) guard_->strict();
    guarded_ = seed % 2 == 0;
    subscription_ = rows_->subscribe([this](const Changes<int, int>& changes) { fold(changes); });
    expected_ = settle_one_by_one<Problem>(model_);
  }

  void step(int number) {
    Transaction transaction;
    const Model next = writer_.written(model_, transaction, seeds_, edges_, number > 20);
    const Expected expected = settle_one_by_one<Problem>(next);
    const auto at_three = expected.rows.find(3);
    const bool refused = (strict_ && !expected.failing.empty()) ||
                         (guarded_ && at_three != expected.rows.end() && at_three->second == 4);
    const auto calls = rows_->node().counters().calls;
    const auto committed = graph_.commit(transaction);
    ASSERT_EQ(!committed, refused) << (committed ? "" : committed.error().primary);
    if (!refused) {
      EXPECT_EQ(rows_->node().counters().calls - calls, calls_due(expected_, expected, model_, next));
      model_ = next;
      expected_ = expected;
    } else {
      EXPECT_EQ(rows_->node().counters().calls, calls) << "a refused commit leaves no trace";
    }
    verify(*rows_);
    EXPECT_EQ(told_, expected_.rows);
    if (number % 7 == 3) late_.push_back(declare({.rounds_max = 100U + static_cast<std::uint32_t>(number)}));
    if (late_.size() > 2) late_.erase(late_.begin());
    for (const auto& late : late_) verify(late);
  }

 private:
  using Rows = Collection<int, int>;

  Rows declare(const IterateOptions<typename Problem::Order>& options) {
    return iterate(
        seeds_, options, [](int key, int value, const Edges& edges) { return Problem::derive(key, value, edges); },
        edges_);
  }
  void verify(const Rows& rows) {
    EXPECT_EQ(contents(rows), expected_.rows);
    std::set<std::string> failing;
    rows.errors().for_each([&](const std::string& key, const Values<RowError>&) { failing.insert(key); });
    EXPECT_EQ(failing, expected_.failing);
    expect_sound(rows);
  }
  void fold(const Changes<int, int>& changes) {
    changes.for_each_row([&](int key, const int* before, const int* after) {
      const auto known = told_.find(key);
      EXPECT_EQ(before != nullptr, known != told_.end());
      if (before != nullptr && known != told_.end()) {
        EXPECT_EQ(*before, known->second);
      }
      EXPECT_TRUE(before == nullptr || after == nullptr || *before != *after) << "a change without a difference";
      EXPECT_TRUE(before != nullptr || after != nullptr);
      after != nullptr ? void(told_[key] = *after) : void(told_.erase(key));
    });
  }

  Writer writer_;
  bool strict_;
  bool guarded_ = false;
  Graph graph_;
  Input<int, int> seeds_ = graph_.input<int, int>("seeds");
  Input<int, Edge> edges_ = graph_.input<int, Edge>("edges");
  std::optional<Rows> rows_, guard_;
  std::vector<Rows> late_;
  Subscription subscription_;
  Model model_;
  Expected expected_;
  std::map<int, int> told_;
};

template <class Problem> class IterateRandom : public ::testing::Test {};
using Problems = ::testing::Types<Hops, Reach, Shortest, Label, Widest, Throwing>;
TYPED_TEST_SUITE(IterateRandom, Problems);

TYPED_TEST(IterateRandom, is_what_settling_one_by_one_gives_and_derives_once_per_changed_row) {
  constexpr int kRuns = 30;
  for (int run = 0; run < kRuns; ++run) {
    const auto seed = static_cast<std::uint64_t>(run);
    const int count = run % 3 == 0 ? 6 : run % 3 == 1 ? 14 : 50;
    Trial<TypeParam> trial(seed, count, run % 5 == 4);
    for (int number = 0; number < 60; ++number) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(number));
      trial.step(number);
      if (::testing::Test::HasFailure()) return;
    }
  }
}

}  // namespace
}  // namespace freshet
