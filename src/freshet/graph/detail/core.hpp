// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/graph/detail/node.hpp"
#include "freshet/graph/detail/outside.hpp"
#include "freshet/graph/detail/workers.hpp"
#include "freshet/graph/stats.hpp"

namespace freshet::detail {

/// Tells the engine which node a mapper failed in, and why; only strict nodes report.
struct Refusal {
  std::string node;
  std::string key;
  std::string cause;
};

/// Watches the errors of a set of nodes; owned by the Subscription, known to Core while it lives.
struct FailureWatcher {
  std::vector<std::uint32_t> nodes;  // ids, ascending
  std::function<void(Version, const std::vector<std::pair<std::string, FailureNews>>&)> callback;
};

/// The engine: knows all nodes, runs commits through them in height order, drops nodes that nobody holds.
///
/// Not a template and not aware of rows; all of that is behind NodeBase.
///
/// Invariants: 1. a node is scheduled at most once per commit; 2. a node is updated after all of its parents; 3.
/// subscribers are called when every node is at the new version, never before; 4. nodes are deleted only between
/// commits.
class Core {
 public:
  Core() = default;
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;
  ~Core();

  /// Finds the node of type `Node` for which `same(node)` holds, or makes it. `signature` hashes what `same` compares.
  template <class Node, class Same, class Make>
  std::shared_ptr<Node> find_or_make(std::size_t signature, Same same, Make make) {
    const auto [first, last] = by_signature_.equal_range(signature);
    for (auto at = first; at != last; ++at) {
      if (auto* node = dynamic_cast<Node*>(at->second); node != nullptr && same(*node)) {
        return std::static_pointer_cast<Node>(node->shared_from_this());
      }
    }
    auto node = own<Node>(make());
    register_signature(*node, signature);
    return node;
  }

  /// Takes a new node into the graph.
  template <class Node> std::shared_ptr<Node> own(std::unique_ptr<Node> node) {
    NodeBase& base = *node;
    base.settled_counters_ = base.counters_;
    return std::shared_ptr<Node>(node.release(), [](Node* last) { retire(last); });
  }

  /// Runs `apply` (which writes to inputs and calls touched() for each), then propagates. Errors: everything is undone.
  Result<Version> commit(const std::function<Result<void>()>& apply);

  /// An input was written to in the commit under way.
  void touched(NodeBase& node) { touched_.push_back(&node); }
  /// Has `node` visited in the commit under way, when all of its parents have been.
  void schedule(NodeBase& node);
  /// Lets this many threads help when nodes of one height have much to do. The outcome is the same.
  void use_workers(std::size_t count);

  /// A strict node met an error: the commit will be undone.
  void refuse(Refusal refusal);

  /// Calls node.committed() at the end of the commit under way, or of the Shelter.
  void when_committed(NodeBase& node) { committed_.push_back(&node); }
  /// While it lives, functions of the user may run that belong to no commit: they may declare and read, but not commit,
  /// and nodes that are let go are deleted afterwards.
  class Shelter {
   public:
    explicit Shelter(Core& core);
    Shelter(const Shelter&) = delete;
    Shelter& operator=(const Shelter&) = delete;
    ~Shelter();

   private:
    Core& core_;
    bool outermost_;
  };
  /// What happens to the graph other than by transactions.
  Outside& outside() { return outside_; }
  const Outside& outside() const { return outside_; }

  Version version() const { return version_; }
  bool committing() const { return phase_ != Phase::idle; }
  bool propagating() const { return phase_ == Phase::propagating; }
  GraphStats stats() const;
  std::vector<const NodeBase*> nodes() const;

  /// Whether nodes are asked for their invariant after each commit that touches them.
  void check_invariants(bool on) { checks_invariants_ = on; }

  /// Starts, or ends, to measure the time spent in each node and in commits; starting begins with zero.
  void measure_time(bool on);
  bool measures_time() const { return measures_time_; }
  std::uint64_t measured_commits() const { return measured_commits_; }
  std::uint64_t commit_time_ns() const { return commit_time_ns_; }
  /// Runs `work`; while time is measured, it counts as the node's.
  template <class Work> void timed(NodeBase& node, Work work) {
    if (!measures_time_) [[likely]]
      return work();
    const Stopwatch watch(node.time_ns_);
    work();
  }

  /// The graph's time, once somebody goes by it: see time_node_of().
  std::shared_ptr<NodeBase> time_node;

  /// While at least one instance scope is open, strict() is refused.
  int instance_scopes = 0;

  /// Throws Failure while rows are being computed: a mapper must not build graph.
  void require_declaring(std::string_view what) const;

  /// Runs a subscriber's function; what it throws is counted and goes no further.
  template <class Callback> void guard_callback(Callback callback) {
    try {
      callback();
    } catch (...) {
      ++callback_failures_;
    }
  }

  std::shared_ptr<FailureWatcher> watch(std::vector<std::uint32_t> nodes, decltype(FailureWatcher::callback) callback);

 private:
  friend class NodeBase;
  enum class Phase { idle, propagating, notifying };

  /// Adds the time that it lives to a sum.
  class Stopwatch {
   public:
    explicit Stopwatch(std::uint64_t& sum_ns) : sum_ns_(sum_ns), begin_(SteadyTime::clock::now()) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() { sum_ns_ += static_cast<std::uint64_t>((SteadyTime::clock::now() - begin_).count()); }

   private:
    std::uint64_t& sum_ns_;
    SteadyTime begin_;
  };

  Result<Version> run_commit(const std::function<Result<void>()>& apply);
  static void retire(NodeBase* node);
  void drain_graveyard();
  void enter(NodeBase& node);
  void leave(NodeBase& node);
  void register_signature(NodeBase& node, std::size_t signature);

  void schedule_children(NodeBase& node);
  void propagate();
  void update_one_by_one(std::size_t height);
  bool worth_sharing(const std::vector<NodeBase*>& level) const;
  void update_together(std::size_t height);
  /// Looks at what an updated node has done.
  void take_in(NodeBase& node);
  void abandon();
  void notify();
  void notify_watchers();
  void finish();
  void forget_commit();
  void check_touched() const;
  void become_idle();

  Version version_ = 0;
  Phase phase_ = Phase::idle;
  std::optional<Refusal> refusal_;
  std::vector<NodeBase*> touched_;                 // in the order of updating
  std::vector<NodeBase*> to_notify_;               // those of them that changed and have subscribers
  bool failures_changed_ = false;                  // of any of them
  std::vector<std::vector<NodeBase*>> scheduled_;  // by height
  std::uint32_t scheduled_count_ = 0;

  std::vector<NodeBase*> committed_;  // those to be told that the commit is complete
  Outside outside_{*this};

  std::uint32_t next_id_ = 1;
  std::unordered_map<std::uint32_t, NodeBase*> nodes_;
  std::unordered_multimap<std::size_t, NodeBase*> by_signature_;
  std::vector<NodeBase*> graveyard_;
  bool draining_ = false;
  std::vector<std::weak_ptr<FailureWatcher>> watchers_;
  std::uint64_t commits_ = 0;
  std::uint64_t refused_ = 0;
  std::uint64_t callback_failures_ = 0;
  bool checks_invariants_ = false;
  bool measures_time_ = false;
  std::uint64_t measured_commits_ = 0;
  std::uint64_t commit_time_ns_ = 0;
  std::unique_ptr<Workers> workers_;
  NodeCounters retired_;  // what nodes that are gone had counted
};

}  // namespace freshet::detail
