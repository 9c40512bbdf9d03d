// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "freshet/base/inbox.hpp"
#include "freshet/base/timers.hpp"

namespace freshet::detail {

class Core;

/// A node that brings changes of its own into the graph, in commits of its own.
class Driven {
 public:
  Driven() = default;
  Driven(const Driven&) = delete;
  Driven& operator=(const Driven&) = delete;
  virtual ~Driven() = default;

  /// Has the node visited in the commit that begins.
  virtual void bring_in() = 0;
  /// The commit together with other nodes was refused: does it alone, in as many commits as it takes.
  virtual void bring_in_alone() = 0;
};

/// A Driven node that lets the rows of its source through, some in each commit.
class Gate : public Driven {
 public:
  /// Whether there is something to let through now: not all has passed, and nothing refused the last step.
  virtual bool can_step() const = 0;
  virtual bool all_passed() const = 0;
};

/// What happens to a graph other than by transactions: answers that come in from other threads, and rows that are
/// filled in bit by bit. Each is a commit of the nodes that it concerns.
///
/// Thread safety: belongs to the loop's thread; the inbox is for all.
class Outside {
 public:
  explicit Outside(Core& core) : core_(core), inbox_(std::make_shared<Inbox>()) {}

  /// Where other threads leave letters. Owners: the graph, and all that may still write to it.
  const std::shared_ptr<Inbox>& inbox() const { return inbox_; }
  /// Null until somebody sets them.
  Timers* timers = nullptr;

  /// `node` has something to bring in: called while letters are delivered.
  void wake(std::shared_ptr<Driven> node) { woken_.push_back(std::move(node)); }
  /// Delivers the letters and brings in what they changed, in one commit; whether there was one.
  bool receive();

  /// Begins to fill a gate.
  void add_gate(const std::shared_ptr<Gate>& gate);
  /// Does one step for each gate that is not through, all in one commit; whether there is more to do.
  bool fill();

  void close() { inbox_->close(); }

 private:
  void bring_in(const std::vector<std::shared_ptr<Driven>>& nodes);

  Core& core_;
  std::shared_ptr<Inbox> inbox_;
  std::vector<std::shared_ptr<Driven>> woken_;
  std::vector<std::weak_ptr<Gate>> gates_;  // those that are not through
};

}  // namespace freshet::detail
