// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <utility>

#include "freshet/graph/detail/segments.hpp"

namespace freshet::detail {

/// The values of one node, by row slot. A value's address does not change while it is there.
template <class Value> class Column {
 public:
  Column() = default;
  ~Column() {
    present_.for_each(end_, [&](Slot slot) { std::destroy_at(&cells_[slot]); });
  }

  bool has(Slot slot) const { return present_.test(slot); }
  const Value* find(Slot slot) const { return has(slot) ? &cells_[slot] : nullptr; }
  Value& at(Slot slot) const { return cells_[slot]; }
  void prefetch(Slot slot) const {
    cells_.prefetch(slot);
    present_.prefetch(slot);
  }

  /// Requires: the slot is empty.
  template <class... Args> Value& emplace(Slot slot, Args&&... args) {
    cells_.reserve(slot);
    Value* cell = std::construct_at(&cells_[slot], std::forward<Args>(args)...);
    present_.set(slot);
    if (slot >= end_) end_ = slot + 1;
    ++size_;
    return *cell;
  }

  /// Requires: the slot holds a value.
  void erase(Slot slot) {
    std::destroy_at(&cells_[slot]);
    present_.clear(slot);
    --size_;
  }

  const SlotBits& present() const { return present_; }
  Slot end() const { return end_; }
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return cells_.bytes() + present_.bytes(); }

 private:
  Segments<Value> cells_;
  SlotBits present_;
  Slot end_ = 0;
  std::size_t size_ = 0;
};

/// A list whose elements keep their addresses until clear(), which keeps the memory for the next commit.
template <class Value> class StableList {
 public:
  ~StableList() { clear(); }

  template <class... Args> Value* emplace(Args&&... args) {
    cells_.reserve(size_);
    Value* cell = std::construct_at(&cells_[size_], std::forward<Args>(args)...);
    ++size_;
    return cell;
  }
  void clear() {
    for (Slot i = 0; i < size_; ++i) std::destroy_at(&cells_[i]);
    if (cells_.reserved(kLarge) && size_ < kLarge / 8) [[unlikely]]
      cells_.release_from(kLarge / 8);
    size_ = 0;
  }
  bool empty() const { return size_ == 0; }
  std::size_t bytes() const { return cells_.bytes(); }

 private:
  static constexpr Slot kLarge = 16384;  // of a larger list the memory is not kept for small ones

  Segments<Value> cells_;
  Slot size_ = 0;
};

}  // namespace freshet::detail
