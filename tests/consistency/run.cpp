// SPDX-License-Identifier: MIT
#include "consistency/run.hpp"

#include <algorithm>
#include <memory>
#include <random>
#include <stdexcept>
#include <utility>

#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::consistency {
namespace {

struct Mismatch : std::runtime_error {
  using std::runtime_error::runtime_error;
};
void require(bool holds, const std::string& what) {
  if (!holds) throw Mismatch(what);
}

std::optional<std::string> unlucky(int, std::int64_t value) {
  if (value == kRefusedByCheck) return "an unlucky number";
  return std::nullopt;
}
std::int64_t not_this_one(std::int64_t value) {
  if (value == kRefusedByStrictView) throw std::runtime_error("not this one");
  return value;
}

Contents contents_of(const Rows& rows) {
  Contents contents;
  rows.for_each([&](int key, const Values<std::int64_t>& values) { contents[key] = values.to_vector(); });
  return contents;
}

std::vector<Expected> recompute(const std::vector<Contents>& inputs, const Case& what, const Verbs& verbs) {
  std::vector<Expected> views;
  for (const Contents& contents : inputs) views.push_back({contents, {}});
  for (const Step& step : what.steps) {
    views.push_back(verbs[step.verb].recompute(views[step.source].contents, views[step.other].contents, step.by));
  }
  return views;
}

/// One graph of a case, and what its subscribers were told.
class Run {
 public:
  Run(const Case& what, const Verbs& verbs) : what_(what), verbs_(verbs), contents_(kInputs) {
    for (std::size_t i = 0; i < kInputs; ++i) {
      inputs_.push_back(graph_.input<int, std::int64_t>("input" + std::to_string(i)));
      inputs_.back().check(unlucky);
      strict_.push_back(inputs_.back().map(not_this_one));
      strict_.back().strict();
    }
  }

  void declare() {
    views_.assign(inputs_.begin(), inputs_.end());
    for (const Step& step : what_.steps) {
      views_.push_back(verbs_[step.verb].declare(views_[step.source], views_[step.other], step.by));
    }
    fill();
    news_.resize(views_.size());
    for (std::size_t i = 0; i < views_.size(); ++i) watch(i);
    check();
  }

  void commit(const std::vector<Write>& writes) {
    std::vector<Contents> wanted = contents_;
    Transaction transaction;
    bool refused = false;
    for (const Write& write : writes) {
      transaction.set_all(inputs_[write.input], write.key, write.values);
      refused = refused || std::count(write.values.begin(), write.values.end(), kRefusedByCheck) > 0;
      wanted[write.input][write.key] = write.values;
      if (write.values.empty()) wanted[write.input].erase(write.key);
    }
    refused = refused || holds_strictly_refused(wanted);
    begin_news();
    const GraphStats before = graph_.stats();
    const auto committed = graph_.commit(transaction);
    require(committed.has_value() == !refused, refused ? "the commit should be refused" : "the commit is refused");
    if (refused) {
      check_no_trace(before);
    } else {
      require(*committed == before.version + 1, "versions are not dense");
      contents_ = std::move(wanted);
    }
    if (views_.empty()) return;
    check_calls();
    fill();
    check();
  }

  const std::vector<Contents>& inputs() const { return contents_; }
  std::vector<Contents> view_contents() const {
    std::vector<Contents> all;
    for (const Rows& view : views_) all.push_back(contents_of(view));
    return all;
  }

 private:
  struct News {
    Contents told;
    std::set<int> keys;           // that the last commit changed
    std::size_t rows_to_map = 0;  // rows that it changed or added
    std::uint64_t calls_before = 0;
    std::string wrong;
  };

  static bool holds_strictly_refused(const std::vector<Contents>& inputs) {
    for (const Contents& contents : inputs) {
      for (const auto& [key, values] : contents) {
        if (std::count(values.begin(), values.end(), kRefusedByStrictView) > 0) return true;
      }
    }
    return false;
  }

