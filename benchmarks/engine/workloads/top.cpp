// SPDX-License-Identifier: MIT
// Workload 6: the ten rows with the highest scores in each group, in many small groups and in few large ones. A
// transaction adds a row and takes one away, half of the time one of the ten.
#include <algorithm>

#include "engine/bench.hpp"
#include "engine/floor/sorted_bag.hpp"
#include "engine/floor/table.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

constexpr std::size_t kTop = 10;
/// A score ends with the id of its row, so that no two are equal.
constexpr unsigned kIdBits = 28;

struct ScoredRow {
  std::uint64_t id;
  std::uint64_t group;
  std::uint64_t score;
};
struct Swap {
  ScoredRow added;
  std::uint64_t removed;
};
using TopScript = Script<ScoredRow, Swap>;

class Groups {
 public:
  explicit Groups(std::uint64_t count) : bags_(count) {}

  ScoredRow add() {
    const ScoredRow row{next_, random_.below(bags_.size()), random_.below(1U << 24U) << kIdBits | next_};
    ++next_;
    bags_[row.group].insert(row.score);
    return row;
  }
  Swap swap() {
    std::uint64_t group = random_.below(bags_.size());
    while (bags_[group].empty()) group = random_.below(bags_.size());
    SortedBag<std::uint64_t>& bag = bags_[group];
    const std::size_t best = std::min(kTop, bag.size());
    const bool hits_top = bag.size() <= kTop || random_.below(2) == 0;
    const std::size_t rank = hits_top ? random_.below(best) : kTop + random_.below(bag.size() - kTop);
    const std::uint64_t score = *bag.at(rank);
    bag.erase(score);
    return {add(), score & ((1U << kIdBits) - 1)};
  }

 private:
  std::vector<SortedBag<std::uint64_t>> bags_;
  SplitMix64 random_{6};
  std::uint64_t next_ = 0;
};

class TopModel {
 public:
  void apply(const ScoredRow& row) {
    rows_.resize(std::max<std::size_t>(rows_.size(), row.id + 1));
    rows_[row.id] = {row.group, row.score, true};
    groups_ = std::max(groups_, row.group + 1);
  }
  void apply(const Swap& swap) {
    apply(swap.added);
    rows_[swap.removed].is_there = false;
  }
  std::uint64_t state() const {
    std::vector<std::vector<std::uint64_t>> scores(groups_);
    for (const Row& row : rows_)
      if (row.is_there) scores[row.group].push_back(row.score);
    std::uint64_t state = 0;
    for (std::size_t group = 0; group < groups_; ++group) {
      auto& of = scores[group];
      const auto end = of.begin() + static_cast<std::ptrdiff_t>(std::min(kTop, of.size()));
      std::partial_sort(of.begin(), end, of.end(), std::greater<>());
      for (auto score = of.begin(); score != end; ++score) state += row_hash(group, *score);
    }
    return state;
  }

 private:
  struct Row {
    std::uint64_t group{};
    std::uint64_t score{};
    bool is_there = false;
  };
  std::vector<Row> rows_;
  std::uint64_t groups_ = 0;
};

