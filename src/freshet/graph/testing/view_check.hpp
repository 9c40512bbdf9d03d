// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
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

/// One view of one input under random transactions, beside a naive recomputation. Not installed.
namespace freshet::testing {

/// What a view holds: the values of each key, in order; in key order.
template <class Key> using ViewContents = std::map<Key, std::vector<std::int64_t>, Less>;

/// Declares a view over an input of `Key` to int64 and, after each commit, compares it with what `recompute` makes of
/// the input: contents and order, what subscribers were told, invariants, the order that views below see, and the same
/// view over the same rows in another graph, where they came otherwise.
///
/// At first keys have one value each; later some have several. Some commits are refused, by a check or a strict view.
template <class Key, class ViewKey = Key> class ViewCheck {
 public:
  using Contents = ViewContents<Key>;
  using Expected = ViewContents<ViewKey>;
  using View = Collection<ViewKey, std::int64_t>;
  using Declare = std::function<View(Graph&, const Collection<Key, std::int64_t>&)>;
  using Recompute = std::function<Expected(const Contents&)>;

  ViewCheck(std::uint64_t seed, Declare declare, Recompute recompute)
      : random_(seed), declare_(std::move(declare)), recompute_(std::move(recompute)) {
    input_.check([](const Key&, std::int64_t value) -> std::optional<std::string> {
      if (value == kRefusedByCheck) return "an unlucky number";
      return std::nullopt;
    });
    strict_ = std::make_unique<Collection<Key, std::int64_t>>(map(input_, [](const Key&, std::int64_t value) {
      if (value == kRefusedByView) throw std::runtime_error("not this one");
      return value;
    }));
    strict_->strict();
    grouped_from_ = static_cast<int>(random_() % 20);
    if (random_() % 2 == 0) commit_randomly();  // declared over rows that are there already
    view_ = std::make_unique<View>(declare_(graph_, input_));
    below_ = std::make_unique<Collection<int, std::int64_t>>(
        flat_map(*view_, [](const ViewKey&, std::int64_t value) { return std::pair(0, value); }));
    told_ = contents_of(*view_);
    subscription_ = view_->subscribe([this](const Changes<ViewKey, std::int64_t>& changes) { hear(changes); });
    check();
  }

  Graph& graph() { return graph_; }
  const Contents& contents() const { return contents_; }
  const View& view() const { return *view_; }
  /// What comes into each random transaction besides.
  std::function<void(Transaction&, std::mt19937_64&)> also_write;
  /// Called with whether the transaction was accepted.
  std::function<void(bool)> after_commit;

  void commit_randomly() {
    Transaction transaction;
    Contents wanted = contents_;
    bool refused = false;
    const std::size_t writes = random_() % 30 == 0 ? 200 : random_() % 7;
    for (std::size_t i = 0; i < writes; ++i) refused = write_randomly(transaction, wanted) || refused;
    if (also_write) also_write(transaction, random_);
    for (const auto& [key, values] : wanted) {
      refused = refused || std::count(values.begin(), values.end(), kRefusedByView) > 0;
    }
    ++commit_count_;
    news_count_ = 0;
    const auto counted = view_ ? view_->node().counters().changes : 0;
    ASSERT_EQ(graph_.commit(transaction).has_value(), !refused);
    if (after_commit) after_commit(!refused);
    if (!refused) contents_ = std::move(wanted);
    if (!view_) return;
    check();
    if (refused) {
      ASSERT_EQ(news_count_, 0);
      ASSERT_EQ(view_->node().counters().changes, counted) << "a refused commit left a trace";
    }
  }

  /// The same rows in another graph, come about otherwise.
  void check_other_arrival() {
    Graph other;
    const auto input = other.input<Key, std::int64_t>("input");
    const View view = declare_(other, input);
    std::vector<Key> keys;
    for (const auto& [key, values] : contents_) keys.push_back(key);
    std::shuffle(keys.begin(), keys.end(), random_);
    for (const Key& key : keys) {
      if (random_() % 3 == 0) {  // a detour
        ASSERT_TRUE(other.commit(Transaction().set_all(input, key, {7, 3, 5, static_cast<int>(random_() % 50)})));
      }
      ASSERT_TRUE(other.commit(Transaction().set_all(input, key, contents_.at(key))));
    }
    ASSERT_EQ(contents_of(view), recompute_(contents_)) << "another order of arrival";
  }

 private:
  static constexpr std::int64_t kRefusedByCheck = 666;
  static constexpr std::int64_t kRefusedByView = 777;

  static Expected contents_of(const View& view) {
    Expected contents;
    view.for_each([&](const ViewKey& key, const Values<std::int64_t>& values) { contents[key] = values.to_vector(); });
    return contents;
  }
  Key random_key() {
    const auto number = static_cast<int>(random_() % 12);
    if constexpr (std::is_same_v<Key, std::string>) {
      return std::string(static_cast<std::size_t>(number % 3), 'k') + std::to_string(number);
    } else {
      return number;
    }
  }

  bool write_randomly(Transaction& transaction, Contents& wanted) {
    const Key key = random_key();
    const bool many = commit_count_ >= grouped_from_ && random_() % 2 == 0;
    // Now and then so many that large groups take their other form.
    std::vector<std::int64_t> values(!many ? 1 : random_() % 25 == 0 ? 90 : random_() % 6);
    for (auto& value : values) value = static_cast<std::int64_t>(random_() % 40);
    if (random_() % 5 == 0) values.clear();
    if (random_() % 60 == 0 && !values.empty()) values.back() = random_() % 2 == 0 ? kRefusedByCheck : kRefusedByView;
    if (values.empty()) {
      transaction.erase(input_, key);
      wanted.erase(key);
      return false;
    }
    values.size() == 1 ? transaction.set(input_, key, values[0]) : transaction.set_all(input_, key, values);
    wanted[key] = values;
    return values.back() == kRefusedByCheck;
  }

  void hear(const Changes<ViewKey, std::int64_t>& changes) {
    ++news_count_;
    const ViewKey* last = nullptr;
    for (const auto change : changes) {
      EXPECT_TRUE(last == nullptr || compare(*last, change.key()) < 0) << "changes come in key order, each key once";
      last = &change.key();
      if (change.values().empty()) {
        told_.erase(change.key());
      } else {
        told_[change.key()] = change.values().to_vector();
      }
    }
    changes.for_each_row([&](const ViewKey&, const std::int64_t* before, const std::int64_t* after) {
      EXPECT_TRUE(before != nullptr || after != nullptr);
      EXPECT_FALSE(before != nullptr && after != nullptr && *before == *after) << "nothing changed here";
    });
  }

  void check() {
    const Expected expected = recompute_(contents_);
    ASSERT_EQ(contents_of(*view_), expected);
    ASSERT_EQ(told_, expected) << "what subscribers were told";
    std::vector<std::int64_t> all;
    for (const auto& [key, values] : expected) all.insert(all.end(), values.begin(), values.end());
    ASSERT_EQ(below_->values(0).to_vector(), all) << "the order that views below see";
    ASSERT_EQ(view_->size(), all.size());
    for (const detail::NodeBase* node : view_->node().core().nodes()) {
      ASSERT_EQ(node->invariant().value_or(""), "") << node->name();
    }
    if (random_() % 20 == 0) check_other_arrival();
  }

  std::mt19937_64 random_;
  Declare declare_;
  Recompute recompute_;
  Graph graph_;
  Input<Key, std::int64_t> input_ = graph_.input<Key, std::int64_t>("input");
  std::unique_ptr<Collection<Key, std::int64_t>> strict_;
  std::unique_ptr<View> view_;
  std::unique_ptr<Collection<int, std::int64_t>> below_;
  Contents contents_;
  Expected told_;
  int commit_count_ = 0;
  int grouped_from_ = 0;
  int news_count_ = 0;
  Subscription subscription_;
};

}  // namespace freshet::testing
