// SPDX-License-Identifier: MIT
// What one face can do the other can: the same rows through the verbs of both, after each of many changes.
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/classic/verbs.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet {
namespace {

using Number = std::int64_t;
using Numbers = Collection<int, Number>;

std::optional<Number> scaled(const Number& number, const Numbers& factors) {
  if (number % 7 == 0) throw std::domain_error("a multiple of seven");
  const Number* factor = factors.get(static_cast<int>(number % 5));
  if (factor == nullptr) return std::nullopt;
  return number * *factor;
}
class ScaledMapper final : public OneToOneMapper<int, Number, Number> {
 public:
  explicit ScaledMapper(Numbers factors) : factors_(std::move(factors)) {}
  std::optional<Number> map_value(const Number& number) override { return scaled(number, factors_); }

 private:
  Numbers factors_;
};

std::vector<std::pair<int, Number>> spread(const int& key, const Number& number, int width) {
  std::vector<std::pair<int, Number>> pairs;
  pairs.reserve(2);
  for (int i = 0; i < number % 3; ++i) pairs.emplace_back((key + i) % width, number + i);
  return pairs;
}
class SpreadMapper final : public OneToManyMapper<int, Number, int, Number> {
 public:
  explicit SpreadMapper(int width) : width_(width) {}
  std::vector<std::pair<int, Number>> map_value(const Number& number) override { return spread(key(), number, width_); }

 private:
  int width_;
};

bool is_at_least(const Number& number, Number least) { return number >= least; }
class AtLeastMapper final : public FilterMapper<int, Number> {
 public:
  explicit AtLeastMapper(Number least) : least_(least) {}
  bool keep(const Number& number) override { return is_at_least(number, least_); }

 private:
  Number least_;
};

std::optional<Number> spread_of(std::span<const Number> numbers) {
  if (numbers.size() < 2) return std::nullopt;
  return numbers.back() - numbers.front();
}
class SpreadOfMapper final : public ManyToOneMapper<int, Number, Number> {
 public:
  std::optional<Number> map_values(std::span<const Number> numbers) override { return spread_of(numbers); }
};

struct ParityReducer {
  using State = Number;
  static void add(State& state, const Number& number) { state ^= number; }
  static void remove(State& state, const Number& number) { state ^= number; }
  static Number result(const State& state) { return state; }
};
class ParityReducerClass final : public Reducer<Number, Number, Number> {
 public:
  void add(Number& state, const Number& number) override { state ^= number; }
  void remove(Number& state, const Number& number) override { state ^= number; }
  Number result(const Number& state) override { return state; }
};

template <class Value> std::map<int, std::vector<Value>> rows_of(const Collection<int, Value>& collection) {
  std::map<int, std::vector<Value>> rows;
  collection.for_each([&](int key, const auto& values) { rows[key] = values.to_vector(); });
  return rows;
}
template <class Value> std::map<std::string, std::string> errors_of(const Collection<int, Value>& collection) {
  std::map<std::string, std::string> errors;
  collection.errors().for_each(
      [&](const std::string& key, const auto& values) { errors[key] = values.front().message; });
  return errors;
}

class EqualViews : public ::testing::Test {
 protected:
  void write_something() {
    Transaction transaction;
    for (int i = 0; i < 3; ++i) {
      std::vector<Number> numbers(random_() % 4);
      for (Number& number : numbers) number = static_cast<Number>(random_() % 100);
      transaction.set_all(numbers_, static_cast<int>(random_() % 10), std::move(numbers));
    }
    if (random_() % 3 == 0)
      transaction.set(factors_, static_cast<int>(random_() % 5), static_cast<Number>(random_() % 9));
    ASSERT_TRUE(graph_.commit(transaction));
  }
  /// Writes many times and compares after each.
  template <class Value> void expect_equal(const Collection<int, Value>& meta, const Collection<int, Value>& classic) {
    bool had_rows = false;
    for (int i = 0; i < 200; ++i) {
      write_something();
      ASSERT_EQ(rows_of(meta), rows_of(classic)) << "after commit " << graph_.version();
      ASSERT_EQ(errors_of(meta), errors_of(classic)) << "after commit " << graph_.version();
      had_rows = had_rows || !meta.empty();
    }
    EXPECT_TRUE(had_rows);
    EXPECT_FALSE(meta == classic) << "each face has a node of its own, or this compares nothing";
  }

  std::mt19937_64 random_{42};
  Graph graph_;
  Input<int, Number> numbers_ = graph_.input<int, Number>("numbers");
  Input<int, Number> factors_ = graph_.input<int, Number>("factors");
};

TEST_F(EqualViews, by_map) { expect_equal(numbers_.map(scaled, factors_), numbers_.map<ScaledMapper>(factors_)); }

TEST_F(EqualViews, by_flat_map) { expect_equal(numbers_.flat_map(spread, 6), numbers_.flat_map<SpreadMapper>(6)); }

TEST_F(EqualViews, by_filter) { expect_equal(numbers_.filter(is_at_least, 50), numbers_.filter<AtLeastMapper>(50)); }

TEST_F(EqualViews, by_reduce) { expect_equal(numbers_.reduce(spread_of), numbers_.reduce<SpreadOfMapper>()); }

TEST_F(EqualViews, by_reducer) {
  expect_equal(numbers_.reduce(ParityReducer()), numbers_.reduce<ParityReducerClass>());
}

TEST_F(EqualViews, by_chains_of_verbs) {
  expect_equal(numbers_.filter(is_at_least, 20).flat_map(spread, 6).map(scaled, factors_).reduce(spread_of),
               numbers_.filter<AtLeastMapper>(20)
                   .flat_map<SpreadMapper>(6)
                   .map<ScaledMapper>(factors_)
                   .reduce<SpreadOfMapper>());
}

TEST_F(EqualViews, by_chains_that_mix_the_faces) {
  expect_equal(numbers_.filter<AtLeastMapper>(20).flat_map(spread, 6).reduce<SpreadOfMapper>(),
               numbers_.filter(is_at_least, 20).flat_map<SpreadMapper>(6).reduce(spread_of));
}

TEST_F(EqualViews, are_one_node_where_no_code_of_ones_own_is_in_them) {
  EXPECT_EQ(numbers_.reduce(count()), numbers_.reduce<Count>());
  EXPECT_EQ(numbers_.reduce(sum()), numbers_.reduce<SumOf<>>());
}

}  // namespace
}  // namespace freshet
