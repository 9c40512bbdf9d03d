// SPDX-License-Identifier: MIT
// Workload 2: chains of mappers, a diamond, and many leaf views of which one wants the row. A transaction updates one
// row of a stored collection.
#include <array>
#include <utility>

#include "engine/bench.hpp"
#include "engine/floor/table.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

struct Write {
  std::uint64_t key;
  std::uint64_t value;
};
using WriteScript = Script<Write, Write>;

std::uint64_t step(const std::uint64_t& value) { return value * 3 + 1; }
std::uint64_t branch(const std::uint64_t& value, std::uint64_t number) { return value * (2 * number + 1) + number; }
constexpr std::size_t kBranches = 8;
constexpr std::uint64_t kLeaves = 100;
bool is_for_leaf(const std::uint64_t& value, std::uint64_t leaf) { return value % kLeaves == leaf; }

/// The shapes: what a row of the output is, computed from scratch, and how Freshet declares it.
template <std::size_t Length> struct Chain {
  using View = Collection<std::uint64_t, std::uint64_t>;
  /// What the view definition keeps of each row behind the row itself.
  static constexpr std::size_t kKept = Length;
  static void compute(std::uint64_t value, std::array<std::uint64_t, kKept>& kept) {
    for (std::uint64_t& at : kept) at = value = step(value);
  }
  static View declare(const View& rows) {
    View view = rows;
    for (std::size_t i = 0; i < Length; ++i) view = view.map(step);
    return view;
  }
};

struct Diamond {
  using View = Collection<std::uint64_t, std::uint64_t>;
  static constexpr std::size_t kKept = kBranches + 1;
  static void compute(std::uint64_t value, std::array<std::uint64_t, kKept>& kept) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < kBranches; ++i) sum += kept[i] = branch(value, i);
    kept[kBranches] = sum;
  }
  static std::uint64_t sum_of(std::span<const std::uint64_t> values) {
    std::uint64_t sum = 0;
    for (const std::uint64_t value : values) sum += value;
    return sum;
  }
  static View declare(const View& rows) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return rows.map(branch, std::uint64_t{0}).merge(rows.map(branch, std::uint64_t{I + 1})...).reduce(sum_of);
    }
    (std::make_index_sequence<kBranches - 1>());
  }
};

template <class Shape> class MapperModel {
 public:
  void apply(const Write& write) {
    if (write.key >= values_.size()) values_.resize(write.key + 1);
    values_[write.key] = write.value;
  }
  std::uint64_t state() const {
    std::uint64_t state = 0;
    std::array<std::uint64_t, Shape::kKept> kept;
    for (std::size_t key = 0; key < values_.size(); ++key) {
      Shape::compute(values_[key], kept);
      state += row_hash(key, kept.back());
    }
    return state;
  }

 private:
  std::vector<std::uint64_t> values_;
};

/// Keeps each row with all that the view definition keeps of it, in one slot: all stages share the key.
template <class Shape, bool KeepsStages> class MapperLoop {
 public:
  explicit MapperLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const Write> writes) { flush(writes); }
  void flush(std::span<const Write> writes) {
    apply_prefetched(
        writes, [this](const Write& write) { apply(write); },
        [this](const Write& write) { rows_.prefetch(write.key); });
    output_.end_of_flush();
  }

 private:
  struct Row {
    std::uint64_t value;
    std::array<std::uint64_t, KeepsStages ? Shape::kKept : 1> kept;
  };

  void apply(const Write& write) {
    const auto [row, is_new] = rows_.insert(write.key);
    if (!is_new && row->value == write.value) return;
    const std::uint64_t before = row->kept.back();
    row->value = write.value;
    if constexpr (KeepsStages) {
      Shape::compute(write.value, row->kept);
    } else {
      std::array<std::uint64_t, Shape::kKept> stages;
      Shape::compute(write.value, stages);
      row->kept[0] = stages.back();
    }
    is_new ? output_.appeared(write.key, row->kept.back()) : output_.changed(write.key, before, row->kept.back());
  }

  Table<std::uint64_t, Row> rows_;
  Output output_;
};