/// Keeps the rows by their ids, and the scores of each group in order: its first ten are the view.
class TopLoop {
 public:
  explicit TopLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const ScoredRow> rows) {
    for (const ScoredRow& row : rows) add(row);
    output_.end_of_flush();
  }
  void flush(std::span<const Swap> swaps) {
    apply_prefetched(
        swaps,
        [this](const Swap& swap) {
          add(swap.added);
          remove(static_cast<std::uint32_t>(swap.removed));
        },
        [this](const Swap& swap) {
          rows_.prefetch(static_cast<std::uint32_t>(swap.added.id));
          rows_.prefetch(static_cast<std::uint32_t>(swap.removed));
          groups_.prefetch(static_cast<std::uint32_t>(swap.added.group));
        },
        [this](const Swap& swap) {
          if (const Row* row = rows_.find(static_cast<std::uint32_t>(swap.removed))) groups_.prefetch(row->group);
        },
        [this](const Swap& swap) {
          if (const Bag* bag = groups_.find(static_cast<std::uint32_t>(swap.added.group))) bag->prefetch();
          const Row* row = rows_.find(static_cast<std::uint32_t>(swap.removed));
          if (row != nullptr) groups_.find(row->group)->prefetch();
        });
    output_.end_of_flush();
  }

 private:
  struct Row {
    std::uint32_t group{};
    std::uint64_t score{};
  };
  using Bag = SortedBag<std::uint64_t>;

  void add(const ScoredRow& row) {
    const auto group = static_cast<std::uint32_t>(row.group);
    *rows_.insert(static_cast<std::uint32_t>(row.id)).first = {group, row.score};
    Bag& bag = *groups_.insert(group).first;
    bag.insert(row.score);
    const std::uint64_t* driven_out = bag.at(kTop);
    if (driven_out != nullptr && row.score < *bag.at(kTop - 1)) return;
    if (driven_out != nullptr) output_.vanished(group, *driven_out);
    output_.appeared(group, row.score);
  }
  void remove(std::uint32_t id) {
    const Row row = *rows_.find(id);
    rows_.erase(id);
    Bag& bag = *groups_.find(row.group);
    const std::uint64_t* last = bag.at(kTop - 1);
    const bool was_in = last == nullptr || row.score >= *last;
    bag.erase(row.score);
    if (!was_in) return;
    output_.vanished(row.group, row.score);
    if (const std::uint64_t* moved_up = bag.at(kTop - 1)) output_.appeared(row.group, *moved_up);
  }

  Table<std::uint32_t, Row> rows_;
  Table<std::uint32_t, Bag> groups_;
  Output output_;
};

struct Scored {
  std::uint32_t group{};
  std::uint64_t score{};
  bool operator==(const Scored&) const = default;
};

class FreshetTop {
 public:
  explicit FreshetTop(Fold& fold) {
    subscription_ = top_.subscribe([&fold](const Changes<std::uint32_t, Scored>& changes) {
      fold_changes(fold, changes, [](std::uint32_t group, const Scored& row) { return row_hash(group, row.score); });
    });
  }

  void load(std::span<const ScoredRow> rows) {
    for (const ScoredRow& row : rows) add(row);
    commit();
  }
  void flush(std::span<const Swap> swaps) {
    for (const Swap& swap : swaps) {
      add(swap.added);
      transaction_.erase(rows_, static_cast<std::uint32_t>(swap.removed));
    }
    commit();
  }

 private:
  static std::uint32_t group_of(const Scored& row) { return row.group; }
  void add(const ScoredRow& row) {
    transaction_.set(rows_, static_cast<std::uint32_t>(row.id), {static_cast<std::uint32_t>(row.group), row.score});
  }
  void commit() { FRESHET_ASSERT(graph_.commit(transaction_).has_value()); }

  Graph graph_;
  Input<std::uint32_t, Scored> rows_ = graph_.input<std::uint32_t, Scored>("rows");
  Collection<std::uint32_t, Scored> top_ = rows_.key_by(group_of).top(kTop, &Scored::score);
  Transaction transaction_;
  Subscription subscription_;
};

TopScript make_script(const std::string& name, const Size& size, std::uint64_t group_count) {
  TopScript script{.name = name, .rows = size.rows, .parameters = {}, .load = {}, .phases = {}, .checkpoints = {}};
  Groups groups(group_count);
  for (std::uint64_t i = 0; i < size.rows; ++i) script.load.push_back(groups.add());
  for (const std::size_t batch : size.batches) {
    auto& phase = script.phases.emplace_back();
    phase.workload = name;
    phase.batch = batch;
    for (std::size_t i = 0; i < size.transactions_at(batch); ++i) phase.transactions.push_back(groups.swap());
  }
  script.check_against(TopModel());
  return script;
}

void run_groups(Bench& bench, const TopScript& script) {
  bench.run(script, {{kFloor, run<TopLoop, TopScript>}, {kFreshet, run<FreshetTop, TopScript>}});
}

}  // namespace

void run_top(Bench& bench) {
  constexpr std::uint64_t kSmallGroup = 10;
  constexpr std::uint64_t kLargeGroup = 10'000;
  for (const Size& size : bench.sizes()) {
    run_groups(bench, make_script("top, small groups", size, size.rows / kSmallGroup));
    run_groups(bench, make_script("top, large groups", size, std::max<std::uint64_t>(2, size.rows / kLargeGroup)));
  }
}

}  // namespace freshet::bench
