// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <tuple>
#include <utility>

#include "freshet/graph/operators/key_by.hpp"

namespace freshet {

/// The rows of a collection by group: as a Collection, all of them under their groups, and each group on its own.
///
/// Example: src/freshet/meta/verbs/key_by.test.cpp
template <class Group, class RowKey, class Value> class Groups : public Collection<Group, Value> {
 public:
  using Node = detail::GroupedNode<RowKey, Group, Value>;

  explicit Groups(const std::shared_ptr<Node>& node) : Collection<Group, Value>(node), grouped_(node.get()) {}

  /// The rows of one group under their own keys, as a view that goes on living. A group without rows is an empty view.
  ///
  /// Cost: O(rows) for the first view, O(rows of the group) for the others; then O(changed rows of the group), and
  /// nothing for the changes of other groups.
  Collection<RowKey, Value> at(const Group& group) const { return Collection<RowKey, Value>(grouped_->view_of(group)); }

 private:
  Node* grouped_;  // kept alive by the base
};

namespace detail {

/// A row as it is, for renumbering: see make_group_by().
struct SameRowCall {
  template <class Key, class Value> std::pair<Key, Value> operator()(const Key& key, const Value& value) const {
    return {key, value};
  }
  bool same(const SameRowCall&) const { return true; }
  std::size_t hash() const { return 0; }
};

template <class SourceKey, class Value, class Call, class... Args>
auto make_group_by(const Collection<SourceKey, Value>& source, Call call, std::tuple<Args...> args) {
  using Group = MapResult<SourceKey, Value, Call, Args...>;
  if (source.node().space().slot_factor() * 2 > kSlotFactorMax) {
    const auto renumbered = make_flat_map(source, SameRowCall{}, std::tuple<>());
    return Groups<Group, SourceKey, Value>(make_key_by_node(renumbered, std::move(call), std::move(args)));
  }
  return Groups<Group, SourceKey, Value>(make_key_by_node(source, std::move(call), std::move(args)));
}

}  // namespace detail
}  // namespace freshet