std::uint64_t hash_entry(std::uint64_t key, std::uint64_t value) { return row_hash(key, value); }

template <class Shape> class FreshetMappers {
 public:
  explicit FreshetMappers(Fold& fold) {
    subscription_ = view_.subscribe(
        [&fold](const Changes<std::uint64_t, std::uint64_t>& changes) { fold_changes(fold, changes, hash_entry); });
  }

  void load(std::span<const Write> writes) { flush(writes); }
  void flush(std::span<const Write> writes) {
    for (const Write& write : writes) transaction_.set(rows_, write.key, write.value);
    FRESHET_ASSERT(graph_.commit(transaction_).has_value());
  }

 private:
  Graph graph_;
  Input<std::uint64_t, std::uint64_t> rows_ = graph_.input<std::uint64_t, std::uint64_t>("rows");
  Collection<std::uint64_t, std::uint64_t> view_ = Shape::declare(rows_);
  Transaction transaction_;
  Subscription subscription_;
};

/// A row's new value suits the leaf that the old one suited, and no other.
class LeafModel {
 public:
  explicit LeafModel(std::uint64_t leaves) : leaves_(leaves) {}
  void apply(const Write& write) {
    if (write.key >= values_.size()) values_.resize(write.key + 1);
    values_[write.key] = write.value;
  }
  std::uint64_t state() const {
    std::uint64_t state = 0;
    for (std::size_t key = 0; key < values_.size(); ++key)
      if (values_[key] % kLeaves < leaves_) state += row_hash(tagged(values_[key] % kLeaves, key), values_[key]);
    return state;
  }

 private:
  std::uint64_t leaves_;
  std::vector<std::uint64_t> values_;
};

/// Keeps the rows, and for each leaf those that it wants; asks each leaf, as one who does not know their predicates.
template <std::uint64_t Leaves> class LeafLoop {
 public:
  explicit LeafLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const Write> writes) { flush(writes); }
  void flush(std::span<const Write> writes) {
    apply_prefetched(
        writes, [this](const Write& write) { apply(write); },
        [this](const Write& write) { rows_.prefetch(write.key); });
    output_.end_of_flush();
  }

 private:
  void apply(const Write& write) {
    const auto [row, is_new] = rows_.insert(write.key);
    const std::uint64_t before = std::exchange(*row, write.value);
    if (!is_new && before == write.value) return;
    for (std::uint64_t leaf = 0; leaf < Leaves; ++leaf) {
      const bool was_in = !is_new && is_for_leaf(before, leaf);
      const bool is_in = is_for_leaf(write.value, leaf);
      if (!was_in && !is_in) continue;
      if (is_in) *leaves_[leaf].insert(write.key).first = write.value;
      if (!was_in) {
        output_.appeared(tagged(leaf, write.key), write.value);
      } else if (is_in) {
        output_.changed(tagged(leaf, write.key), before, write.value);
      } else {
        leaves_[leaf].erase(write.key);
        output_.vanished(tagged(leaf, write.key), before);
      }
    }
  }

  Table<std::uint64_t, std::uint64_t> rows_;
  std::array<Table<std::uint64_t, std::uint64_t>, Leaves> leaves_;
  Output output_;
};

template <std::uint64_t Leaves> class FreshetLeaves {
 public:
  explicit FreshetLeaves(Fold& fold) {
    for (std::uint64_t leaf = 0; leaf < Leaves; ++leaf) {
      leaves_.push_back(rows_.filter(is_for_leaf, leaf));
      subscriptions_.push_back(
          leaves_.back().subscribe([&fold, leaf](const Changes<std::uint64_t, std::uint64_t>& changes) {
            fold_changes(fold, changes,
                         [leaf](std::uint64_t key, std::uint64_t value) { return row_hash(tagged(leaf, key), value); });
          }));
    }
  }

  void load(std::span<const Write> writes) { flush(writes); }
  void flush(std::span<const Write> writes) {
    for (const Write& write : writes) transaction_.set(rows_, write.key, write.value);
    FRESHET_ASSERT(graph_.commit(transaction_).has_value());
  }

 private:
  Graph graph_;
  Input<std::uint64_t, std::uint64_t> rows_ = graph_.input<std::uint64_t, std::uint64_t>("rows");
  std::vector<Collection<std::uint64_t, std::uint64_t>> leaves_;
  Transaction transaction_;
  std::vector<Subscription> subscriptions_;
};

