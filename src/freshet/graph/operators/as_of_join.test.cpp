// SPDX-License-Identifier: MIT
#include "freshet/graph/operators/as_of_join.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/by.hpp"
#include "freshet/graph/testing/functions.hpp"

namespace freshet {
namespace {

struct Event {
  std::int64_t time = 0;
  std::int64_t value = 0;
  bool operator==(const Event&) const = default;
};
using Events = std::map<int, std::vector<Event>>;
using Numbers = std::map<int, std::vector<std::int64_t>>;
using EventRows = Collection<int, Event>;
using NumberRows = Collection<int, std::int64_t>;

constexpr std::int64_t kNoTime = -1;
constexpr std::int64_t kRefusedBefore = 77;  // by a strict view beside the join
constexpr std::int64_t kRefusedBehind = 78;  // by a strict view of the join

std::int64_t time_of(const Event& event) {
  if (event.time == kNoTime) throw std::runtime_error("no time");
  return event.time;
}
std::optional<std::int64_t> joined(const Event& left, const Event& right) {
  if ((left.value + right.value) % 11 == 10) throw std::runtime_error("ten");
  if ((left.value + right.value) % 7 == 6) return std::nullopt;
  return left.value * 1000 + right.value;
}
struct Joined {
  auto operator()(int, const detail::JoinedRow<Event, Event>& row) { return joined(row.left, *row.right); }
  bool same(const Joined&) const { return true; }
  std::size_t hash() const { return 1; }
};

NumberRows join(const EventRows& left, const EventRows& right) {
  return detail::make_as_of_join(left, right, by(&time_of), by(&time_of), Joined(), std::tuple<>());
}

/// The last of the rows that is not after `time`.
const Event* last_of(const std::vector<Event>& rows, std::int64_t time) {
  const Event* last = nullptr;
  for (const Event& row : rows) {
    if (row.time == kNoTime || row.time > time) continue;
    if (last == nullptr || row.time >= last->time) last = &row;
  }
  return last;
}

struct State {
  Events trades, quotes;

  const Event* partner(int key, const Event& trade) const {
    const auto at = quotes.find(key);
    return trade.time == kNoTime || at == quotes.end() ? nullptr : last_of(at->second, trade.time);
  }
  void recompute(Numbers& contents, std::set<std::string>& failing) const {
    for (const auto& [key, rows] : quotes) {
      for (const Event& quote : rows) {
        if (quote.time == kNoTime) failing.insert(std::to_string(key));
      }
    }
    for (const auto& [key, rows] : trades) {
      for (const Event& trade : rows) {
        if (trade.time == kNoTime) failing.insert(std::to_string(key));
        const Event* quote = partner(key, trade);
        if (quote == nullptr) continue;
        try {
          if (const auto value = joined(trade, *quote)) contents[key].push_back(*value);
        } catch (const std::exception&) {
          failing.insert(std::to_string(key));
        }
      }
    }
  }
  /// For each trade, told apart by where it was written: which quote it has, and the values of both.
  std::map<std::pair<int, std::size_t>, std::tuple<std::size_t, Event, Event>> pairs() const {
    std::map<std::pair<int, std::size_t>, std::tuple<std::size_t, Event, Event>> found;
    for (const auto& [key, rows] : trades) {
      for (std::size_t i = 0; i < rows.size(); ++i) {
        const Event* quote = partner(key, rows[i]);
        if (quote == nullptr) continue;
        found[{key, i}] = {static_cast<std::size_t>(quote - quotes.at(key).data()), rows[i], *quote};
      }
    }
    return found;
  }
};

class AsOf {
 public:
  Graph graph;
  Input<int, Event> trades = graph.input<int, Event>("trades");
  Input<int, Event> quotes = graph.input<int, Event>("quotes");
  std::optional<NumberRows> view;
  Numbers told;
  std::size_t news = 0;

  void declare() {
    strict_.push_back(testing::map(trades, [](int, const Event& event) {
      if (event.value == kRefusedBefore) throw std::runtime_error("not this one");
      return event.value;
    }));
    view = join(trades, quotes);
    strict_.push_back(testing::map(*view, [](int, std::int64_t value) {
      if (value / 1000 == kRefusedBehind) throw std::runtime_error("nor this one");
      return value;
    }));
    for (const auto& rows : strict_) rows.strict();
    view->for_each([&](int key, const auto& values) { told[key] = values.to_vector(); });
    subscription_ = view->subscribe([this](const Changes<int, std::int64_t>& changes) {
      ++news;
      for (const auto change : changes) {
        told[change.key()] = change.values().to_vector();
        if (change.values().empty()) told.erase(change.key());
      }
      changes.for_each_row([](int, const std::int64_t* before, const std::int64_t* after) {
        EXPECT_FALSE(before != nullptr && after != nullptr && *before == *after) << "nothing changed here";
      });
    });
  }
  void check(const State& state) {
    Numbers expected;
    std::set<std::string> expected_failing;
    state.recompute(expected, expected_failing);
    Numbers found;
    view->for_each([&](int key, const auto& values) { found[key] = values.to_vector(); });
    ASSERT_EQ(found, expected);
    ASSERT_EQ(told, expected) << "what subscribers were told";
    std::set<std::string> failing;
    view->errors().for_each([&](const std::string& key, const auto&) { failing.insert(key); });
    ASSERT_EQ(failing, expected_failing);
    ASSERT_EQ(view->node().invariant().value_or(""), "");
  }

