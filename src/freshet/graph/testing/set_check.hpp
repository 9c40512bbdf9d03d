// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

/// A view of two inputs under random transactions, beside a naive recomputation. Not installed.
namespace freshet::testing {

/// A row of 200 bytes, of which most never matter.
struct Wide {
  std::int64_t number = 0;
  std::array<std::int64_t, 24> filling{};

  bool operator==(const Wide&) const = default;
};
inline void PrintTo(const Wide& wide, std::ostream* out) { *out << wide.number; }

}  // namespace freshet::testing

template <> struct std::hash<freshet::testing::Wide> {
  // Few different ones, so that classes are told apart by more than their hashes.
  std::size_t operator()(const freshet::testing::Wide& wide) const { return static_cast<std::size_t>(wide.number % 3); }
};

namespace freshet::testing {

template <class Key, class Value> using SetContents = std::map<Key, std::vector<Value>>;

/// Random transactions over two inputs and one view of them. After each commit the view is what `recompute` makes of
/// the inputs, in contents and order; so is what subscribers were told, what the views below see, and the same view of
/// the same rows in another graph, where they came otherwise. Some commits are refused and leave no trace.
///
/// At first keys have one value each; later, at different times for the two inputs, some have several.
template <class Key, class Value> class SetCheck {
 public:
  using Contents = SetContents<Key, Value>;
  using View = Collection<Key, Value>;
  using Declare = std::function<View(const View&, const View&)>;
  using Recompute = std::function<Contents(const Contents&, const Contents&)>;

  SetCheck(std::uint64_t seed, Declare declare, Recompute recompute)
      : random_(seed), declare_(std::move(declare)), recompute_(std::move(recompute)) {
    for (std::size_t i = 0; i < 2; ++i) {
      Side& side = sides_[i];
      side.input = std::make_unique<Input<Key, Value>>(graph_.input<Key, Value>("input" + std::to_string(i)));
      side.input->check([](const Key&, const Value& value) -> std::optional<std::string> {
        if (value == number(kRefusedByCheck)) return "an unlucky number";
        return std::nullopt;
      });
      side.grouped_from = static_cast<int>(random_() % 25);
    }
    if (random_() % 2 == 0) commit_randomly();  // declared over rows that are there already
    view_ = std::make_unique<View>(declare_(*sides_[0].input, *sides_[1].input));
    below_ = std::make_unique<Collection<int, Value>>(
        flat_map(*view_, [](const Key&, const Value& value) { return std::pair(0, value); }));
    // Made last, it is updated last: the view has its changes already when this one refuses.
    strict_ = std::make_unique<View>(map(map(*sides_[1].input, same), fail_if_unlucky));
    strict_->strict();
    told_ = contents_of(*view_);
    subscription_ = view_->subscribe([this](const Changes<Key, Value>& changes) { hear(changes); });
    check();
  }

  void commit_randomly() {
    Transaction transaction;
    std::array<Contents, 2> wanted{sides_[0].contents, sides_[1].contents};
    bool refused = false;
    const std::size_t writes = random_() % 30 == 0 ? 60 : random_() % 6;
    for (std::size_t i = 0; i < writes; ++i) {
      const std::size_t side = random_() % 2;
      refused = write_randomly(transaction, sides_[side], wanted[side]) || refused;
    }
    for (const auto& [key, values] : wanted[1]) {
      refused = refused || (strict_ && std::count(values.begin(), values.end(), number(kRefusedByView)) > 0);
    }
    ++commit_count_;
    news_count_ = 0;
    const auto counted = view_ ? view_->node().counters().changes : 0;
    ASSERT_EQ(graph_.commit(transaction).has_value(), !refused);
    if (!refused) {
      for (std::size_t i = 0; i < 2; ++i) sides_[i].contents = std::move(wanted[i]);
    }
    if (!view_) return;
    check();
    if (!refused) return;
    ASSERT_EQ(news_count_, 0);
    ASSERT_EQ(view_->node().counters().changes, counted) << "a refused commit left a trace";
  }

 private:
  static constexpr int kRefusedByCheck = 666;
  static constexpr int kRefusedByView = 777;

  struct Side {
    std::unique_ptr<Input<Key, Value>> input;
    Contents contents;
    int grouped_from = 0;
  };

  static Value number(int number) {
    if constexpr (std::is_same_v<Value, Wide>) {
      return {.number = number};
    } else {
      return static_cast<Value>(number);
    }
  }
  static Key key(int number) {
    if constexpr (std::is_same_v<Key, std::string>) {
      return "a key beyond the small buffer of a string: " + std::to_string(number);
    } else {
      return static_cast<Key>(number);
    }
  }
  static Value same(const Key&, const Value& value) { return value; }
  static Value fail_if_unlucky(const Key&, const Value& value) {
    if (value == number(kRefusedByView)) throw std::runtime_error("not this one");
    return value;
  }
  static Contents contents_of(const View& view) {
    Contents contents;
    view.for_each([&](const Key& key, const Values<Value>& values) { contents[key] = values.to_vector(); });
    return contents;
  }

  bool write_randomly(Transaction& transaction, Side& side, Contents& wanted) {
    const Key at = key(static_cast<int>(random_() % 5));
    const bool many = commit_count_ >= side.grouped_from && random_() % 3 != 0;
    // Now and then many, of which most are equal.
    std::vector<Value> values(!many ? 1 : random_() % 25 == 0 ? 90 : random_() % 7);
    for (Value& value : values) value = number(static_cast<int>(random_() % 6));
    if (random_() % 6 == 0) values.clear();
    if (random_() % 50 == 0 && !values.empty()) {
      values.back() = number(strict_ && random_() % 2 == 0 ? kRefusedByView : kRefusedByCheck);
    }
    if (values.empty()) {
      transaction.erase(*side.input, at);
      wanted.erase(at);
      return false;
    }
    wanted[at] = values;
    const bool refused = values.back() == number(kRefusedByCheck);
    values.size() == 1 ? transaction.set(*side.input, at, values[0])
                       : transaction.set_all(*side.input, at, std::move(values));
    return refused;
  }

  void hear(const Changes<Key, Value>& changes) {
    ++news_count_;
    for (const auto change : changes) {
      if (change.values().empty()) {
        told_.erase(change.key());
      } else {
        told_[change.key()] = change.values().to_vector();
      }
    }
    changes.for_each_row([&](const Key&, const Value* before, const Value* after) {
      EXPECT_TRUE(before != nullptr || after != nullptr);
      EXPECT_FALSE(before != nullptr && after != nullptr && *before == *after) << "nothing changed here";
    });
  }

  void check() {
    const Contents expected = recompute_(sides_[0].contents, sides_[1].contents);
    ASSERT_EQ(contents_of(*view_), expected);
    ASSERT_EQ(told_, expected) << "what subscribers were told";
    std::vector<Value> all;
    for (const auto& [key, values] : expected) all.insert(all.end(), values.begin(), values.end());
    ASSERT_EQ(below_->values(0).to_vector(), all) << "the order that views below see";
    ASSERT_EQ(view_->size(), all.size());
    for (const detail::NodeBase* node : view_->node().core().nodes()) {
      ASSERT_EQ(node->invariant().value_or(""), "") << node->name();
    }
    if (random_() % 15 == 0) check_other_arrival(expected);
  }

  /// The same rows in another graph, come about otherwise.
  void check_other_arrival(const Contents& expected) {
    Graph other;
    std::vector<Input<Key, Value>> inputs{other.input<Key, Value>("a"), other.input<Key, Value>("b")};
    const View view = declare_(inputs[0], inputs[1]);
    std::vector<std::pair<std::size_t, Key>> writes;
    for (std::size_t i = 0; i < 2; ++i) {
      for (const auto& [key, values] : sides_[i].contents) writes.emplace_back(i, key);
    }
    std::shuffle(writes.begin(), writes.end(), random_);
    for (const auto& [side, at] : writes) {
      if (random_() % 3 == 0) {  // a detour
        Transaction detour;
        detour.set_all(inputs[side], at, {number(3), number(1), number(3)});
        ASSERT_TRUE(other.commit(detour));
      }
      Transaction write;
      write.set_all(inputs[side], at, sides_[side].contents.at(at));
      ASSERT_TRUE(other.commit(write));
    }
    ASSERT_EQ(contents_of(view), expected) << "another order of arrival";
  }

  std::mt19937_64 random_;
  Declare declare_;
  Recompute recompute_;
  Graph graph_;
  std::array<Side, 2> sides_;
  std::unique_ptr<View> view_;
  std::unique_ptr<View> strict_;
  std::unique_ptr<Collection<int, Value>> below_;
  Contents told_;
  int commit_count_ = 0;
  int news_count_ = 0;
  Subscription subscription_;
};

/// Runs the check from many seeds, over small rows and over wide ones. `declare(a, b)` and `recompute(a, b)` take
/// either.
template <class Declare, class Recompute> void expect_set_laws(Declare declare, Recompute recompute) {
  const auto run = [&](auto check_of_seed, std::uint64_t seed) {
    auto check = check_of_seed(seed);
    for (int i = 0; i < 50; ++i) {
      ASSERT_NO_FATAL_FAILURE(check->commit_randomly()) << "seed " << seed << ", commit " << i;
      if (::testing::Test::HasFailure()) FAIL() << "seed " << seed << ", commit " << i;
    }
  };
  using Narrow = SetCheck<int, std::int64_t>;
  using WideRows = SetCheck<std::string, Wide>;
  for (std::uint64_t seed = 1; seed <= 32; ++seed) {
    run([&](std::uint64_t s) { return std::make_unique<Narrow>(s, declare, recompute); }, seed);
    if (::testing::Test::HasFailure()) return;
    if (seed % 4 != 0) continue;
    run([&](std::uint64_t s) { return std::make_unique<WideRows>(s, declare, recompute); }, seed);
    if (::testing::Test::HasFailure()) return;
  }
}

/// The rows for which `keep(key, value, how many equal ones stand before it)` holds; keys without rows are left out.
template <class Contents, class Keep> Contents kept(const Contents& contents, Keep keep) {
  Contents result;
  for (const auto& [key, values] : contents) {
    for (auto at = values.begin(); at != values.end(); ++at) {
      if (keep(key, *at, std::count(values.begin(), at, *at))) result[key].push_back(*at);
    }
  }
  return result;
}
template <class Contents, class Key, class Value>
bool has_row(const Contents& contents, const Key& key, const Value& value) {
  const auto at = contents.find(key);
  return at != contents.end() && std::count(at->second.begin(), at->second.end(), value) > 0;
}

/// A number that counts how often it is compared or hashed: the work of a set verb.
struct Counting {
  std::int64_t number = 0;
  static inline std::int64_t work = 0;

  bool operator==(const Counting& other) const {
    ++work;
    return number == other.number;
  }
};

}  // namespace freshet::testing

template <> struct std::hash<freshet::testing::Counting> {
  std::size_t operator()(const freshet::testing::Counting& counting) const {
    ++freshet::testing::Counting::work;
    return static_cast<std::size_t>(counting.number);
  }
};
