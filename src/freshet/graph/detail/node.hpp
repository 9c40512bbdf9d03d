// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

#include "freshet/base/result.hpp"
#include "freshet/graph/detail/segments.hpp"
#include "freshet/graph/stats.hpp"

namespace freshet::detail {

class Core;
class RowAccess;

/// A key whose rows a mapper failed on, or that is well again.
struct FailureNews {
  std::string key;
  std::string message;  // of the first failing row; empty: healed
  std::int64_t rows;    // that fail
};

/// One vertex of the graph, as the engine sees it: virtual once per batch, never per row.
///
/// Life of a commit: update() while the graph propagates; then either notify() and settle(), or roll_back(). Only nodes
/// that a change reached are called.
///
/// Ownership: shared by the handles of user code and by the nodes computed from it. The last owner gives it to Core,
/// which deletes it between commits.
class NodeBase : public std::enable_shared_from_this<NodeBase> {
 public:
  NodeBase(const NodeBase&) = delete;
  NodeBase& operator=(const NodeBase&) = delete;
  virtual ~NodeBase();

  /// Computes this node's changes from those of its parents. A mapper's error is contained in the node.
  virtual void update() = 0;
  /// Whether update() changed anything that the nodes below must see.
  virtual bool has_changes() const = 0;
  /// How many rows update() changed.
  virtual std::size_t change_count() const { return 0; }
  /// Forgets what the commit replaced.
  virtual void settle() = 0;
  /// Restores the state before the commit.
  virtual void roll_back() = 0;

  /// The commit is complete and told, for nodes that hear_commits(). May run functions of the user.
  virtual void committed() {}

  /// Schedules those children that are told of single changes (see become_routed()); called after update() if
  /// set_routes(true) was.
  virtual void route() {}

  /// Collects what subscribers are owed; nobody is called yet.
  virtual void prepare_news() {}
  virtual void deliver_news() {}
  bool has_subscribers() const { return subscribed_; }
  virtual std::size_t subscriber_count() const { return 0; }

  /// Whether rows of a parent have yet to be let through here: see operators/gradually.hpp.
  virtual bool filling() const { return false; }

  /// Whether the errors of some row changed in this commit.
  virtual bool has_failure_changes() const { return false; }
  /// The node whose mapper the errors of this one are about: itself, unless it shares it with others (order_by).
  virtual NodeBase& failing_node() { return *this; }
  /// Appends the keys whose errors changed in this commit, or all that have some now.
  virtual void collect_failures(std::vector<FailureNews>&, bool /*all_standing*/) const {}

  virtual std::size_t row_count() const = 0;
  virtual std::size_t bytes() const = 0;

  /// What is wrong with this node's state between commits, in a sentence that names the row; nothing if all is well.
  ///
  /// Cost: O(rows) or more; debug builds ask after each commit, while the node is small.
  virtual std::optional<std::string> invariant() const { return std::nullopt; }

  /// Calls `visit(parent, row)` for each row of a parent that `row` of this node was computed from.
  using VisitOrigin = std::function<void(const NodeBase& parent, Slot row)>;
  virtual void origins(Slot /*row*/, const VisitOrigin& /*visit*/) const {}
  /// How many rows origins() has to look through, where that is more than it visits.
  virtual std::size_t origins_cost() const { return 0; }

  /// Calls `visit(parent, key)` for each key of another collection that the mapper read for `row`; null: all keys.
  using VisitRead = std::function<void(const NodeBase& parent, const void* key)>;
  virtual void reads(Slot /*row*/, const VisitRead& /*visit*/) const {}

  /// What makes this node's rows, in a word: "input", "flat_map". By default what its class is called.
  virtual std::string kind() const;
  /// The rows without their types; null if there are none to look at.
  virtual const RowAccess* row_access() const { return nullptr; }

  Core& core() const;
  std::uint32_t id() const { return id_; }
  std::uint32_t height() const { return height_; }
  const std::string& name() const { return name_; }
  void set_name(std::string name) { name_ = std::move(name); }
  const std::vector<std::shared_ptr<NodeBase>>& parents() const { return parents_; }
  const NodeCounters& counters() const { return counters_; }
  /// Spent in this node since time is measured.
  std::uint64_t time_ns() const { return time_ns_; }
  bool strict() const { return strict_; }
  virtual void make_strict() { strict_ = true; }

 protected:
  void set_routes(bool routes) { routes_ = routes; }
  /// From now on the parents' changes do not schedule this node; one of them does, in route().
  void become_routed();

  void set_subscribed(bool subscribed) { subscribed_ = subscribed; }
  /// From now on committed() is called for each commit that visits this node.
  void hear_commits() { hears_commits_ = true; }
  /// What was counted since the last commit stays counted, also if the next is refused. Requires: between commits.
  void keep_counters() { settled_counters_ = counters_; }

  NodeBase(Core& core, std::string name, std::vector<std::shared_ptr<NodeBase>> parents);

  NodeCounters counters_;

 private:
  friend class Core;

  void leave_parents();

  // Constant after construction.
  Core* core_;  // null once the Graph is gone
  std::uint32_t id_;
  std::uint32_t height_ = 0;
  std::vector<std::shared_ptr<NodeBase>> parents_;

  std::string name_;
  std::vector<NodeBase*> children_;  // each removes itself
  std::size_t signature_ = 0;        // hash under which equal nodes find this one
  NodeCounters settled_counters_;    // as of the last commit: a refused one leaves no trace
  std::uint64_t time_ns_ = 0;
  mutable std::size_t unchecked_rows_ = 0;  // that may be looked at, before invariant() is asked again
  bool scheduled_ = false;
  bool strict_ = false;
  bool subscribed_ = false;
  bool routes_ = false;
  bool routed_ = false;
  bool hears_commits_ = false;
};

/// The name of a view until it is given one: its source's and the verb. Long ones keep their end.
std::string derived_name(const NodeBase& source, std::string_view verb);

}  // namespace freshet::detail
