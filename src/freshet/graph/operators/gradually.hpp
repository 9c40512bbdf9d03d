// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "freshet/graph/collection.hpp"
#include "freshet/graph/gradually.hpp"

namespace freshet {

namespace detail {

/// The rows of a source, let through bit by bit: at first none, with each step of Graph::run_backfill() some more, in
/// the order of their slots. What has passed follows the source at once.
///
/// When all have passed the node is a mirror: what it shows and what it tells are the source's own.
///
/// Invariants: 1. a row has passed exactly if the source has it and its slot is below the cursor; 2. a mirror keeps
/// nothing.
template <class Key, class Value> class GateNode final : public CollectionNode<Key, Value>, public Gate {
 public:
  using Source = CollectionNode<Key, Value>;

  GateNode(Core& core, std::string name, const std::shared_ptr<Source>& source, const Gradually& options)
      : CollectionNode<Key, Value>(core, std::move(name), {source}, source->shared_space()),
        source_(*source),
        rows_per_step_(std::max<std::size_t>(options.rows_per_step, 1)) {
    this->share_values(*source);
    this->present_ = &passed_;
    if (source->space().end() == 0) become_mirror();
  }

  bool same(const Source& source, const Gradually& options) const {
    return &source == &source_ && rows_per_step_ == std::max<std::size_t>(options.rows_per_step, 1);
  }

  bool can_step() const override { return !this->mirrors() && held_at_ != this->core().version(); }
  bool all_passed() const override { return this->mirrors(); }
  bool filling() const override { return !this->mirrors(); }

  void bring_in() override {
    stepping_ = true;
    this->core().schedule(*this);
  }
  void bring_in_alone() override {
    const auto step = this->core().commit([this]() -> Result<void> {
      bring_in();
      return {};
    });
    // A strict view below refuses the rows that come next. They may pass when somebody has changed something.
    held_at_ = step ? std::nullopt : std::optional(this->core().version());
  }

  void update() override {
    if (this->mirrors()) return;
    for (const auto& delta : source_.deltas()) follow(delta);
    if (std::exchange(stepping_, false)) step();
  }
  void settle() override {
    this->counters_.changes += this->deltas().size();
    this->deltas_.clear();
    settled_cursor_ = cursor_;
    if (std::exchange(held_at_, std::nullopt)) this->core().outside().inbox()->wake();
    if (!this->mirrors() && cursor_ >= end_) become_mirror();
  }
  void roll_back() override {
    for (const auto& delta : this->deltas_) pass(delta.row, delta.before != nullptr);
    this->deltas_.clear();
    cursor_ = settled_cursor_;
    end_ = kNoSlot;
    stepping_ = false;
  }

  std::size_t row_count() const override { return this->mirrors() ? source_.row_count() : count_; }
  std::size_t bytes() const override { return this->buffer_bytes() + passed_.bytes(); }
  std::optional<std::string> invariant() const override {
    if (this->mirrors()) return std::nullopt;
    std::optional<std::string> wrong;
    for (Slot row = 0; row < this->space_->end(); ++row) {
      const bool should = row < cursor_ && source_.present().test(row);
      if (passed_.test(row) != should)
        wrong = "row " + std::to_string(row) + (should ? " has not" : " has") + " passed";
    }
    return wrong;
  }
  std::string kind() const override { return "gradually"; }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const override { visit(source_, row); }

 private:
  /// A row that the source changed.
  void follow(const RowDelta<Value>& delta) {
    if (delta.row >= cursor_) return;  // its turn will come
    this->deltas_.push_back(delta);
    pass(delta.row, delta.after != nullptr);
  }
  /// Lets the next rows through. Where rows are few among the slots, their number bounds the search, too.
  void step() {
    end_ = source_.space().end();
    const std::size_t slots_max = rows_per_step_ * kSlotsPerRow;
    const Slot stop = end_ - cursor_ > slots_max ? static_cast<Slot>(cursor_ + slots_max) : end_;
    for (std::size_t rows = 0; cursor_ < stop && rows < rows_per_step_; ++cursor_) {
      const Value* value = source_.value(cursor_);
      if (value == nullptr) continue;
      this->deltas_.push_back({cursor_, nullptr, value});
      pass(cursor_, true);
      ++rows;
    }
  }
  void pass(Slot row, bool passes) {
    if (passes == passed_.test(row)) return;
    passes ? passed_.set(row) : passed_.clear(row);
    passes ? ++count_ : --count_;
  }
  void become_mirror() {
    this->mirror(source_);
    passed_ = {};
    count_ = 0;
  }

  static constexpr std::size_t kSlotsPerRow = 16;

  const Source& source_;
  const std::size_t rows_per_step_;
  SlotBits passed_;
  std::size_t count_ = 0;
  Slot cursor_ = 0;  // slots below have had their turn
  Slot settled_cursor_ = 0;
  Slot end_ = kNoSlot;  // of the source's slots, as the last step saw it

  bool stepping_ = false;           // in the commit under way
  std::optional<Version> held_at_;  // the last step was refused, at this version
};

template <class Key, class Value>
Collection<Key, Value> make_gradually(const Collection<Key, Value>& source, const Gradually& options) {
  using Node = GateNode<Key, Value>;
  if (dynamic_cast<const Node*>(&source.node()) != nullptr) return source;  // comes bit by bit already
  Core& core = source.node().core();
  bool is_new = false;
  auto node = core.find_or_make<Node>(
      hash_of(source.node().id()) * 31 + options.rows_per_step,
      [&](const Node& known) { return known.same(source.node(), options); },
      [&] {
        is_new = true;
        return std::make_unique<Node>(core, derived_name(source.node(), "gradually"), source.shared_node(), options);
      });
  if (is_new && !node->all_passed()) core.outside().add_gate(node);
  return Collection<Key, Value>(std::move(node));
}

}  // namespace detail

template <class Key, class Value>
Collection<Key, Value> Collection<Key, Value>::gradually(const Gradually& options) const {
  return detail::make_gradually(*this, options);
}

template <class Key, class Value> bool Collection<Key, Value>::complete() const {
  for (const detail::NodeBase* each : detail::with_ancestors(*node_)) {
    if (each->filling()) return false;
  }
  return true;
}

}  // namespace freshet