/// Values stay in the class of `LeafModel`, which no other shape minds. `leaf`: only rows of leaf 0 are updated.
WriteScript make_writes(const std::string& name, const Size& size, std::uint64_t parameter, bool one_leaf) {
  WriteScript script{
      .name = name, .rows = size.rows, .parameters = {parameter}, .load = {}, .phases = {}, .checkpoints = {}};
  SplitMix64 random(3);
  std::vector<std::uint64_t> values(size.rows);
  for (std::uint64_t key = 0; key < size.rows; ++key) {
    values[key] = random.below(1U << 20U) * kLeaves + key % kLeaves;
    script.load.push_back({key, values[key]});
  }
  // Rows arrive in no order, as from a table that someone else keeps.
  for (std::size_t i = script.load.size(); i > 1; --i) std::swap(script.load[i - 1], script.load[random.below(i)]);
  for (const std::size_t batch : size.batches) {
    auto& phase = script.phases.emplace_back();
    phase.workload = name;
    phase.batch = batch;
    for (std::size_t i = 0; i < size.transactions_at(batch); ++i) {
      const std::uint64_t key = one_leaf ? random.below(size.rows / kLeaves) * kLeaves : random.below(size.rows);
      values[key] = (1 + random.below(1U << 20U)) * kLeaves + key % kLeaves;
      phase.transactions.push_back({key, values[key]});
    }
  }
  return script;
}

template <class Shape> void run_shape(Bench& bench, const Size& size, const std::string& name, std::uint64_t length) {
  WriteScript script = make_writes(name, size, length, false);
  script.check_against(MapperModel<Shape>());
  bench.run(script, {{kFloor, run<MapperLoop<Shape, true>, WriteScript>},
                     {kFreshet, run<FreshetMappers<Shape>, WriteScript>},
                     {kBare, run<MapperLoop<Shape, false>, WriteScript>}});
}

template <std::uint64_t Leaves> void run_leaves(Bench& bench, const Size& size, const std::string& name) {
  WriteScript script = make_writes(name, size, Leaves, true);
  script.check_against(LeafModel(Leaves));
  bench.run(script,
            {{kFloor, run<LeafLoop<Leaves>, WriteScript>}, {kFreshet, run<FreshetLeaves<Leaves>, WriteScript>}});
}

/// What a leaf costs that does not want the row: the difference between a hundred leaves and one.
void report_idle_leaves(Bench& bench, const Size& size) {
  for (const std::size_t batch : size.batches)
    for (const char* contender : {"floor", "freshet", "differential", "skip"}) {
      const auto many = bench.find("100 leaves", size.rows, batch, contender, "time_per_transaction");
      const auto one = bench.find("1 leaf", size.rows, batch, contender, "time_per_transaction");
      if (many && one)
        bench.add("100 leaves", size.rows, batch, contender, "time_per_idle_leaf", "ns",
                  (*many - *one) / static_cast<double>(kLeaves - 1));
    }
}

}  // namespace

void run_mappers(Bench& bench) {
  for (const Size& size : bench.sizes()) {
    run_shape<Chain<8>>(bench, size, "chain of 8", 8);
    run_shape<Chain<32>>(bench, size, "chain of 32", 32);
    run_shape<Diamond>(bench, size, "diamond", kBranches);
    run_leaves<1>(bench, size, "1 leaf");
    run_leaves<kLeaves>(bench, size, "100 leaves");
    report_idle_leaves(bench, size);
  }
}

}  // namespace freshet::bench
