// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "freshet/graph/operators/join.hpp"
#include "freshet/graph/operators/map.hpp"
#include "freshet/graph/operators/merge.hpp"
#include "freshet/graph/operators/semi_join.hpp"

namespace freshet::detail {

/// What the function of a full join sees of a row: the two sides, one of which may be null.
template <class Left, class Right> struct FullyJoinedRow {
  const Left* left;
  const Right* right;
};

/// The rows of the left side, joined; then those of the right side that have no partner.
///
/// It is a merge of these two. Their errors are its own: they are parts of one view.
template <class Key, class Out> class FullJoinNode final : public MergeNode<Key, Out> {
 public:
  using MergeNode<Key, Out>::MergeNode;

  bool has_failure_changes() const override {
    for (const auto& part : this->parents()) {
      if (part->has_failure_changes()) return true;
    }
    return false;
  }
  void collect_failures(std::vector<FailureNews>& news, bool all_standing) const override {
    std::vector<FailureNews> found;
    for (const auto& part : this->parents()) part->collect_failures(found, all_standing);
    combine_news(found, news);
  }
  void make_strict() override {
    for (const auto& part : this->parents()) part->make_strict();
    NodeBase::make_strict();
  }
};

/// The function of a full join, for rows of the left side.
template <class Call> struct FullJoinLeftCall {
  Call call;

  template <class Key, class Left, class Right, class... Args>
  decltype(auto) operator()(const Key& key, const JoinedRow<Left, Right>& row, const Args&... args) {
    return call(key, FullyJoinedRow<Left, Right>{&row.left, row.right}, args...);
  }
  bool same(const FullJoinLeftCall& other) const { return call.same(other.call); }
  std::size_t hash() const { return call.hash(); }
};

/// The same for rows of the right side that have no partner.
template <class Left, class Call> struct FullJoinRightCall {
  Call call;

  template <class Key, class Right, class... Args>
  decltype(auto) operator()(const Key& key, const Right& right, const Args&... args) {
    return call(key, FullyJoinedRow<Left, Right>{nullptr, &right}, args...);
  }
  bool same(const FullJoinRightCall& other) const { return call.same(other.call); }
  std::size_t hash() const { return call.hash(); }
};

template <class Key, class Left, class Right, class Call, class... Args>
auto make_full_join(const Collection<Key, Left>& left, const Collection<Key, Right>& right, const Call& call,
                    const std::tuple<Args...>& args) {
  const auto with_left = make_join<Unmatched::kept>(left, right, SameKey(), FullJoinLeftCall<Call>{call}, args);
  const auto unmatched = make_semi_join<Keep::without_partner>(right, left, SameKey());
  const auto right_only = make_map(unmatched, FullJoinRightCall<Left, Call>{call}, args);
  using Out = typename std::decay_t<decltype(with_left)>::Value;
  using Node = FullJoinNode<Key, Out>;
  const typename Node::Sources parts{with_left.shared_node(), right_only.shared_node()};
  Core& core = left.node().core();
  return Collection<Key, Out>(core.find_or_make<Node>(
      with_left.node().id() * 31 + right_only.node().id(), [&](const Node& node) { return node.same(parts); },
      [&] { return std::make_unique<Node>(core, derived_name(left.node(), "full_join"), parts); }));
}

}  // namespace freshet::detail
