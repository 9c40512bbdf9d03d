// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <functional>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/reducers.hpp"
#include "freshet/model/describe.hpp"

/// What every reducer promises: after any additions and removals the result is that of the values that are there, to
/// the last bit. Not installed.
namespace freshet::testing {

struct Entry {
  std::string name{};
  std::int64_t number{};
  double level{};
  bool open{};

  std::int64_t name_length() const { return std::ssize(name); }
};
constexpr auto describe(freshet::of<Entry>) {
  return freshet::model("entries", freshet::field<&Entry::name>(), freshet::field<&Entry::number>(),
                        freshet::field<&Entry::level>(), freshet::field<&Entry::open>());
}
inline bool operator==(const Entry& a, const Entry& b) {
  return equal(a.level, b.level) && a.name == b.name && a.number == b.number && a.open == b.open;
}

using Entries = std::vector<Entry>;

/// Everyday numbers, and now and then those that are hard: both zeros, extremes, infinities and NaN.
inline double random_level(std::mt19937_64& random) {
  switch (random() % 30) {
    case 0:
      return -0.0;
    case 1:
      return 0.0;
    case 2:
      return std::numeric_limits<double>::quiet_NaN();
    case 3:
      return -std::numeric_limits<double>::quiet_NaN();
    case 4:
      return std::numeric_limits<double>::infinity();
    case 5:
      return 1e300;
    case 6:
      return -1e-300;
    default:
      return static_cast<double>(random() % 4000) / 10 - 100;
  }
}
inline Entry random_entry(std::mt19937_64& random) {
  return {"name " + std::to_string(random() % 12), static_cast<std::int64_t>(random() % 50) - 20, random_level(random),
          random() % 2 == 0};
}

template <class T> bool same_bits(const T& a, const T& b) {
  if constexpr (std::is_same_v<T, double>) {
    // Which NaN comes out of a calculation is the processor's business; here it is one and the same.
    return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
  } else {
    return a == b;
  }
}
template <class T> bool same_bits(const std::vector<T>& a, const std::vector<T>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const T& x, const T& y) { return same_bits(x, y); });
}

/// What a reducer says of its state; nothing if it says that there is no result.
template <class Bound> auto outcome(const typename Bound::State& state) {
  using Out = std::decay_t<decltype(Bound::result(state))>;
  try {
    return std::optional<Out>(Bound::result(state));
  } catch (const Failure&) {
    return std::optional<Out>();
  }
}

template <class Reducer> struct Reduced {
  using Bound = typename detail::BoundReducer<Reducer, Entry>::type;
  typename Bound::State state{};
};

/// The result of a reducer for some values; throws Failure where it has none.
template <class Reducer> auto reduced(Reducer, const Entries& entries) {
  Reduced<Reducer> reduced;
  for (const Entry& entry : entries) Reduced<Reducer>::Bound::add(reduced.state, entry);
  return Reduced<Reducer>::Bound::result(reduced.state);
}

/// Checks the promise: `expected(entries)` computes the result naively, none if there is none; it is given the entries
/// in some order and never none of them.
template <class Reducer, class Expected> void expect_laws(Reducer, Expected expected) {
  using Bound = typename Reduced<Reducer>::Bound;
  static_assert(std::is_empty_v<Reducer> && IncrementalReducer<Reducer, Entry>);
  for (std::uint64_t seed = 1; seed <= 16; ++seed) {
    std::mt19937_64 random(seed);
    Reduced<Reducer> kept;
    Entries entries;
    const bool large = seed % 8 == 0;
    const std::size_t most = large ? 600 : 12;
    for (int step = 0; step < (large ? 40 : 100); ++step) {
      for (std::size_t i = 0; i < std::max<std::size_t>(1, most / 20); ++i) {
        if (entries.empty() || (entries.size() < most && random() % 5 < 3)) {
          entries.push_back(random_entry(random));
          Bound::add(kept.state, entries.back());
        } else {
          std::swap(entries[random() % entries.size()], entries.back());
          Bound::remove(kept.state, entries.back());
          entries.pop_back();
        }
      }
      if (entries.empty()) continue;
      const auto result = outcome<Bound>(kept.state);
      const auto naive = expected(std::as_const(entries));
      ASSERT_EQ(result.has_value(), naive.has_value()) << "seed " << seed << ", step " << step;
      if (!naive) continue;
      ASSERT_TRUE(same_bits(*result, *naive))
          << "seed " << seed << ", step " << step << ": " << ::testing::PrintToString(*result) << " is not "
          << ::testing::PrintToString(*naive);
      std::shuffle(entries.begin(), entries.end(), random);
      Reduced<Reducer> in_another_order;
      for (const Entry& entry : entries) Bound::add(in_another_order.state, entry);
      ASSERT_TRUE(same_bits(*outcome<Bound>(in_another_order.state), *result)) << "seed " << seed << ", step " << step;
    }
  }
}

}  // namespace freshet::testing
