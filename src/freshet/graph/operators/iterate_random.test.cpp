// SPDX-License-Identifier: MIT
#include <algorithm>
#include <cstdint>
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
#include "freshet/graph/operators/iterate.hpp"
#include "freshet/graph/testing/fixpoint_check.hpp"

namespace freshet {
namespace {

using testing::Edge;
using testing::Edges;
using testing::expect_sound;
using testing::iterate;
using testing::Nodes;
using testing::single_rows;

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
    EXPECT_EQ(single_rows(rows), expected_.rows);
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

// Derivations that are better than what they follow from: rows may be derived from several times.

Nodes add_weight(int key, int value, const Edges& edges) {
  Nodes next;
  for (const Edge& edge : edges.values(key)) next.push_back({edge.to, value + edge.weight});
  return next;
}

/// The least sums, by relaxing every edge until nothing changes; nothing if that has no end.
std::optional<std::map<int, int>> relax(const Model& model) {
  std::map<int, int> rows;
  for (const auto& [key, values] : model.seeds) rows[key] = *std::min_element(values.begin(), values.end());
  for (int round = 0; round < 40; ++round) {
    bool changed = false;
    for (const auto& [key, value] : std::map(rows)) {
      for (const Edge& edge : model.values(key)) {
        const auto [at, is_new] = rows.try_emplace(edge.to, value + edge.weight);
        if (!is_new && at->second <= value + edge.weight) continue;
        at->second = value + edge.weight;
        changed = true;
      }
    }
    if (!changed) return rows;
  }
  return std::nullopt;
}

TEST(IterateImproving, is_what_relaxing_gives_and_tells_of_what_has_no_end) {
  int endless = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    const auto draw = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
    Graph graph;
    const auto seeds = graph.input<int, int>("seeds");
    const auto edges = graph.input<int, Edge>("edges");
    const auto rows = iterate(seeds, IterateOptions<>{}, add_weight, edges);
    Model model;
    for (int step = 0; step < 60; ++step) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(step));
      Transaction transaction;
      for (int i = draw(4); i >= 0; --i) {
        const int from = draw(12);
        std::vector<Edge> values;
        for (int left = draw(3); left > 0; --left) values.push_back({draw(12), draw(12) - (seed % 2 == 0 ? 2 : 4)});
        transaction.set_all(edges, from, values);
        model.edges[from] = values;
      }
      if (draw(2) == 0) {
        const int value = draw(5);
        transaction.set(seeds, step % 3, value);
        model.seeds[step % 3] = {value};
      }
      ASSERT_TRUE(graph.commit(transaction));
      expect_sound(rows);
      if (const auto expected = relax(model)) {
        EXPECT_EQ(single_rows(rows), *expected);
        EXPECT_TRUE(rows.errors().empty());
      } else {
        ++endless;
        EXPECT_FALSE(rows.errors().empty());
      }
      if (::testing::Test::HasFailure()) return;
    }
  }
  EXPECT_GT(endless, 100);
}

// A permission graph: facts of two kinds that follow from each other by seven rules.

/// (0, user, group, 0): is a member. (1, user, object, permission): may.
using Fact = std::tuple<int, int, int, int>;
using Facts = std::vector<std::pair<Fact, bool>>;
using Table = Collection<int, int>;
using Grants = Collection<int, std::pair<int, int>>;
Fact member(int user, int group) { return {0, user, group, 0}; }
Fact may(int user, int object, int permission) { return {1, user, object, permission}; }

template <class Nested, class Granted>
Facts follow(const Fact& fact, const Nested& nested, const Granted& grants, const Nested& children,
             const Nested& implied, const Nested& stewards) {
  const auto [kind, user, what, permission] = fact;
  Facts facts;
  if (kind == 0) {
    for (const int group : nested.values(what)) facts.emplace_back(member(user, group), true);
    for (const auto& [object, given] : grants.values(what)) facts.emplace_back(may(user, object, given), true);
  } else {
    for (const int child : children.values(what)) facts.emplace_back(may(user, child, permission), true);
    for (const int lesser : implied.values(permission)) facts.emplace_back(may(user, what, lesser), true);
    if (permission == 0) {
      for (const int group : stewards.values(what)) facts.emplace_back(member(user, group), true);
    }
  }
  return facts;
}

template <class Value> struct PlainTable {
  std::map<int, std::vector<Value>> rows;
  std::vector<Value> values(int key) const {
    const auto found = rows.find(key);
    return found == rows.end() ? std::vector<Value>() : found->second;
  }
};

class PermissionTrial {
 public:
  explicit PermissionTrial(std::uint64_t seed) : random_(seed) {}

  void step() {
    Transaction transaction;
    for (int i = draw(5); i >= 0; --i) write(transaction);
    ASSERT_TRUE(graph_.commit(transaction));
    std::set<Fact> found;
    facts_.for_each([&](const Fact& fact, const Values<bool>&) { found.insert(fact); });
    EXPECT_EQ(found, closure());
    expect_sound(facts_);
  }

