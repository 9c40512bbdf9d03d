// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/selection_node.hpp"

namespace freshet::detail {

/// The rows of a source under other keys: those of a key are in the source's order.
///
/// A row stays near the slot of its source row r: it is 2r or 2r + 1, and takes the other one when it moves to another
/// key. So a row has one key for its life, as everybody expects, and neither a list of what was emitted nor a copy of
/// the values is needed.
template <class SourceKey, class Key> class RekeyedSpace final : public RowSpace<Key> {
 public:
  explicit RekeyedSpace(std::shared_ptr<RowSpace<SourceKey>> source)
      : RowSpace<Key>(RowSpace<Key>::Shape::grouped), source_(std::move(source)) {}

  unsigned slot_factor() const override { return source_->slot_factor() * 2; }
  static Slot source_row(Slot row) { return row >> 1; }

  /// Where the source row is now, or kNoSlot.
  Slot find_row(Slot source_row) const {
    const Slot even = source_row * 2;
    if (this->linked().test(even)) return even;
    return this->linked().test(even + 1) ? even + 1 : kNoSlot;
  }
  /// A linked row for the source row under `key`. `before`: the row that it had in this commit, or kNoSlot.
  Slot add_row(Slot source_row, Slot before, const Key& key, std::size_t hash) {
    const Slot row = before == kNoSlot ? source_row * 2 : before ^ 1;
    this->add_at_slot(row, key, hash);
    this->link(row);
    return row;
  }

 private:
  bool before_in_key(Slot a, Slot b) const override { return source_->before(source_row(a), source_row(b)); }

  std::shared_ptr<RowSpace<SourceKey>> source_;  // shared with the source node
};

template <class SourceKey, class Key, class Value> class GroupedNode;

/// The rows of one group under the keys that they have in the source.
///
/// It is told of its rows' changes by the grouping node, so that a change costs the views of other groups nothing.
template <class SourceKey, class Key, class Value> class GroupViewNode final : public SelectionNode<SourceKey, Value> {
 public:
  using Grouped = GroupedNode<SourceKey, Key, Value>;

  GroupViewNode(Core& core, std::string name, const std::shared_ptr<Grouped>& grouped, const Key& group)
      : SelectionNode<SourceKey, Value>(core, std::move(name), {grouped}, grouped->source()),
        grouped_(grouped.get()),
        group_(group) {
    this->become_routed();
    const auto& space = grouped->space();
    if (const Slot key = space.keys().find(group); key != kNoSlot) {
      space.for_each_row(key, [&](Slot row) {
        const Value* value = grouped->value(row);
        this->select(Grouped::Space::source_row(row), value, value);
      });
    }
    this->settle_selection();
    grouped->add_view(*this);
  }
  ~GroupViewNode() override {
    if (!this->parents().empty()) grouped_->remove_view(*this);
  }

  const Key& group() const { return group_; }
  /// Notes a change for update().
  void tell(const RowDelta<Value>& delta) { told_.push_back(delta); }
  void forget_told() { told_.clear(); }

  std::string kind() const override { return "group"; }
  void update() override {
    for (const auto& delta : told_) this->select(delta.row, delta.before, delta.after);
  }
  void settle() override { this->settle_selection(); }
  void roll_back() override { this->roll_back_selection(); }

 private:
  Grouped* grouped_;  // the parent
  Key group_;
  std::vector<RowDelta<Value>> told_;  // rows of the source
};

/// A node whose rows are those of its source under other keys; knows the nested views of its groups.
template <class SourceKey, class Key, class Value> class GroupedNode : public CollectionNode<Key, Value> {
 public:
  using Source = CollectionNode<SourceKey, Value>;
  using Space = RekeyedSpace<SourceKey, Key>;
  using View = GroupViewNode<SourceKey, Key, Value>;

  virtual const Source& source() const = 0;

  /// The nested view of a group, whether it has rows or not; equal ones are one.
  std::shared_ptr<View> view_of(const Key& group) {
    if (const Slot known = groups_.find(group); known != kNoSlot) {
      return std::static_pointer_cast<View>(views_[known]->shared_from_this());
    }
    auto self = std::static_pointer_cast<GroupedNode>(this->shared_from_this());
    return this->core().own(std::make_unique<View>(this->core(), derived_name(*this, "group"), self, group));
  }

  void route() final {
    if (groups_.size() == 0) return;
    for (const auto& delta : this->deltas_) {
      const Slot known = groups_.find(this->space_->key(delta.row));
      if (known == kNoSlot) continue;
      views_[known]->tell({Space::source_row(delta.row), delta.before, delta.after});
      told_.push_back(views_[known]);
      this->core().schedule(*views_[known]);
    }
  }

 protected:
  using CollectionNode<Key, Value>::CollectionNode;

  /// The commit is over: what route() told is void.
  void end_routing() {
    for (View* view : told_) view->forget_told();
    told_.clear();
  }
  std::size_t routing_bytes() const { return groups_.bytes() + (views_.capacity() + told_.capacity()) * sizeof(View*); }

 private:
  friend View;

  void add_view(View& view) {
    const Slot slot = groups_.add(view.group());
    if (slot >= views_.size()) views_.resize(slot + 1);
    views_[slot] = &view;
    this->set_routes(true);
  }
  void remove_view(View& view) {
    const Slot slot = groups_.find(view.group());
    views_[slot] = nullptr;
    groups_.remove(slot);
    groups_.release(slot);
    this->set_routes(groups_.size() > 0);
  }

  KeyTable<Key> groups_;      // that have a view
  std::vector<View*> views_;  // by slot of groups_; each removes itself
  std::vector<View*> told_;   // in the commit under way; some more than once
};

}  // namespace freshet::detail
