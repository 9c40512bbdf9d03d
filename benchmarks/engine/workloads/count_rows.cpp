// SPDX-License-Identifier: MIT
// Workload 1 over other rows: groups whose keys are texts of 24 bytes, and rows of 200 bytes.
#include <algorithm>
#include <array>
#include <cstring>
#include <string>
#include <string_view>

#include <boost/unordered/unordered_flat_map.hpp>

#include "engine/bench.hpp"
#include "engine/floor/pool.hpp"
#include "engine/floor/table.hpp"
#include "engine/floor/unit.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kRowsPerGroup = 10;

struct NewRow {
  std::uint64_t id;
  std::uint64_t group;
};
/// One row comes, another one goes.
struct Swap {
  NewRow added;
  std::uint64_t removed;
};
using RowsScript = Script<NewRow, Swap>;

/// Rows that are nothing but the name of their group.
struct Named {
  static constexpr const char* kName = "count, string keys";
  using Value = std::string;
  using Group = std::string;
  /// The floor keeps nothing of a value but its group.
  static constexpr bool kHasRest = false;
  using Place = Unit;

  static Value make(std::uint64_t group) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    Value name = "customer0000000000000000";
    for (std::size_t i = name.size(); group != 0; group >>= 4U) name[--i] = kDigits[group & 15U];
    return name;
  }
  static const Group& group(const Value& value) { return value; }
  static std::uint64_t word(const Group& group) {
    std::array<std::uint64_t, 3> words;
    std::memcpy(words.data(), group.data(), sizeof words);
    return words[0] ^ mix(words[1] + 1) ^ mix(words[2] + 2);
  }
};

struct WideRow {
  std::uint32_t group{};
  std::array<char, 196> rest{};
  bool operator==(const WideRow&) const = default;
};

struct Wide {
  static constexpr const char* kName = "count, 200-byte rows";
  using Value = WideRow;
  using Group = std::uint32_t;
  static constexpr bool kHasRest = true;
  using Place = std::uint32_t;

  static Value make(std::uint64_t group) {
    Value value;
    value.group = static_cast<std::uint32_t>(group);
    value.rest.fill('x');
    return value;
  }
  static Group group(const Value& value) { return value.group; }
  static std::uint64_t word(Group group) { return group; }
};

template <class Kind> class RowsModel {
 public:
  void apply(const NewRow& row) {
    groups_.resize(std::max<std::size_t>(groups_.size(), row.id + 1), kGone);
    groups_[row.id] = row.group;
  }
  void apply(const Swap& swap) {
    apply(swap.added);
    groups_[swap.removed] = kGone;
  }
  std::uint64_t state() const {
    std::vector<std::uint64_t> counts;
    for (const std::uint64_t group : groups_) {
      if (group == kGone) continue;
      if (group >= counts.size()) counts.resize(group + 1);
      ++counts[group];
    }
    std::uint64_t state = 0;
    for (std::size_t group = 0; group < counts.size(); ++group)
      if (counts[group] > 0) state += row_hash(Kind::word(Kind::group(Kind::make(group))), counts[group]);
    return state;
  }

 private:
  static constexpr std::uint64_t kGone = ~0ULL;
  std::vector<std::uint64_t> groups_;
};