 private:
  int draw(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

  void write(Transaction& transaction) {
    const int key = draw(6);
    switch (draw(6)) {
      case 0:
        return write(transaction, nested_, plain_nested_, key, [&] { return draw(6); });
      case 1:
        return write(transaction, grants_, plain_grants_, key, [&] { return std::pair(draw(6), draw(3)); });
      case 2:
        return write(transaction, children_, plain_children_, key, [&] { return draw(6); });
      case 3:
        return write(transaction, implied_, plain_implied_, key % 3, [&] { return draw(3); });
      case 4:
        return write(transaction, stewards_, plain_stewards_, key, [&] { return draw(6); });
      default:
        const Fact fact = draw(2) == 0 ? member(draw(4), draw(6)) : may(draw(4), draw(6), draw(3));
        if (draw(3) != 0) {
          transaction.set(given_, fact, true);
          plain_given_.insert(fact);
        } else {
          transaction.erase(given_, fact);
          plain_given_.erase(fact);
        }
    }
  }
  template <class Value, class Draw>
  void write(Transaction& transaction, const Input<int, Value>& input, PlainTable<Value>& plain, int key, Draw value) {
    std::vector<Value> values;
    for (int left = draw(3); left > 0; --left) values.push_back(value());
    plain.rows[key] = values;
    transaction.set_all(input, key, values);
  }

  std::set<Fact> closure() const {
    std::set<Fact> known = plain_given_;
    std::vector<Fact> waiting(known.begin(), known.end());
    while (!waiting.empty()) {
      const Fact fact = waiting.back();
      waiting.pop_back();
      for (const auto& [next, yes] :
           follow(fact, plain_nested_, plain_grants_, plain_children_, plain_implied_, plain_stewards_)) {
        if (known.insert(next).second) waiting.push_back(next);
      }
    }
    return known;
  }

  std::mt19937_64 random_;
  Graph graph_;
  Input<Fact, bool> given_ = graph_.input<Fact, bool>("given");
  Input<int, int> nested_ = graph_.input<int, int>("nested");
  Input<int, std::pair<int, int>> grants_ = graph_.input<int, std::pair<int, int>>("grants");
  Input<int, int> children_ = graph_.input<int, int>("children");
  Input<int, int> implied_ = graph_.input<int, int>("implied");
  Input<int, int> stewards_ = graph_.input<int, int>("stewards");
  Collection<Fact, bool> facts_ = iterate(
      given_, IterateOptions<>{},
      [](const Fact& fact, bool, const Table& nested, const Grants& grants, const Table& children, const Table& implied,
         const Table& stewards) { return follow(fact, nested, grants, children, implied, stewards); },
      nested_, grants_, children_, implied_, stewards_);
  PlainTable<int> plain_nested_, plain_children_, plain_implied_, plain_stewards_;
  PlainTable<std::pair<int, int>> plain_grants_;
  std::set<Fact> plain_given_;
};

TEST(IteratePermissions, are_what_the_rules_give) {
  for (std::uint64_t seed = 0; seed < 15; ++seed) {
    PermissionTrial trial(seed);
    for (int number = 0; number < 80; ++number) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ", step " + std::to_string(number));
      trial.step();
      if (::testing::Test::HasFailure()) return;
    }
  }
}

// Components of an undirected graph, in which edges are rows of their own.

TEST(IterateComponents, have_the_least_label_of_those_that_hang_together) {
  std::mt19937_64 random(5);
  const auto draw = [&](int below) { return static_cast<int>(random() % static_cast<unsigned>(below)); };
  Graph graph;
  const auto nodes = graph.input<int, bool>("nodes");
  const auto edges = graph.input<int, std::pair<int, int>>("edges");
  const auto labels = testing::map(nodes, [](int node, bool) { return node; });
  const auto ends = testing::flat_map(edges, [](int, const std::pair<int, int>& edge) {
    return Nodes{{edge.first, edge.second}, {edge.second, edge.first}};
  });
  const auto components = iterate(
      labels, IterateOptions<>{},
      [](int node, int label, const Table& neighbours) {
        Nodes found;
        for (const int other : neighbours.values(node)) found.emplace_back(other, label);
        return found;
      },
      ends);
  constexpr int kNodes = 40;
  Transaction transaction;
  for (int node = 0; node < kNodes; ++node) transaction.set(nodes, node, true);
  ASSERT_TRUE(graph.commit(transaction));
  std::map<int, std::pair<int, int>> plain;
  for (int step = 0; step < 300; ++step) {
    for (int i = draw(3); i >= 0; --i) {
      const int edge = draw(50);
      if (draw(3) == 0) {
        transaction.erase(edges, edge);
        plain.erase(edge);
      } else {
        plain[edge] = {draw(kNodes), draw(kNodes)};
        transaction.set(edges, edge, plain[edge]);
      }
    }
    ASSERT_TRUE(graph.commit(transaction));
    std::map<int, int> expected;
    for (int node = 0; node < kNodes; ++node) expected[node] = node;
    for (bool changed = true; changed;) {
      changed = false;
      for (const auto& [edge, ends_of] : plain) {
        const int least = std::min(expected[ends_of.first], expected[ends_of.second]);
        for (const int end : {ends_of.first, ends_of.second}) changed |= std::exchange(expected[end], least) != least;
      }
    }
    ASSERT_EQ(single_rows(components), expected) << "step " << step;
    expect_sound(components);
  }
}

}  // namespace
}  // namespace freshet
