// SPDX-License-Identifier: MIT
// Workload 10: how many steps each node of a random graph is from node 0. A transaction swaps an edge for another one.
#include <algorithm>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

#include "engine/bench.hpp"
#include "engine/floor/distances.hpp"
#include "freshet/base/assert.hpp"
#include "freshet/graph/graph.hpp"
#include "freshet/meta/verbs.hpp"

namespace freshet::bench {

namespace {

constexpr std::uint64_t kEdgesPerNode = 5;
constexpr std::uint64_t kEdgesMax = 5'000'000;

/// As a peer reads it: the source in the high half.
using PackedEdge = std::uint64_t;
struct Swap {
  PackedEdge added;
  PackedEdge removed;
};
using GraphScript = Script<PackedEdge, Swap>;

std::uint32_t source_of(PackedEdge edge) { return static_cast<std::uint32_t>(edge >> 32U); }
std::uint32_t target_of(PackedEdge edge) { return static_cast<std::uint32_t>(edge); }

/// Steps from node 0 by a search over all edges; Distances::kNone where no way leads.
std::vector<std::uint32_t> search(std::vector<PackedEdge> edges) {
  std::sort(edges.begin(), edges.end());
  std::uint32_t nodes = 1;
  for (const PackedEdge edge : edges) nodes = std::max({nodes, source_of(edge) + 1, target_of(edge) + 1});
  std::vector<std::uint32_t> begins(nodes + 1);
  for (const PackedEdge edge : edges) ++begins[source_of(edge) + 1];
  for (std::size_t i = 1; i < begins.size(); ++i) begins[i] += begins[i - 1];
  std::vector<std::uint32_t> steps(nodes, Distances::kNone);
  std::vector<std::uint32_t> queue{0};
  steps[0] = 0;
  for (std::size_t i = 0; i < queue.size(); ++i)
    for (std::uint32_t at = begins[queue[i]]; at < begins[queue[i] + 1]; ++at) {
      const std::uint32_t target = target_of(edges[at]);
      if (steps[target] != Distances::kNone) continue;
      steps[target] = steps[queue[i]] + 1;
      queue.push_back(target);
    }
  return steps;
}

class SearchModel {
 public:
  void apply(PackedEdge edge) { edges_.insert(edge); }
  void apply(const Swap& swap) {
    edges_.insert(swap.added);
    edges_.erase(swap.removed);
  }
  std::uint64_t state() const {
    const std::vector<std::uint32_t> steps = search({edges_.begin(), edges_.end()});
    std::uint64_t state = 0;
    for (std::size_t node = 0; node < steps.size(); ++node)
      if (steps[node] != Distances::kNone) state += row_hash(node, steps[node]);
    return state;
  }

 private:
  boost::unordered_flat_set<PackedEdge> edges_;
};

class SearchLoop {
 public:
  explicit SearchLoop(Fold& fold) : output_(fold) {}

  void load(std::span<const PackedEdge> edges) {
    for (const PackedEdge edge : edges) distances_.add(source_of(edge), target_of(edge));
    output_.end_of_flush();
  }
  void flush(std::span<const Swap> swaps) {
    for (const Swap& swap : swaps) {
      distances_.add(source_of(swap.added), target_of(swap.added));
      distances_.remove(source_of(swap.removed), target_of(swap.removed));
    }
    output_.end_of_flush();
  }

 private:
  Output output_;
  Distances distances_{output_};
};

/// What one does without an incremental algorithm: search again after each flush, over edges in rows of a node each,
/// and tell the differences.
class SearchAgain {
 public:
  explicit SearchAgain(Fold& fold) : output_(fold) {}

  void load(std::span<const PackedEdge> edges) {
    for (const PackedEdge edge : edges) out_of(edge).push_back(target_of(edge));
  }
  void end_load() { search_and_tell(); }
  void flush(std::span<const Swap> swaps) {
    for (const Swap& swap : swaps) {
      out_of(swap.added).push_back(target_of(swap.added));
      auto& out = out_of(swap.removed);
      *std::find(out.begin(), out.end(), target_of(swap.removed)) = out.back();
      out.pop_back();
    }
    search_and_tell();
  }

 private:
  std::vector<std::uint32_t>& out_of(PackedEdge edge) {
    const std::size_t nodes = std::max(source_of(edge), target_of(edge)) + std::size_t{1};
    if (nodes > out_.size()) {
      out_.resize(nodes);
      steps_.resize(nodes, Distances::kNone);
    }
    return out_[source_of(edge)];
  }
  void search_and_tell() {
    before_.swap(steps_);
    before_.resize(out_.size(), Distances::kNone);
    steps_.assign(out_.size(), Distances::kNone);
    queue_.assign(1, 0);
    steps_[0] = 0;
    for (std::size_t i = 0; i < queue_.size(); ++i)
      for (const std::uint32_t target : out_[queue_[i]]) {
        if (steps_[target] != Distances::kNone) continue;
        steps_[target] = steps_[queue_[i]] + 1;
        queue_.push_back(target);
      }
    for (std::size_t node = 0; node < steps_.size(); ++node) tell(node, before_[node], steps_[node]);
    output_.end_of_flush();
  }
  void tell(std::size_t node, std::uint32_t before, std::uint32_t after) {
    if (before == after) return;
    if (before == Distances::kNone) return output_.appeared(node, after);
    after == Distances::kNone ? output_.vanished(node, before) : output_.changed(node, before, after);
  }