/// Keeps the rows by their ids, and the count of each group. A row refers to its group; a name is kept once, with the
/// group.
template <class Kind> class RowsLoop {
 public:
  explicit RowsLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const NewRow> rows) {
    for (const NewRow& row : rows) add(row);
    output_.end_of_flush();
  }
  void flush(std::span<const Swap> swaps) {
    apply_prefetched(
        swaps,
        [this](const Swap& swap) {
          add(swap.added);
          remove(swap.removed);
        },
        [this](const Swap& swap) {
          rows_.prefetch(swap.added.id);
          rows_.prefetch(swap.removed);
        },
        [this](const Swap& swap) {
          if (const Row* row = rows_.find(swap.removed)) __builtin_prefetch(&groups_[row->group]);
        });
    output_.end_of_flush();
  }

 private:
  using Name = typename Kind::Group;
  struct Row {
    std::uint32_t group{};
    [[no_unique_address]] typename Kind::Place place{};
  };
  struct Group {
    Name name{};
    std::uint32_t count{};
  };

  void add(const NewRow& row) {
    const auto [at, is_new_row] = rows_.insert(row.id);
    if (!is_new_row) return;
    const auto value = Kind::make(row.group);
    const auto [group, is_new] = index_.try_emplace(Kind::group(value), 0);
    if (is_new) group->second = groups_.add({Kind::group(value), 0});
    at->group = group->second;
    if constexpr (Kind::kHasRest) at->place = values_.add(value);
    std::uint32_t& count = groups_[at->group].count;
    const std::uint64_t word = Kind::word(group->first);
    ++count;
    is_new ? output_.appeared(word, 1) : output_.changed(word, count - 1, count);
  }
  void remove(std::uint64_t id) {
    const Row row = *rows_.find(id);
    rows_.erase(id);
    if constexpr (Kind::kHasRest) values_.remove(row.place);
    Group& group = groups_[row.group];
    const std::uint64_t word = Kind::word(group.name);
    if (--group.count > 0) return output_.changed(word, group.count + 1, group.count);
    output_.vanished(word, 1);
    index_.erase(group.name);
    groups_.remove(row.group);
  }

  Table<std::uint64_t, Row> rows_;
  Pool<typename Kind::Value> values_;
  Pool<Group> groups_;
  boost::unordered_flat_map<Name, std::uint32_t, Hash, Equal> index_;
  Output output_;
};

template <class Kind> class FreshetRows {
 public:
  explicit FreshetRows(Fold& fold) {
    subscription_ = counts_.subscribe([&fold](const Changes<Group, std::int64_t>& changes) {
      fold_changes(fold, changes, [](const Group& group, std::int64_t count) {
        return row_hash(Kind::word(group), static_cast<std::uint64_t>(count));
      });
    });
  }

  void load(std::span<const NewRow> rows) {
    for (const NewRow& row : rows) transaction_.set(rows_, row.id, Kind::make(row.group));
    commit();
  }
  void flush(std::span<const Swap> swaps) {
    for (const Swap& swap : swaps) {
      transaction_.set(rows_, swap.added.id, Kind::make(swap.added.group));
      transaction_.erase(rows_, swap.removed);
    }
    commit();
  }

 private:
  using Group = typename Kind::Group;
  using Value = typename Kind::Value;

  static Group by_group(const Value& value) { return Kind::group(value); }
  void commit() { FRESHET_ASSERT(graph_.commit(transaction_).has_value()); }

  Graph graph_;
  Input<std::uint64_t, Value> rows_ = graph_.input<std::uint64_t, Value>("rows");
  Collection<Group, std::int64_t> counts_ = rows_.key_by(by_group).reduce(count());
  Transaction transaction_;
  Subscription subscription_;
};

template <class Kind> RowsScript make_script(const Size& size) {
  RowsScript script{
      .name = Kind::kName, .rows = size.rows, .parameters = {}, .load = {}, .phases = {}, .checkpoints = {}};
  SplitMix64 random(2);
  std::vector<std::uint64_t> ids;
  std::uint64_t made = 0;
  const auto add = [&] {
    ids.push_back(made++);
    return NewRow{ids.back(), random.below(size.rows / kRowsPerGroup)};
  };
  for (std::uint64_t i = 0; i < size.rows; ++i) script.load.push_back(add());
  for (const std::size_t batch : size.batches) {
    auto& phase = script.phases.emplace_back();
    phase.workload = Kind::kName;
    phase.batch = batch;
    for (std::size_t i = 0; i < size.transactions_at(batch); ++i) {
      std::swap(ids[random.below(ids.size())], ids.back());
      const std::uint64_t removed = ids.back();
      ids.pop_back();
      phase.transactions.push_back({add(), removed});
    }
  }
  script.check_against(RowsModel<Kind>());
  return script;
}

template <class Kind> void run_rows(Bench& bench, const Size& size) {
  bench.run_without_peers(make_script<Kind>(size),
                          {{kFloor, run<RowsLoop<Kind>, RowsScript>}, {kFreshet, run<FreshetRows<Kind>, RowsScript>}});
}

}  // namespace

void run_count_rows(Bench& bench) {
  const Size size = bench.sizes().back();
  run_rows<Named>(bench, size);
  run_rows<Wide>(bench, size);
}

}  // namespace freshet::bench
