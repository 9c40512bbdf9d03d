// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "freshet/base/clock.hpp"
#include "freshet/graph/detail/core.hpp"

namespace freshet::detail {

/// The graph's time: one node, which the verbs that go by it are children of. Moved by Graph::advance_to() alone.
class TimeNode final : public NodeBase {
 public:
  explicit TimeNode(Core& core) : NodeBase(core, "time", {}) {}

  /// Before the first move: Timestamp::min().
  Timestamp now() const { return now_; }
  /// Requires: a commit is under way.
  void move_to(Timestamp now) {
    core().touched(*this);
    now_ = now;
  }

  void update() override {}
  bool has_changes() const override { return now_ != settled_; }
  void settle() override { settled_ = now_; }
  void roll_back() override { now_ = settled_; }

  std::size_t row_count() const override { return 0; }
  std::size_t bytes() const override { return sizeof(*this); }

 private:
  Timestamp now_ = Timestamp::min();
  Timestamp settled_ = Timestamp::min();
};

/// The time of a graph. Made for the first who asks.
inline std::shared_ptr<TimeNode> time_node_of(Core& core) {
  if (!core.time_node) core.time_node = core.own(std::make_unique<TimeNode>(core));
  return std::static_pointer_cast<TimeNode>(core.time_node);
}

}  // namespace freshet::detail