  Output output_;
  std::vector<std::vector<std::uint32_t>> out_;
  std::vector<std::uint32_t> steps_;
  std::vector<std::uint32_t> before_;
  std::vector<std::uint32_t> queue_;
};

struct Edge {
  std::uint32_t source{};
  std::uint32_t target{};
  bool operator==(const Edge&) const = default;
};

class FreshetSearch {
 public:
  explicit FreshetSearch(Fold& fold) {
    subscription_ = steps_.subscribe([&fold](const Changes<std::uint32_t, std::uint32_t>& changes) {
      fold_changes(fold, changes, [](std::uint32_t node, std::uint32_t steps) { return row_hash(node, steps); });
    });
    FRESHET_ASSERT(graph_.commit(Transaction().set(starts_, 0, 0)).has_value());
  }

  void load(std::span<const PackedEdge> edges) {
    for (const PackedEdge edge : edges) add(edge);
    commit();
  }
  void flush(std::span<const Swap> swaps) {
    for (const Swap& swap : swaps) {
      add(swap.added);
      transaction_.erase(edges_, swap.removed);
    }
    commit();
  }

 private:
  using Step = std::pair<std::uint32_t, std::uint32_t>;

  static std::vector<Step> next(const std::uint32_t& node, const std::uint32_t& steps,
                                const Collection<std::uint32_t, Edge>& edges) {
    std::vector<Step> reached;
    for (const Edge& edge : edges.values(node)) reached.emplace_back(edge.target, steps + 1);
    return reached;
  }
  void add(PackedEdge edge) { transaction_.set(edges_, edge, {source_of(edge), target_of(edge)}); }
  void commit() { FRESHET_ASSERT(graph_.commit(transaction_).has_value()); }

  Graph graph_;
  Input<std::uint32_t, std::uint32_t> starts_ = graph_.input<std::uint32_t, std::uint32_t>("starts");
  Input<std::uint64_t, Edge> edges_ = graph_.input<std::uint64_t, Edge>("edges");
  Collection<std::uint32_t, std::uint32_t> steps_ = starts_.iterate(next, edges_.key_by(&Edge::source));
  Transaction transaction_;
  Subscription subscription_;
};

/// Random graphs without an edge twice.
class Graphs {
 public:
  explicit Graphs(std::uint64_t nodes) : nodes_(nodes) {}

  PackedEdge add() {
    PackedEdge edge = some_edge();
    while (!known_.insert(edge).second) edge = some_edge();
    edges_.push_back(edge);
    return edge;
  }
  Swap swap() {
    std::swap(edges_[random_.below(edges_.size())], edges_.back());
    const PackedEdge removed = edges_.back();
    edges_.pop_back();
    const Swap swap{add(), removed};
    known_.erase(removed);
    return swap;
  }

 private:
  PackedEdge some_edge() { return packed(random_.below(nodes_), random_.below(nodes_)); }

  std::uint64_t nodes_;
  SplitMix64 random_{10};
  boost::unordered_flat_set<PackedEdge> known_;
  std::vector<PackedEdge> edges_;
};

GraphScript make_script(const std::string& name, const Size& size, const std::vector<std::size_t>& batches,
                        std::size_t swaps) {
  const std::uint64_t edge_count = std::min(size.rows, kEdgesMax);
  GraphScript script{.name = name, .rows = edge_count, .parameters = {}, .load = {}, .phases = {}, .checkpoints = {}};
  Graphs graphs(edge_count / kEdgesPerNode);
  script.parameters = {edge_count / kEdgesPerNode};
  for (std::uint64_t i = 0; i < edge_count; ++i) script.load.push_back(graphs.add());
  for (const std::size_t batch : batches) {
    auto& phase = script.phases.emplace_back();
    phase.workload = name;
    phase.batch = batch;
    for (std::size_t i = 0; i < std::max(swaps, batch * 4); ++i) phase.transactions.push_back(graphs.swap());
  }
  script.check_against(SearchModel());
  return script;
}

}  // namespace

void run_recursion(Bench& bench) {
  constexpr std::size_t kSwapsAgain = 20;
  for (const Size& size : bench.sizes()) {
    // A swap is worth many of the others' transactions.
    bench.run(make_script("breadth-first search", size, size.batches, size.transactions / 4),
              {{kFloor, run<SearchLoop, GraphScript>}, {kFreshet, run<FreshetSearch, GraphScript>}});
    const GraphScript script = make_script("full search each time", size, {1}, kSwapsAgain);
    bench.run_without_peers(script,
                            {{kFloor, run<SearchAgain, GraphScript>}, {kFreshet, run<FreshetSearch, GraphScript>}});
  }
}

}  // namespace freshet::bench
