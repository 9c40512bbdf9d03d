// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/collection_node.hpp"

namespace freshet::detail {

/// Some of the rows of a source, as they are: one bit per row; keys, slots and values are the source's own.
///
/// Derived nodes decide which: they call select() at most once per row and commit.
template <class Key, class Value> class SelectionNode : public CollectionNode<Key, Value> {
 public:
  std::size_t row_count() const final { return count_; }
  std::size_t bytes() const override { return this->buffer_bytes() + kept_.bytes(); }

  std::optional<std::string> invariant() const override {
    if (!this->deltas_.empty()) return "holds on to changes of a commit that is over";
    std::optional<std::string> wrong;
    std::size_t count = 0;
    kept_.for_each(this->space_->end(), [&](Slot row) {
      ++count;
      if (!selected_from_.present().test(row))
        wrong = "keeps row " + std::to_string(row) + ", which the source has not";
    });
    if (!wrong && count != count_)
      wrong = "counts " + std::to_string(count_) + " rows, but keeps " + std::to_string(count);
    return wrong;
  }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(selected_from_, row); }

 protected:
  using Source = CollectionNode<Key, Value>;

  SelectionNode(Core& core, std::string name, std::vector<std::shared_ptr<NodeBase>> parents, const Source& source)
      : CollectionNode<Key, Value>(core, std::move(name), std::move(parents), source.shared_space()),
        selected_from_(source) {
    this->share_values(source);
    this->present_ = &kept_;
    this->space_->add_per_row(
        {&kept_, [](const void* bits, Slot row) { static_cast<const SlotBits*>(bits)->prefetch(row); }});
  }
  ~SelectionNode() override { this->space_->remove_per_row(&kept_); }

  bool selected(Slot row) const { return kept_.test(row); }
  void prefetch_selected(Slot row) const { kept_.prefetch(row); }

  /// Decides about one row. `before` is the source's value before the commit (its value now if it did not change), and
  /// `after` the one now, or null if the row is not kept (any more).
  void select(Slot row, const Value* before, const Value* after) {
    const bool was_kept = kept_.test(row);
    if (!was_kept && after == nullptr) return;
    if (was_kept && before == after) return;  // decided again, as before
    this->deltas_.push_back({row, was_kept ? before : nullptr, after});
    keep(row, after != nullptr);
  }

  void settle_selection() {
    this->counters_.changes += this->deltas_.size();
    this->deltas_.clear();
  }
  void roll_back_selection() {
    for (const auto& delta : this->deltas_) keep(delta.row, delta.before != nullptr);
    this->deltas_.clear();
  }

 private:
  void keep(Slot row, bool kept) {
    if (kept == kept_.test(row)) return;
    kept ? kept_.set(row) : kept_.clear(row);
    kept ? ++count_ : --count_;
  }

  const Source& selected_from_;
  SlotBits kept_;
  std::size_t count_ = 0;
};

}  // namespace freshet::detail
