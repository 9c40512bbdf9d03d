// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/errors_node.hpp"

#include <unordered_set>

#include "freshet/base/assert.hpp"

namespace freshet::detail {

using StringSpace = RowSpace<std::string>;

ErrorsNode::ErrorsNode(Core& core, const std::shared_ptr<NodeBase>& failing)
    : StoredNode(core, derived_name(*failing, "errors"), {failing},
                 std::make_shared<StringSpace>(StringSpace::Shape::unique)) {
  apply(/*all_standing=*/true);
  settle();
}

void ErrorsNode::update() { apply(/*all_standing=*/false); }

void ErrorsNode::apply(bool all_standing) {
  std::vector<FailureNews> news;
  failing().collect_failures(news, all_standing);
  for (FailureNews& row : news) {
    if (row.message.empty()) {
      const Slot slot = space_->keys().find(row.key);
      if (slot != kNoSlot && drop(slot)) space_->unlink(slot);
    } else {
      store(space_->add(row.key), RowError{failing().name(), std::move(row.message), row.rows});
    }
  }
  space_->finish();
}

void ErrorsNode::settle() {
  settle_values();
  space_->settle();
}

void ErrorsNode::roll_back() {
  roll_back_values();
  space_->roll_back();
}

std::optional<std::string> ErrorsNode::invariant() const {
  if (auto wrong = StoredNode::invariant()) return wrong;
  if (auto wrong = space_->invariant()) return wrong;
  std::vector<FailureNews> standing;
  failing().collect_failures(standing, /*all_standing=*/true);
  for (const FailureNews& row : standing) {
    if (space_->keys().find(row.key) == kNoSlot) return "has no row for key " + row.key + ", which fails";
  }
  if (standing.size() < row_count()) return "has rows for keys that do not fail";
  return std::nullopt;
}

void ErrorsNode::origins(Slot row, const VisitOrigin& visit) const {
  if (failing().parents().empty()) return;
  const NodeBase& source = *failing().parents().front();
  const RowAccess* rows = source.row_access();
  if (rows == nullptr) return;
  rows->with_key(source, space_->key(row), [&](const void* key) {
    rows->rows_of(source, key, [&](Slot source_row) { visit(source, source_row); });
  });
}

std::shared_ptr<ErrorsNode> errors_of(NodeBase& view) {
  NodeBase& node = view.failing_node();
  Core& core = node.core();
  return core.find_or_make<ErrorsNode>(
      hash_of(node.id()), [&](const ErrorsNode& known) { return &known.failing() == &node; },
      [&] { return std::make_unique<ErrorsNode>(core, node.shared_from_this()); });
}

std::vector<const NodeBase*> with_ancestors(const NodeBase& node) {
  std::vector<const NodeBase*> found{&node};
  std::unordered_set<const NodeBase*> seen{&node};
  for (std::size_t i = 0; i < found.size(); ++i) {
    for (const auto& parent : found[i]->parents()) {
      if (seen.insert(parent.get()).second) found.push_back(parent.get());
    }
  }
  return found;
}

std::vector<ErrorEvent> standing_errors_of(const NodeBase& node) {
  std::vector<ErrorEvent> events;
  for (const NodeBase* each : with_ancestors(node)) {
    std::vector<FailureNews> news;
    each->collect_failures(news, /*all_standing=*/true);
    for (FailureNews& row : news) events.push_back({each->name(), std::move(row.key), std::move(row.message)});
  }
  return events;
}

Subscription watch_errors_of(const std::shared_ptr<NodeBase>& node, std::function<void(const ErrorEvents&)> callback) {
  std::vector<std::uint32_t> ids;
  for (const NodeBase* each : with_ancestors(*node)) ids.push_back(each->id());
  return Subscription(
      node->core().watch(std::move(ids), [node, callback = std::move(callback)](Version version, const auto& news) {
        ErrorEvents events{.version = version, .events = {}};
        for (const auto& [name, row] : news) events.events.push_back({name, row.key, row.message});
        callback(events);
      }));
}

void make_strict(NodeBase& view) {
  NodeBase& node = view.failing_node();
  if (node.core().instance_scopes > 0) {
    throw Failure(Error{.code = ErrorCode::refused,
                        .primary = "'" + node.name() + "' cannot be made strict inside a resource",
                        .detail = "one client's parameters would refuse the writes of others",
                        .hint = "declare strict views where the program starts"});
  }
  std::vector<FailureNews> standing;
  node.collect_failures(standing, /*all_standing=*/true);
  if (!standing.empty()) {
    throw Failure(Error{.code = ErrorCode::conflict,
                        .primary = "'" + node.name() + "' cannot be made strict: it fails already",
                        .detail = "key " + standing.front().key + ": " + standing.front().message});
  }
  node.make_strict();
}

}  // namespace freshet::detail