  /// Lets through what gradually() holds back.
  void fill() {
    for (int steps = 0; graph_.run_backfill(); ++steps) require(steps < 10'000, "a backfill does not end");
  }

  void watch(std::size_t index) {
    news_[index].told = contents_of(views_[index]);
    subscriptions_.push_back(
        views_[index].subscribe([this, index](const Changes<int, std::int64_t>& changes) { hear(index, changes); }));
  }
  void hear(std::size_t index, const Changes<int, std::int64_t>& changes) {
    News& news = news_[index];
    if (changes.version() != graph_.version()) news.wrong = "was told of another version";
    int last = -1'000'000;
    for (const auto change : changes) {
      if (change.key() <= last) news.wrong = "was told of keys out of order, or twice";
      last = change.key();
      news.keys.insert(last);
      news.told[last] = change.values().to_vector();
      if (change.values().empty()) news.told.erase(last);
    }
    changes.for_each_row([&](int, const std::int64_t* before, const std::int64_t* after) {
      if (before == nullptr && after == nullptr) news.wrong = "was told of a row that never was";
      if (before != nullptr && after != nullptr && *before == *after) news.wrong = "was told of a row that is the same";
      if (after != nullptr) ++news.rows_to_map;
    });
  }
  void begin_news() {
    for (std::size_t i = 0; i < news_.size(); ++i) {
      news_[i].keys.clear();
      news_[i].rows_to_map = 0;
      news_[i].calls_before = views_[i].node().counters().calls;
    }
  }

  void check_no_trace(const GraphStats& before) const {
    const GraphStats after = graph_.stats();
    require(after.version == before.version && after.row_count == before.row_count &&
                after.mapper_calls == before.mapper_calls && after.rows_changed == before.rows_changed &&
                after.mapper_failures == before.mapper_failures,
            "a refused commit left a trace in the counters");
    for (const News& news : news_) require(news.keys.empty(), "a refused commit was told of");
  }

  void check() const {
    const std::vector<Expected> expected = recompute(contents_, what_, verbs_);
    for (std::size_t i = 0; i < views_.size(); ++i) {
      const std::string view = i < kInputs ? "input" + std::to_string(i) : "view" + std::to_string(i - kInputs);
      const Contents found = contents_of(views_[i]);
      require(found == expected[i].contents,
              view + " holds " + to_text(found) + ", but should hold " + to_text(expected[i].contents));
      require(news_[i].wrong.empty(), "a subscriber of " + view + " " + news_[i].wrong);
      require(news_[i].told == found,
              "subscribers of " + view + " were told " + to_text(news_[i].told) + ", but it holds " + to_text(found));
      std::set<std::string> failing;
      views_[i].errors().for_each([&](const std::string& key, const auto&) { failing.insert(key); });
      require(failing == expected[i].failing, view + " has other errors than it should");
      std::size_t rows = 0;
      for (const auto& [key, values] : found) rows += values.size();
      require(views_[i].size() == rows, view + " miscounts its rows");
    }
  }

  void check_calls() const {
    for (std::size_t i = kInputs; i < views_.size(); ++i) {
      const Step& step = what_.steps[i - kInputs];
      const std::uint64_t calls = views_[i].node().counters().calls - news_[i].calls_before;
      const News& source = news_[step.source];
      const std::string view = "view" + std::to_string(i - kInputs) + " made " + std::to_string(calls) + " calls for " +
                               std::to_string(source.rows_to_map) + " changed rows";
      switch (verbs_[step.verb].calls) {
        case Calls::uncounted:
          break;
        case Calls::per_row:
          require(calls == source.rows_to_map, view);
          break;
        case Calls::per_row_and_read:
          require(calls >= source.rows_to_map && calls <= source.rows_to_map + readers(step), view);
          break;
        case Calls::per_key:
          require(calls <= source.keys.size(), view);
          break;
      }
    }
  }
  /// How many rows of the step's source read a key that the last commit changed.
  std::size_t readers(const Step& step) const {
    std::size_t count = 0;
    for (const auto& [key, values] : contents_of(views_[step.source])) {
      for (const auto value : values) count += news_[step.other].keys.count(read_key_of(value));
    }
    return count;
  }

  const Case& what_;
  const Verbs& verbs_;
  Graph graph_;
  std::vector<Input<int, std::int64_t>> inputs_;
  std::vector<Rows> strict_;
  std::vector<Rows> views_;
  std::vector<Contents> contents_;  // of the inputs
  std::vector<News> news_;
  std::vector<Subscription> subscriptions_;
};

/// The same rows in another order and in other transactions.
std::vector<std::vector<Write>> rewritten(const std::vector<Contents>& inputs) {
  std::vector<Write> writes;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    for (const auto& [key, values] : inputs[i]) writes.push_back({i, key, values});
  }
  std::mt19937_64 random(writes.size());
  std::shuffle(writes.begin(), writes.end(), random);
  std::vector<std::vector<Write>> commits(3);
  for (const Write& write : writes) commits[random() % commits.size()].push_back(write);
  return commits;
}

void run(const Case& what, const Verbs& verbs) {
  Run first(what, verbs);
  const std::size_t declared_at = std::min(what.commits_before_declaring, what.commits.size());
  for (std::size_t i = 0; i <= what.commits.size(); ++i) {
    try {
      if (i == declared_at) first.declare();
      if (i < what.commits.size()) first.commit(what.commits[i]);
    } catch (const Mismatch& mismatch) {
      throw Mismatch("after commit " + std::to_string(i) + ": " + mismatch.what());
    }
  }
  Run second(what, verbs);
  second.declare();
  for (const auto& writes : rewritten(first.inputs())) second.commit(writes);
  require(first.view_contents() == second.view_contents(), "the same rows in another order give other views");
}

}  // namespace

std::optional<std::string> failure_of(const Case& what, const Verbs& verbs) {
  try {
    run(what, verbs);
    return std::nullopt;
  } catch (const std::exception& error) {
    return error.what();
  }
}

}  // namespace freshet::consistency
