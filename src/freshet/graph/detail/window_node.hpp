// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/expiry_heap.hpp"
#include "freshet/graph/operators/key_by.hpp"
#include "freshet/graph/operators/on_time.hpp"

namespace freshet::detail {

/// What the nodes of windows have in common: the rows that they are of, and how long rows stay.
template <class Key, class Value> class WindowBasis {
 public:
  using Source = OnTimeNode<Key, Value>;

  WindowBasis(const Source& source, const WindowOptions& options) : source_(source), options_(options) {}

  const Source& source() const { return source_; }
  const WindowOptions& options() const { return options_; }
  /// Windows that ended at or before this are gone.
  Timestamp dropped_until() const {
    const Timestamp closed = source_.closed_until();
    return !options_.keep || closed == Source::kNever ? Source::kNever : closed - *options_.keep;
  }
  void expect(Timestamp end, Slot source_row) {
    if (options_.keep) ends_.push(end, source_row);
  }
  ExpiryHeap& ends() { return ends_; }
  const ExpiryHeap& ends() const { return ends_; }

 private:
  const Source& source_;
  const WindowOptions options_;
  ExpiryHeap ends_;  // of windows, with the source rows in them
};

/// Rows in at most one window each: the source's values under other keys. Derived nodes say which.
template <class SourceKey, class Key, class Value> class OneWindowNode : public CollectionNode<Key, Value> {
 public:
  using Source = OnTimeNode<SourceKey, Value>;
  using Space = RekeyedSpace<SourceKey, Key>;

  std::size_t row_count() const final { return row_count_; }
  void origins(Slot row, const NodeBase::VisitOrigin& visit) const final {
    visit(basis_.source(), Space::source_row(row));
  }

 protected:
  OneWindowNode(Core& core, std::string name, const std::shared_ptr<Source>& source, const WindowOptions& options)
      : CollectionNode<Key, Value>(core, std::move(name), watermark_parents(source),
                                   std::make_shared<Space>(source->shared_space())),
        basis_(*source, options),
        windowed_space_(static_cast<Space&>(*this->space_)) {
    this->share_values(*source, 1);
    this->present_ = &windowed_space_.linked();
  }

  const Source& source() const { return basis_.source(); }
  const Key* key_of(Slot source_row) const {
    const Slot row = windowed_space_.find_row(source_row);
    return row == kNoSlot ? nullptr : &windowed_space_.key(row);
  }

  /// Puts a source row under `key`; whether it was not there. `before` is its value before the commit. Requires: the
  /// row was neither put nor removed in this commit.
  bool put(Slot source_row, const Key& key, const Value* before) {
    const Value* value = source().value(source_row);
    const Slot row = windowed_space_.find_row(source_row);
    if (row != kNoSlot && equal(windowed_space_.key(row), key)) {
      if (before != value) this->deltas_.push_back({row, before, value});
      return false;
    }
    const Slot moved = windowed_space_.add_row(source_row, row, key, hash_of(key));
    take_out(row, before);
    this->deltas_.push_back({moved, nullptr, value});
    ++row_count_;
    return true;
  }
  void remove(Slot source_row, const Value* before) { take_out(windowed_space_.find_row(source_row), before); }

  void finish_rows() { windowed_space_.finish(); }
  void settle_rows() {
    this->counters_.changes += this->deltas_.size();
    this->deltas_.clear();
    windowed_space_.settle();
  }
  void roll_back_rows() {
    basis_.ends().roll_back();
    for (const auto& delta : this->deltas_) {
      if (delta.before == nullptr) --row_count_;
      if (delta.after == nullptr) ++row_count_;
    }
    this->deltas_.clear();
    windowed_space_.roll_back();
  }

  std::size_t bytes_of_rows() const { return windowed_space_.bytes() + basis_.ends().bytes(); }
  std::optional<std::string> invariant_of_rows() const {
    std::size_t count = 0;
    std::optional<std::string> wrong;
    windowed_space_.linked().for_each(windowed_space_.end(), [&](Slot row) {
      ++count;
      if (!source().present().test(Space::source_row(row))) {
        wrong = "has row " + std::to_string(row) + ", which the source has not";
      }
    });
    if (!wrong && count != row_count_) wrong = "miscounts its rows";
    return wrong;
  }

  WindowBasis<SourceKey, Value> basis_;

 private:
  void take_out(Slot row, const Value* before) {
    if (row == kNoSlot) return;
    this->deltas_.push_back({row, before, nullptr});
    --row_count_;
    windowed_space_.unlink(row);
  }

  Space& windowed_space_;
  std::size_t row_count_ = 0;
};

}  // namespace freshet::detail