 private:
  std::vector<NumberRows> strict_;
  Subscription subscription_;
};

class RandomAsOf {
 public:
  explicit RandomAsOf(std::uint64_t seed) : random_(seed) {
    grouped_from_ = random_() % 3 == 0 ? 0 : random_() % 40;
    for (std::size_t i = random_() % 4; i > 0; --i) commit();
    as_of_.declare();
    declared_ = true;
    as_of_.check(state_);
  }

  void commit() {
    Transaction transaction;
    State wanted = state_;
    for (std::size_t i = random_() % 6; i > 0; --i) {
      const bool trade = random_() % 2 == 0;
      const int key = static_cast<int>(random_() % 3);
      std::vector<Event> rows(random_() % 5 == 0 ? 0 : commits_ >= grouped_from_ ? random_() % 6 : 1);
      for (Event& row : rows) row = random_event();
      if (declared_ && trade && !rows.empty() && random_() % 20 == 0) {
        rows.back().value = random_() % 2 == 0 ? kRefusedBefore : kRefusedBehind;
      }
      auto& contents = trade ? wanted.trades : wanted.quotes;
      contents[key] = rows;
      if (rows.empty()) contents.erase(key);
      transaction.set_all(trade ? as_of_.trades : as_of_.quotes, key, std::move(rows));
    }
    const bool refused = declared_ && is_refused(wanted);
    const std::uint64_t calls = declared_ ? as_of_.view->node().counters().calls : 0;
    as_of_.news = 0;
    ASSERT_EQ(as_of_.graph.commit(transaction).has_value(), !refused);
    ++commits_;
    if (refused) {
      ASSERT_EQ(as_of_.news, 0U) << "a refused commit told somebody";
      wanted = state_;
    }
    if (declared_) {
      ASSERT_NO_FATAL_FAILURE(as_of_.check(wanted));
      ASSERT_EQ(as_of_.view->node().counters().calls - calls, changed_pairs(state_, wanted));
    }
    state_ = std::move(wanted);
  }

  /// Another order of arrival, one row at a time, gives the same.
  void check_other_order() {
    AsOf other;
    other.declare();
    const auto commit = [&](const Input<int, Event>& input, int key, std::vector<Event> rows) {
      ASSERT_TRUE(other.graph.commit(Transaction().set_all(input, key, std::move(rows))));
    };
    for (const auto& [key, rows] : state_.trades) commit(other.trades, key, {rows.front()});
    for (const auto& [key, rows] : state_.quotes) commit(other.quotes, key, {{5, 5}});
    for (auto at = state_.quotes.rbegin(); at != state_.quotes.rend(); ++at)
      commit(other.quotes, at->first, at->second);
    for (auto at = state_.trades.rbegin(); at != state_.trades.rend(); ++at)
      commit(other.trades, at->first, at->second);
    other.check(state_);
  }

 private:
  Event random_event() {
    const auto time = random_() % 15 == 0 ? kNoTime : static_cast<std::int64_t>(random_() % 12);
    return {time, static_cast<std::int64_t>(random_() % 20)};
  }
  static bool is_refused(const State& state) {
    for (const auto& [key, rows] : state.trades) {
      for (const Event& row : rows) {
        if (row.value == kRefusedBefore) return true;
      }
    }
    Numbers contents;
    std::set<std::string> failing;
    state.recompute(contents, failing);
    for (const auto& [key, values] : contents) {
      for (const auto value : values) {
        if (value / 1000 == kRefusedBehind) return true;
      }
    }
    return false;
  }
  static std::size_t changed_pairs(const State& before, const State& after) {
    const auto old = before.pairs();
    std::size_t count = 0;
    for (const auto& [id, pair] : after.pairs()) {
      const auto at = old.find(id);
      if (at == old.end() || at->second != pair) ++count;
    }
    return count;
  }

  std::mt19937_64 random_;
  AsOf as_of_;
  State state_;
  bool declared_ = false;
  std::size_t commits_ = 0;
  std::size_t grouped_from_ = 0;
};

TEST(RandomAsOfJoins, are_after_every_commit_what_recomputing_gives) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomAsOf as_of(seed);
    for (int i = 0; i < 40 && !::testing::Test::HasFailure(); ++i) {
      SCOPED_TRACE("commit " + std::to_string(i));
      ASSERT_NO_FATAL_FAILURE(as_of.commit());
    }
    ASSERT_FALSE(::testing::Test::HasFailure());
    ASSERT_NO_FATAL_FAILURE(as_of.check_other_order());
  }
}

TEST(AsOfJoins, touch_only_the_rows_that_a_quote_is_the_last_one_for) {
  const auto work = [](int rows) {
    AsOf as_of;
    as_of.declare();
    std::vector<Event> trades, quotes;
    for (int i = 0; i < rows; ++i) trades.push_back({i, 1});
    for (int i = 0; i < rows; i += 10) quotes.push_back({i, 1});
    EXPECT_TRUE(as_of.graph.commit(Transaction().set_all(as_of.trades, 1, trades).set_all(as_of.quotes, 1, quotes)));
    const auto before = as_of.view->node().counters();
    quotes[1].value = 2;
    EXPECT_TRUE(as_of.graph.commit(Transaction().set_all(as_of.quotes, 1, quotes)));
    const auto after = as_of.view->node().counters();
    return std::pair(after.calls - before.calls, after.changes - before.changes);
  };
  EXPECT_EQ(work(100), (std::pair<std::uint64_t, std::uint64_t>(10, 10)));
  EXPECT_EQ(work(10'000), work(100));
}

}  // namespace
}  // namespace freshet
