// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "freshet/base/clock.hpp"
#include "freshet/base/result.hpp"
#include "freshet/base/timers.hpp"
#include "freshet/graph/collection.hpp"
#include "freshet/graph/explain.hpp"
#include "freshet/graph/input.hpp"
#include "freshet/graph/operators/difference.hpp"
#include "freshet/graph/operators/distinct.hpp"
#include "freshet/graph/operators/gradually.hpp"
#include "freshet/graph/operators/intersect.hpp"
#include "freshet/graph/operators/keep_for.hpp"
#include "freshet/graph/operators/merge.hpp"
#include "freshet/graph/operators/on_time.hpp"
#include "freshet/graph/operators/semi_join.hpp"
#include "freshet/graph/operators/session_window.hpp"
#include "freshet/graph/operators/slice.hpp"
#include "freshet/graph/operators/unite.hpp"
#include "freshet/graph/operators/window.hpp"
#include "freshet/graph/stats.hpp"
#include "freshet/graph/transaction.hpp"
#include "freshet/graph/why.hpp"

namespace freshet {

struct GraphOptions {
  /// Posted transactions that may wait; post() refuses further ones.
  std::size_t posted_max = 65536;
  /// Whether nodes check their state after each commit that touches them, and the program ends if one is wrong. Unset:
  /// in builds of the library without NDEBUG. Cost: O(rows) for small nodes; large ones are only checked now and then.
  std::optional<bool> check_invariants = std::nullopt;
  /// Threads that help with large commits: nodes of one height that have much to do are computed side by side. The
  /// outcome is the same; mappers of different views then run at the same time, so what they share must bear that.
  std::size_t workers = 0;
};

/// Keeps collections up to date: owns the nodes, applies transactions as atomic commits, tells the subscribers.
///
/// A commit applies all writes of a transaction, recomputes what depends on them in an order in which each affected
/// node is visited once, and only then lets anybody see anything: all reads and callbacks are at one version. It costs
/// O(changed rows x operators they reach). A transaction that a check or a strict view refuses leaves no trace. Errors
/// of other mappers are contained: the failing row is missing from its view and listed in its errors().
///
/// Thread safety: belongs to one thread, its loop. Only post() may be called from others, after set_wakeup(), and the
/// replies of asynchronous mappers.
/// Lifetime: collections may outlive their graph but not be used then.
/// Example: examples/temp_monitor/meta.cpp
class Graph {
 public:
  explicit Graph(GraphOptions options = {});
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;
  ~Graph();

  /// Makes an input; it lives as long as the graph.
  template <class Key, class Value> Input<Key, Value> input(std::string name) {
    auto node = core_->own(std::make_unique<detail::InputNode<Key, Value>>(*core_, std::move(name)));
    inputs_.push_back(node);
    return Input<Key, Value>(std::move(node));
  }

  /// Applies the transaction, whole or not at all, and empties it.
  ///
  /// Errors: refused (by a check or a strict view; names node, key and cause, nothing is applied) or a commit that is
  /// under way (inside a mapper or callback: use post()). An empty transaction is a commit that changes nothing.
  Result<Version> commit(Transaction& transaction);
  Result<Version> commit(Transaction&& transaction) { return commit(transaction); }

  using Done = std::function<void(Result<Version>)>;

  /// Queues a transaction for the graph's thread; `done` is called there with the outcome.
  ///
  /// Transactions are applied in the order of posting, each a commit of its own.
  /// Thread safety: any thread. Errors: limit_exceeded if too many wait; `done` is not called then.
  Result<void> post(Transaction transaction, Done done = {});

  /// Sets what is called when work begins to wait: a posted transaction, an answer of an asynchronous mapper, or rows
  /// of gradually(). It must make the graph's thread call run_posted() soon, and run_backfill() until that gives false.
  /// Requires: set before other threads post. The wakeup runs on the posting thread.
  void set_wakeup(std::function<void()> wakeup);

  /// Commits what was posted before the call, and before that, in one commit, all answers of asynchronous mappers that
  /// came in; how many transactions that was, the answers counted as one.
  std::size_t run_posted();

  /// Where asynchronous mappers have their timeouts and delays from.
  /// Requires: `timers` outlives the graph, and is set before such views are declared. A Service does this.
  void set_timers(Timers& timers) { core_->outside().timers = &timers; }

  /// Lets the next rows through each gradually() that holds some back, in one commit; whether there is more to do.
  ///
  /// Where a strict view refuses the rows that come next they are held back until something in the graph has changed.
  bool run_backfill();

  /// Moves the graph's time, which keep_for() and OnTime::lag_max go by, in a commit of its own. Nothing expires
  /// without.
  ///
  /// Errors: invalid_argument for a time before the present one; a commit that is under way.
  Result<Version> advance_to(Timestamp now);
  /// The same to the clock's time; time stands still where somebody has set the clock back.
  Result<Version> advance_to(const Clock& clock) {
    return advance_to(std::max(clock.now(), now().value_or(clock.now())));
  }
  /// The graph's time; none before the first advance_to().
  std::optional<Timestamp> now() const;

  /// The number of the last commit; 0 before the first.
  Version version() const { return core_->version(); }
  /// Cost: O(nodes).
  GraphStats stats() const;

  /// The graph as it is now: its nodes, how they hang together, and what each holds and has done.
  ///
  /// Cost: O(nodes + subscribers + failing rows). Example: explain.test.cpp [explain]
  GraphPicture explain() const { return detail::picture_of(*core_); }
  /// Measures how long commits take, and which nodes take it, for explain() to show; beginning with zero. Off at first.
  ///
  /// Cost: two readings of the clock per node that a commit reaches; nothing while off.
  void measure_time(bool on) { core_->measure_time(on); }

  /// The rows that those under `key` of the view were computed from, and what those came from, down to the inputs; and
  /// what mappers read on the way.
  ///
  /// Cost: O(rows found), plus O(rows of the source) for each row of an incremental reducer. It is for people.
  /// Requires: not inside a mapper. Example: why.test.cpp [why]
  template <class Key, class Value>
  Provenance why(const Collection<Key, Value>& view, const std::type_identity_t<Key>& key,
                 const WhyOptions& options = {}) const {
    return detail::provenance_of(view.node(), &key, options);
  }
  /// The same for a view by its name, or its id where others have that name too, and a key as JSON or as people read
  /// it.
  ///
  /// Errors: not_found, conflict (several views of that name), invalid_argument (no key of that view).
  Result<Provenance> why(std::string_view view, std::string_view key, const WhyOptions& options = {}) const {
    return detail::provenance_of(*core_, view, key, options);
  }

  /// While it lives, views cannot be made strict: a resource is being built with a client's parameters.
  class InstanceScope {
   public:
    explicit InstanceScope(Graph& graph) : core_(*graph.core_) { ++core_.instance_scopes; }
    InstanceScope(const InstanceScope&) = delete;
    InstanceScope& operator=(const InstanceScope&) = delete;
    ~InstanceScope() { --core_.instance_scopes; }

   private:
    detail::Core& core_;
  };

 private:
  struct PostQueue;

  GraphOptions options_;
  std::unique_ptr<detail::Core> core_;
  std::vector<std::shared_ptr<detail::NodeBase>> inputs_;
  std::unique_ptr<PostQueue> posted_;
  std::function<void()> wakeup_;
};

}  // namespace freshet
