// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "freshet/graph/testing/functions.hpp"

/// Random events under random transactions beside a model that recomputes the views of event time, naively, from the
/// rows and the rule for late ones. Not installed.
namespace freshet::testing {

inline Timestamp at_second(std::int64_t seconds) { return Timestamp(std::chrono::seconds(seconds)); }

/// Small rows under numbers.
struct SmallEvents {
  using Key = int;
  struct Value {
    Timestamp at{};
    std::int64_t x{};
    bool operator==(const Value&) const = default;
  };
  static Key key(int number) { return number; }
  static Value value(Timestamp at, std::int64_t x) { return {at, x}; }
};

/// Large rows under texts.
struct LargeEvents {
  using Key = std::string;
  struct Value {
    Timestamp at{};
    std::int64_t x{};
    std::array<std::int64_t, 20> ballast{};
    std::string text;
    bool operator==(const Value&) const = default;
  };
  static Key key(int number) { return "the key with the number " + std::to_string(number); }
  static Value value(Timestamp at, std::int64_t x) {
    return {at, x, {x, x + 1}, "text that is not short " + std::to_string(x)};
  }
};

/// A collection, and what its subscriber was told.
template <class Key, class Value> class Watched {
 public:
  using Contents = std::map<Key, std::vector<Value>, Less>;

  explicit Watched(Collection<Key, Value> view) : view_(std::move(view)), told_(contents()) {
    subscription_ = view_.subscribe([this](const Changes<Key, Value>& changes) { fold(changes); });
  }
  Watched(const Watched&) = delete;
  Watched& operator=(const Watched&) = delete;

  const Collection<Key, Value>& view() const { return view_; }
  Contents contents() const {
    Contents contents;
    view_.for_each([&](const Key& key, const auto& values) { contents[key] = values.to_vector(); });
    return contents;
  }
  void expect(const Contents& expected, const char* what) const {
    EXPECT_TRUE(contents() == expected) << what << ": " << contents().size() << " keys, expected " << expected.size();
    EXPECT_TRUE(told_ == expected) << "what was told of " << what;
    EXPECT_EQ(view_.node().invariant().value_or(""), "") << what;
  }

 private:
  void fold(const Changes<Key, Value>& changes) {
    const Key* last = nullptr;
    for (const auto change : changes) {
      EXPECT_TRUE(last == nullptr || compare(*last, change.key()) < 0) << "keys in order, each once";
      last = &change.key();
      if (change.values().empty()) {
        told_.erase(change.key());
      } else {
        told_[change.key()] = change.values().to_vector();
      }
    }
    EXPECT_GT(changes.size(), 0U);
    changes.for_each_row([&](const Key&, const Value* before, const Value* after) {
      EXPECT_TRUE(before != nullptr || after != nullptr);
      EXPECT_FALSE(before != nullptr && after != nullptr && equal(*before, *after)) << "nothing changed here";
    });
  }

  Collection<Key, Value> view_;
  Contents told_;
  Subscription subscription_;
};

/// The world: an input of events, all views of event time over it, and the model.
template <class Events> class EventTimeWorld {
 public:
  using Key = typename Events::Key;
  using Value = typename Events::Value;

  explicit EventTimeWorld(std::uint64_t seed) : random_(seed) {
    on_time_ = {.delay = seconds(0, 6), .lateness = seconds(0, 4), .late_kept = chance(3) ? below(4) : 1024};
    if (chance(3)) on_time_.lag_max = seconds(0, 20);
    windows_ = {.size = seconds(1, 9), .every = {}, .offset = seconds(-3, 3)};
    windows_.every = chance(2) ? windows_.size : seconds(1, 9);
    hops_ = {.size = seconds(5, 12), .every = seconds(1, 4), .offset = seconds(-3, 3)};
    if (chance(2)) keep_ = seconds(0, 15);
    gap_ = seconds(1, 5);
    span_ = seconds(0, 25);
    // Some views are declared over rows that are there already; some inputs have several values per key by then.
    while (chance(2)) commit_randomly();
    declare();
    check();
  }

  void commit_randomly() {
    if (chance(5)) return advance();
    Transaction transaction;
    Rows wanted = rows_;
    std::set<int> written;
    for (std::size_t i = below(7); i > 0; --i) write_randomly(transaction, wanted, written);
    Model model = model_;
    if (views_) judge(model, wanted);
    const bool refused = views_ && model.has_refused_row();
    ASSERT_EQ(graph_.commit(transaction).has_value(), !refused);
    if (!refused) {
      rows_ = std::move(wanted);
      model_ = std::move(model);
    }
    if (views_) check();
  }

 private:
  static constexpr std::int64_t kRefused = 777;
  static constexpr std::int64_t kNoTime = 778;
  using RowId = std::pair<int, std::size_t>;  // the key in the input, the place among its values
  struct Row {
    int key;  // in the source of the views
    Value value;
    bool operator==(const Row&) const = default;
  };
  using Rows = std::map<RowId, Row>;

  /// What the rule for late rows says.
  struct Model {
    Rows accepted;
    std::set<RowId> failing;
    Timestamp greatest = Timestamp::min();
    Timestamp watermark = Timestamp::min();
    std::vector<LateRow<Key, Value>> late;

    bool has_refused_row() const {
      return std::any_of(accepted.begin(), accepted.end(),
                         [](const auto& row) { return row.second.value.x == kRefused; });
    }
  };

  struct Views {
    explicit Views(const EventTimeWorld& world, const Collection<Key, Value>& source)
        : timely(world.declare_on_time(source)),
          accepted(timely),
          late(timely.late()),
          watermarks(timely.watermarks()),
          windows(timely.window(world.windows_, {.keep = world.keep_})),
          hops(timely.window(world.hops_, {.keep = world.keep_})),
          all_hops(timely.window(hopping(world.hops_))),
          sessions(timely.session(world.gap_, {.keep = world.keep_})),
          recent(detail::make_keep_for(source, world.span_, world.time())) {}

    Timely<Key, Value> timely;
    Watched<Key, Value> accepted;
    Watched<std::uint64_t, LateRow<Key, Value>> late;
    Watched<std::string, Timestamp> watermarks;
    Watched<Windowed<Key>, Value> windows, hops, all_hops;
    Watched<SessionOf<Key>, Value> sessions;
    Watched<Key, Value> recent;
  };

  bool chance(std::uint64_t one_in) { return random_() % one_in == 0; }
  std::size_t below(std::size_t end) { return random_() % end; }
  std::chrono::seconds seconds(int least, int most) {
    return std::chrono::seconds(
        least + static_cast<int>(below(static_cast<std::size_t>(most) - static_cast<std::size_t>(least) + 1)));
  }

  static Timestamp time_or_throw(const Value& value) {
    if (value.x == kNoTime) throw std::runtime_error("it has no time");
    return value.at;
  }
  detail::EventTimeOf<Value> time() const { return detail::EventTimeOf<Value>(&time_or_throw); }
  Timely<Key, Value> declare_on_time(const Collection<Key, Value>& source) const {
    return detail::make_on_time(source, time(), on_time_);
  }

  void declare() {
    Collection<Key, Value> source = input_;
    if (rekeyed_) {
      source =
          key_by(input_, [](const Key&, const Value& value) { return Events::key(static_cast<int>(value.x % 3)); });
    }
    views_ = std::make_unique<Views>(*this, source);
    // Height 3, above every view of event time: what it refuses has gone through all of them.
    strict_view_ = map(views_->all_hops.view(), [](const Windowed<Key>&, const Value& value) {
      if (value.x == kRefused) throw std::runtime_error("not this one");
      return value.x;
    });
    strict_view_->strict();
    if (graph_.now()) now_ = *graph_.now();
    Rows present;
    rows_.swap(present);
    judge(model_, present);
    rows_ = std::move(present);
  }

  void advance() {
    const Timestamp to = std::max(now_, at_second(0)) + seconds(0, 4);
    ASSERT_TRUE(graph_.advance_to(to));
    now_ = to;
    if (!views_) return;
    move_watermark(model_);
    check();
  }

  void write_randomly(Transaction& transaction, Rows& wanted, std::set<int>& written) {
    const int number = static_cast<int>(below(9));
    if (!written.insert(number).second) return;
    const Key key = Events::key(number);
    const bool many = ++writes_ > 12 && chance(4);
    std::vector<Value> values;
    for (std::size_t count = chance(6) ? 0 : many ? below(4) : 1; count > 0; --count) values.push_back(random_value());
    const auto old = wanted.lower_bound({number, 0});
    wanted.erase(old, wanted.lower_bound({number + 1, 0}));
    for (std::size_t i = 0; i < values.size(); ++i) {
      wanted[{number, i}] = {rekeyed_ ? static_cast<int>(values[i].x % 3) : number, values[i]};
    }
    if (many) {
      transaction.set_all(input_, key, values);
    } else if (values.empty()) {
      transaction.erase(input_, key);
    } else {
      transaction.set(input_, key, values.front());
    }
  }
  Value random_value() {
    // Time goes on, so that windows close; rows come out of order around it.
    horizon_ += static_cast<std::int64_t>(below(3) == 0);
    const std::int64_t x = views_ && chance(30) ? kRefused
                           : chance(30)         ? kNoTime
                                                : static_cast<std::int64_t>(below(40));
    return Events::value(at_second(horizon_ + static_cast<std::int64_t>(below(16)) - 10), x);
  }

  void move_watermark(Model& model) const {
    if (model.greatest != Timestamp::min())
      model.watermark = std::max(model.watermark, model.greatest - on_time_.delay);
    if (on_time_.lag_max && now_ != Timestamp::min()) {
      model.watermark = std::max(model.watermark, now_ - *on_time_.lag_max);
    }
  }

  /// Brings the model from rows_ to `wanted`.
  void judge(Model& model, const Rows& wanted) const {
    const Timestamp bound =
        model.watermark == Timestamp::min() ? Timestamp::min() : model.watermark - on_time_.lateness;
    for (const auto& [id, row] : rows_) {
      const auto now = wanted.find(id);
      if (now != wanted.end() && now->second.key == row.key) continue;
      model.accepted.erase(id);
      model.failing.erase(id);
    }
    std::vector<std::pair<int, RowId>> late;
    for (const auto& [id, row] : wanted) {
      const auto before = rows_.find(id);
      if (before != rows_.end() && before->second == row) continue;
      model.failing.erase(id);
      if (row.value.x == kNoTime) {
        model.accepted.erase(id);
        model.failing.insert(id);
      } else if (row.value.at < bound) {
        late.push_back({row.key, id});
      } else {
        model.accepted[id] = row;
        model.greatest = std::max(model.greatest, row.value.at);
      }
    }
    std::sort(late.begin(), late.end());
    for (const auto& [key, id] : late) {
      const Value& value = wanted.at(id).value;
      model.late.push_back({Events::key(key), value, value.at, model.watermark});
    }
    move_watermark(model);
  }

  Timestamp dropped_until() const {
    if (!keep_ || model_.watermark == Timestamp::min()) return Timestamp::min();
    return model_.watermark - on_time_.lateness - *keep_;
  }

  auto expected_windows(const Windows& windows, Timestamp dropped) const {
    std::map<Windowed<Key>, std::vector<Value>, Less> expected;
    for (const auto& [id, row] : model_.accepted) {
      // From a start that is surely before the row's first window.
      const TimeSpan since = row.value.at.time_since_epoch() - windows.size - windows.offset;
      for (std::int64_t i = since / windows.every - 2;; ++i) {
        const Timestamp start = Timestamp(windows.offset + i * windows.every);
        if (start > row.value.at) break;
        const Timestamp end = start + windows.size;
        if (end <= row.value.at || end <= dropped) continue;
        expected[{start, end, Events::key(row.key)}].push_back(row.value);
      }
    }
    return expected;
  }
  auto expected_sessions() const {
    std::map<int, std::vector<Timestamp>> times;
    for (const auto& [id, row] : model_.accepted) times[row.key].push_back(row.value.at);
    for (auto& [key, line] : times) std::sort(line.begin(), line.end());
    std::map<SessionOf<Key>, std::vector<Value>, Less> expected;
    for (const auto& [id, row] : model_.accepted) {
      const auto& line = times[row.key];
      auto first = std::find(line.begin(), line.end(), row.value.at);
      auto last = first;
      while (first != line.begin() && *first - *std::prev(first) < gap_) --first;
      while (std::next(last) != line.end() && *std::next(last) - *last < gap_) ++last;
      if (*last + gap_ > dropped_until()) expected[{*first, Events::key(row.key)}].push_back(row.value);
    }
    return expected;
  }

  void check() {
    std::map<Key, std::vector<Value>, Less> accepted, recent;
    std::set<std::string> failing;
    for (const auto& [id, row] : model_.accepted) accepted[Events::key(row.key)].push_back(row.value);
    for (const RowId& id : model_.failing) failing.insert(detail::key_text(Events::key(rows_.at(id).key)));
    for (const auto& [id, row] : rows_) {
      if (row.value.x == kNoTime) continue;
      if (now_ == Timestamp::min() || row.value.at + span_ > now_) recent[Events::key(row.key)].push_back(row.value);
    }
    views_->accepted.expect(accepted, "accepted");
    views_->recent.expect(recent, "keep_for");
    views_->windows.expect(expected_windows(windows_, dropped_until()), "windows");
    views_->hops.expect(expected_windows(hops_, dropped_until()), "hopping windows");
    views_->all_hops.expect(expected_windows(hops_, Timestamp::min()), "hopping windows, kept for ever");
    views_->sessions.expect(expected_sessions(), "sessions");
    std::set<std::string> errors;
    views_->timely.errors().for_each([&](const std::string& key, const auto&) { errors.insert(key); });
    EXPECT_EQ(errors, failing);
    check_lateness();
  }
  void check_lateness() {
    EXPECT_EQ(views_->timely.late_count(), model_.late.size());
    std::map<std::uint64_t, std::vector<LateRow<Key, Value>>, Less> late;
    for (std::size_t i = 0; i < model_.late.size(); ++i) {
      if (model_.late.size() - i <= on_time_.late_kept) late[i + 1] = {model_.late[i]};
    }
    views_->late.expect(late, "late rows");
    std::map<std::string, std::vector<Timestamp>, Less> marks;
    if (model_.watermark != Timestamp::min()) marks["watermark"] = {model_.watermark};
    views_->watermarks.expect(marks, "the watermark");
    EXPECT_EQ(views_->timely.watermark().value_or(Timestamp::min()), model_.watermark);
  }

  std::mt19937_64 random_;
  OnTime on_time_;
  Windows windows_, hops_;
  std::optional<TimeSpan> keep_;
  TimeSpan gap_, span_;
  const bool rekeyed_ = chance(2);

  Graph graph_;
  Input<Key, Value> input_ = graph_.input<Key, Value>("events");
  std::unique_ptr<Views> views_;
  std::optional<Collection<Windowed<Key>, std::int64_t>> strict_view_;

  Rows rows_;
  Model model_;
  Timestamp now_ = Timestamp::min();
  std::int64_t horizon_ = 0;
  std::size_t writes_ = 0;
};

}  // namespace freshet::testing
