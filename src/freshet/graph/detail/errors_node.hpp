// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "freshet/graph/detail/collection_node.hpp"
#include "freshet/graph/error_events.hpp"
#include "freshet/graph/row_error.hpp"
#include "freshet/graph/subscription.hpp"

namespace freshet::detail {

/// The contained errors of one node as a collection.
class ErrorsNode final : public StoredNode<std::string, RowError> {
 public:
  ErrorsNode(Core& core, const std::shared_ptr<NodeBase>& failing);

  void update() override;
  void settle() override;
  void roll_back() override;
  std::optional<std::string> invariant() const override;
  std::size_t bytes() const override { return StoredNode::bytes() + space_->bytes(); }

  /// The rows that the failing view would be computed from: all of the key, whichever of them fails.
  void origins(Slot row, const VisitOrigin& visit) const override;

  const NodeBase& failing() const { return *parents().front(); }

 private:
  void apply(bool all_standing);
};

/// The errors of `node`; equal nodes are one node here too.
std::shared_ptr<ErrorsNode> errors_of(NodeBase& node);

/// `node` and all nodes that it is computed from.
std::vector<const NodeBase*> with_ancestors(const NodeBase& node);
std::vector<ErrorEvent> standing_errors_of(const NodeBase& node);
Subscription watch_errors_of(const std::shared_ptr<NodeBase>& node, std::function<void(const ErrorEvents&)> callback);
void make_strict(NodeBase& node);

}  // namespace freshet::detail
