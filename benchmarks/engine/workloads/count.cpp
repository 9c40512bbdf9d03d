// SPDX-License-Identifier: MIT
// Workload 1: how many edges each node has. A transaction adds an edge and takes one away.
#include <boost/unordered/unordered_flat_set.hpp>

#include "engine/bench.hpp"
#include "engine/floor/table.hpp"
#include "engine/floor/unit.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kEdgesPerNode = 10;

/// As a peer reads it: the source in the high half.
using PackedEdge = std::uint64_t;
struct Swap {
  PackedEdge added;
  PackedEdge removed;
};
using CountScript = Script<PackedEdge, Swap>;

std::uint32_t source_of(PackedEdge edge) { return static_cast<std::uint32_t>(edge >> 32U); }
std::uint32_t target_of(PackedEdge edge) { return static_cast<std::uint32_t>(edge); }

class Edges {
 public:
  Edges(std::uint64_t nodes, std::uint64_t seed) : nodes_(nodes), random_(seed) {}

  PackedEdge add() {
    // An odd factor makes the targets all different.
    edges_.push_back(packed(random_.below(nodes_), static_cast<std::uint32_t>(++made_ * 2'654'435'761U)));
    return edges_.back();
  }
  Swap swap() {
    std::swap(edges_[random_.below(edges_.size())], edges_.back());
    const PackedEdge removed = edges_.back();
    edges_.pop_back();
    return {add(), removed};
  }

 private:
  std::uint64_t nodes_;
  SplitMix64 random_;
  std::uint64_t made_ = 0;
  std::vector<PackedEdge> edges_;
};

class CountModel {
 public:
  void apply(PackedEdge edge) { edges_.insert(edge); }
  void apply(const Swap& swap) {
    edges_.insert(swap.added);
    edges_.erase(swap.removed);
  }
  std::uint64_t state() const {
    std::vector<std::uint64_t> counts;
    for (const PackedEdge edge : edges_) {
      if (source_of(edge) >= counts.size()) counts.resize(source_of(edge) + 1);
      ++counts[source_of(edge)];
    }
    std::uint64_t state = 0;
    for (std::size_t node = 0; node < counts.size(); ++node)
      if (counts[node] > 0) state += row_hash(node, counts[node]);
    return state;
  }

 private:
  boost::unordered_flat_set<PackedEdge> edges_;
};

/// Keeps the edges, if `KeepsEdges`, and the count of each node.
template <bool KeepsEdges> class CountLoop {
 public:
  explicit CountLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const PackedEdge> edges) {
    apply_prefetched(
        edges, [this](PackedEdge edge) { add(edge); }, [this](PackedEdge edge) { prefetch(edge); });
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
          prefetch(swap.added);
          prefetch(swap.removed);
        });
    output_.end_of_flush();
  }

 private:
  void prefetch(PackedEdge edge) const {
    if constexpr (KeepsEdges) edges_.prefetch(edge);
    counts_.prefetch(source_of(edge));
  }
  void add(PackedEdge edge) {
    if constexpr (KeepsEdges)
      if (!edges_.insert(edge).second) return;
    const auto [count, is_new] = counts_.insert(source_of(edge));
    ++*count;
    is_new ? output_.appeared(source_of(edge), *count) : output_.changed(source_of(edge), *count - 1, *count);
  }
  void remove(PackedEdge edge) {
    if constexpr (KeepsEdges) edges_.erase(edge);
    std::uint32_t& count = *counts_.find(source_of(edge));
    if (--count > 0) return output_.changed(source_of(edge), count + 1, count);
    output_.vanished(source_of(edge), 1);
    counts_.erase(source_of(edge));
  }

  Table<PackedEdge, Unit> edges_;
  Table<std::uint32_t, std::uint32_t> counts_;
  Output output_;
};

struct Edge {
  std::uint32_t source{};
  std::uint32_t target{};
};
constexpr auto describe(freshet::of<Edge>) {
  return freshet::model("edge", freshet::field<&Edge::source>(), freshet::field<&Edge::target>());
}

class FreshetCount {
 public:
  explicit FreshetCount(Fold& fold) {
    subscription_ = counts_.subscribe([&fold](const Changes<std::uint32_t, std::int64_t>& changes) {
      fold_changes(fold, changes, [](std::uint32_t node, std::int64_t count) {
        return row_hash(node, static_cast<std::uint64_t>(count));
      });
    });
  }

  void load(std::span<const PackedEdge> edges) {
    for (const PackedEdge edge : edges) transaction_.set(edges_, unpacked(edge), {});
    commit();
  }
  void flush(std::span<const Swap> swaps) {
    for (const Swap& swap : swaps) {
      transaction_.set(edges_, unpacked(swap.added), {});
      transaction_.erase(edges_, unpacked(swap.removed));
    }
    commit();
  }

 private:
  static Edge unpacked(PackedEdge edge) { return {source_of(edge), target_of(edge)}; }
  static std::uint32_t by_source(const Edge& edge, const Unit&) { return edge.source; }
  void commit() { FRESHET_ASSERT(graph_.commit(transaction_).has_value()); }

  Graph graph_;
  Input<Edge, Unit> edges_ = graph_.input<Edge, Unit>("edges");
  Collection<std::uint32_t, std::int64_t> counts_ = edges_.key_by(by_source).reduce(count());
  Transaction transaction_;
  Subscription subscription_;
};

CountScript make_script(const Size& size) {
  CountScript script{.name = "count", .rows = size.rows, .parameters = {}, .load = {}, .phases = {}, .checkpoints = {}};
  Edges edges(size.rows / kEdgesPerNode, 1);
  for (std::uint64_t i = 0; i < size.rows; ++i) script.load.push_back(edges.add());
  for (const std::size_t batch : size.batches) {
    auto& phase = script.phases.emplace_back();
    phase.workload = "count";
    phase.batch = batch;
    for (std::size_t i = 0; i < size.transactions_at(batch); ++i) phase.transactions.push_back(edges.swap());
  }
  script.check_against(CountModel());
  return script;
}

}  // namespace

void run_count(Bench& bench) {
  for (const Size& size : bench.sizes())
    bench.run(make_script(size), {{kFloor, run<CountLoop<true>, CountScript>},
                                  {kFreshet, run<FreshetCount, CountScript>},
                                  {kBare, run<CountLoop<false>, CountScript>}});
}

}  // namespace freshet::bench
