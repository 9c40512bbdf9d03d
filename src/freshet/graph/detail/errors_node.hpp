// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/collection.hpp"

namespace freshet::detail {

/// The contained errors of one node as a collection.
class ErrorsNode final : public StoredNode<std::string, RowError> {
 public:
  ErrorsNode(Core& core, const std::shared_ptr<NodeBase>& failing);

  void update() override;
  void settle() override;
  void roll_back() override;

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

namespace freshet {

template <class Key, class Value> Collection<std::string, RowError> Collection<Key, Value>::errors() const {
  return Collection<std::string, RowError>(detail::errors_of(*node_));
}

template <class Key, class Value>
Subscription Collection<Key, Value>::watch_errors(std::function<void(const ErrorEvents&)> callback) const {
  return detail::watch_errors_of(node_, std::move(callback));
}

template <class Key, class Value> std::vector<ErrorEvent> Collection<Key, Value>::standing_errors() const {
  return detail::standing_errors_of(*node_);
}

template <class Key, class Value> const Collection<Key, Value>& Collection<Key, Value>::strict() const {
  detail::make_strict(*node_);
  return *this;
}

}  // namespace freshet
