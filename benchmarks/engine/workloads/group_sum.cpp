// SPDX-License-Identifier: MIT
// rows -> map -> re-key -> sum by group: the first of the benchmarks. A transaction updates one row, which stays in its
// group or moves to another one.
#include <compare>
#include <utility>

#include "engine/bench.hpp"
#include "engine/floor/table.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kAmountMax = 1'000'000;
constexpr std::uint64_t kRowsPerGroup = 1'000;
constexpr std::uint64_t kGroupsMin = 10;

struct Write {
  std::uint64_t key;
  std::uint64_t group;
  std::uint64_t amount;
};
using SumScript = Script<Write, Write>;

struct Entry {
  std::uint64_t group{};
  std::int64_t amount{};
  bool operator==(const Entry&) const = default;
};
/// What the mapper makes of an Entry.
struct Scaled {
  std::uint64_t group{};
  std::int64_t amount{};
  bool operator==(const Scaled&) const = default;
};
/// The mapper, the same function for every contender.
Scaled scale(const Entry& entry) { return {entry.group, entry.amount * 3 + 1}; }
Entry entry_of(const Write& write) { return {write.group, static_cast<std::int64_t>(write.amount)}; }
std::uint64_t hash_sum(std::uint64_t group, std::int64_t sum) {
  return row_hash(group, static_cast<std::uint64_t>(sum));
}

class SumModel {
 public:
  void apply(const Write& write) {
    if (write.key >= entries_.size()) entries_.resize(write.key + 1);
    entries_[write.key] = entry_of(write);
    groups_ = std::max(groups_, write.group + 1);
  }
  std::uint64_t state() const {
    std::vector<std::int64_t> sums(groups_);
    std::vector<bool> is_there(groups_);
    for (const Entry& entry : entries_) {
      sums[entry.group] += scale(entry).amount;
      is_there[entry.group] = true;
    }
    std::uint64_t state = 0;
    for (std::size_t group = 0; group < groups_; ++group)
      if (is_there[group]) state += hash_sum(group, sums[group]);
    return state;
  }

 private:
  std::vector<Entry> entries_;
  std::uint64_t groups_ = 0;
};

/// Keeps rows, mapped rows (in the slot of their row) and sums; tells each group that changed once per flush.
class SumLoop {
 public:
  explicit SumLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const Write> writes) { flush(writes); }
  void flush(std::span<const Write> writes) {
    apply_prefetched(
        writes, [this](const Write& write) { apply(write); },
        [this](const Write& write) { rows_.prefetch(write.key); });
    for (const std::uint64_t group : touched_) tell(group, *groups_.find(group));
    touched_.clear();
    output_.end_of_flush();
  }

 private:
  struct Row {
    Entry entry;
    Scaled scaled;
  };
  struct Group {
    std::int64_t sum{};
    std::uint64_t rows{};
    // As they were when the flush began; meaningful while touched.
    std::int64_t sum_before{};
    bool was_there{};
    bool touched{};
  };

  void apply(const Write& write) {
    const auto [row, is_new] = rows_.insert(write.key);
    const Entry entry = entry_of(write);
    if (!is_new && row->entry == entry) return;
    row->entry = entry;
    const Scaled after = scale(entry);
    const Scaled before = std::exchange(row->scaled, after);
    if (!is_new && before.group == after.group) {
      touch(after.group).sum += after.amount - before.amount;
      return;
    }
    if (!is_new) {
      Group& old = touch(before.group);
      old.sum -= before.amount;
      --old.rows;
    }
    Group& group = touch(after.group);
    group.sum += after.amount;
    ++group.rows;
  }
  Group& touch(std::uint64_t key) {
    Group& group = *groups_.insert(key).first;
    if (!group.touched) {
      group.touched = true;
      group.sum_before = group.sum;
      group.was_there = group.rows > 0;
      touched_.push_back(key);
    }
    return group;
  }
  void tell(std::uint64_t key, Group& group) {
    group.touched = false;
    const auto before = static_cast<std::uint64_t>(group.sum_before);
    const auto after = static_cast<std::uint64_t>(group.sum);
    if (!group.was_there) {
      if (group.rows > 0) output_.appeared(key, after);
    } else if (group.rows == 0) {
      output_.vanished(key, before);
    } else if (before != after) {
      output_.changed(key, before, after);
    }
  }

  Table<std::uint64_t, Row> rows_;
  Table<std::uint64_t, Group> groups_;
  std::vector<std::uint64_t> touched_;
  Output output_;
};

class FreshetSum {
 public:
  explicit FreshetSum(Fold& fold) {
    subscription_ = sums_.subscribe(
        [&fold](const Changes<std::uint64_t, std::int64_t>& changes) { fold_changes(fold, changes, hash_sum); });
  }

  void load(std::span<const Write> writes) { flush(writes); }
  void flush(std::span<const Write> writes) {
    for (const Write& write : writes) transaction_.set(rows_, write.key, entry_of(write));
    FRESHET_ASSERT(graph_.commit(transaction_).has_value());
  }

 private:
  static std::uint64_t by_group(const Scaled& scaled) { return scaled.group; }

  Graph graph_;
  Input<std::uint64_t, Entry> rows_ = graph_.input<std::uint64_t, Entry>("rows");
  Collection<std::uint64_t, std::int64_t> sums_ = rows_.map(scale).key_by(by_group).reduce(sum<&Scaled::amount>());
  Transaction transaction_;
  Subscription subscription_;
};

void add_phase(SumScript& script, const Size& size, std::size_t batch, bool rows_move, std::uint64_t groups,
               SplitMix64& random, std::vector<Write>& current) {
  auto& phase = script.phases.emplace_back();
  phase.workload = rows_move ? "sum by group, rows move" : "sum by group";
  phase.batch = batch;
  for (std::size_t i = 0; i < size.transactions_at(batch); ++i) {
    Write& write = current[random.below(current.size())];
    // Always another amount, so that each write is a change.
    write.amount = (write.amount + 1 + random.below(kAmountMax - 1)) % kAmountMax;
    if (rows_move) write.group = (write.group + 1 + random.below(groups - 1)) % groups;
    phase.transactions.push_back(write);
  }
}

SumScript make_script(const Size& size) {
  SumScript script{
      .name = "sum by group", .rows = size.rows, .parameters = {}, .load = {}, .phases = {}, .checkpoints = {}};
  const std::uint64_t groups = std::max(kGroupsMin, size.rows / kRowsPerGroup);
  SplitMix64 random(1);
  for (std::uint64_t key = 0; key < size.rows; ++key)
    script.load.push_back({key, random.below(groups), random.below(kAmountMax)});
  std::vector<Write> current = script.load;
  // Rows arrive in no order, as from a table that someone else keeps.
  for (std::size_t i = script.load.size(); i > 1; --i) std::swap(script.load[i - 1], script.load[random.below(i)]);
  for (const bool rows_move : {false, true})
    for (const std::size_t batch : size.batches) add_phase(script, size, batch, rows_move, groups, random, current);
  script.check_against(SumModel());
  return script;
}

}  // namespace

void run_group_sum(Bench& bench) {
  bench.run_without_peers(make_script(bench.sizes().back()),
                          {{kFloor, run<SumLoop, SumScript>}, {kFreshet, run<FreshetSum, SumScript>}});
}

}  // namespace freshet::bench
