// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "freshet/graph/detail/segments.hpp"
#include "freshet/graph/detail/sorted_blocks.hpp"
#include "freshet/graph/detail/spin_lock.hpp"

namespace freshet::detail {

/// A list of slots in eight bytes: nothing, one slot in place, or a pointer to `Many`.
///
/// Most keys hold one row and most rows emit one, so the common case costs neither an allocation nor a cache miss. Made
/// for cells of Segments: all zero bytes is the empty list, and the owner calls reset() where a destructor would run.
template <class Many> class SlotCell {
 public:
  bool empty() const { return word_ == 0; }
  bool is_one() const { return (word_ & 1) != 0; }
  Slot one() const { return static_cast<Slot>(word_ >> 1); }
  Many& many() const { return *reinterpret_cast<Many*>(word_); }

  void set_one(Slot slot) { word_ = (std::uint64_t{slot} << 1) | 1; }
  void set_many(std::unique_ptr<Many> many) { word_ = reinterpret_cast<std::uint64_t>(many.release()); }
  void reset() {
    if (!empty() && !is_one()) delete &many();
    word_ = 0;
  }

 private:
  std::uint64_t word_;
};

/// The rows of a key that has several.
///
/// They are brought into order when somebody reads them, not when they come: most large groups feed incremental
/// reducers, which ask for no order, and comparing rows means following them back to where they came from. A row that
/// goes is found by its number. Beyond kSmallMax rows that scan would cost more than comparisons, and the group is kept
/// in order always.
class GroupRows {
 public:
  std::size_t size() const { return large_ ? large_->size() : small_.size(); }

  template <class Before> void insert(Slot row, Before before) {
    if (large_) return large_->insert(row, before);
    small_.push_back(row);
    if (small_.size() > kSmallMax) become_large(before);
  }
  template <class Before> void erase(Slot row, Before before) {
    if (large_) {
      large_->erase(row, before);
      return;
    }
    const std::size_t at = index_of(row);
    if (at == small_.size()) return;
    if (at < sorted()) sorted_.store(sorted() - 1, std::memory_order_relaxed);
    small_.erase(small_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  template <class Visit, class Before> void for_each(Visit visit, Before before) {
    if (large_) return large_->for_each(visit);
    put_in_order(before);
    for (const Slot row : small_) visit(row);
  }
  /// The same in any order, without putting them in order.
  template <class Visit> void for_each_unordered(Visit visit) const {
    if (large_) return large_->for_each(visit);
    for (const Slot row : small_) visit(row);
  }
  /// Whether those that count as ordered are.
  template <class Before> bool in_order(Before before) const {
    const auto end = small_.begin() + static_cast<std::ptrdiff_t>(sorted_);
    bool ordered = sorted_ <= small_.size() && std::is_sorted(small_.begin(), end, before);
    if (large_) {
      Slot last = kNoSlot;
      large_->for_each([&](Slot row) {
        ordered = ordered && (last == kNoSlot || before(last, row));
        last = row;
      });
    }
    return ordered;
  }
  Slot any() const { return large_ ? large_->front() : small_.front(); }
  void prefetch_rows() const { prefetch_address(small_.data()); }

 private:
  static constexpr std::size_t kSmallMax = 2048;
  // So many are put in their places one by one; to merge more of them is worth the memory that it takes.
  static constexpr std::ptrdiff_t kFewNew = 4;

  /// Where the row is; size() if it is not there. Whole blocks are compared without a branch, so that the compiler
  /// makes vector instructions of them: four times as fast as std::find, which decides after each element.
  std::size_t index_of(Slot row) const {
    constexpr std::size_t kBlock = 32;
    std::size_t at = 0;
    for (; at + kBlock <= small_.size(); at += kBlock) {
      unsigned found = 0;
      for (std::size_t i = 0; i < kBlock; ++i) found |= static_cast<unsigned>(small_[at + i] == row);
      if (found != 0) break;
    }
    while (at < small_.size() && small_[at] != row) ++at;
    return at;
  }

  std::size_t sorted() const { return sorted_.load(std::memory_order_relaxed); }

  template <class Before> void put_in_order(Before before) {
    // Nodes that are updated side by side may both be the first to read the group.
    if (sorted_.load(std::memory_order_acquire) == small_.size()) return;
    const std::lock_guard lock(sorting_);
    if (sorted() == small_.size()) return;
    const auto middle = small_.begin() + static_cast<std::ptrdiff_t>(sorted());
    if (small_.end() - middle <= kFewNew) {
      for (auto next = middle; next != small_.end(); ++next) {
        std::rotate(std::upper_bound(small_.begin(), next, *next, before), next, next + 1);
      }
    } else {
      std::sort(middle, small_.end(), before);
      std::inplace_merge(small_.begin(), middle, small_.end(), before);
    }
    sorted_.store(small_.size(), std::memory_order_release);
  }
  template <class Before> void become_large(Before before) {
    large_ = std::make_unique<SortedBlocks<Slot>>();
    for (const Slot row : small_) large_->insert(row, before);
    small_ = {};
  }

  std::vector<Slot> small_;
  std::atomic<std::size_t> sorted_{0};  // so many at the front are in order
  SpinLock sorting_;
  std::unique_ptr<SortedBlocks<Slot>> large_;
};

/// The rows of one key, in the order that `before(a, b)` gives them.
class RowGroup {
 public:
  bool empty() const { return cell_.empty(); }
  std::size_t size() const { return cell_.empty() ? 0 : cell_.is_one() ? 1 : cell_.many().size(); }
  void reset() { cell_.reset(); }

  template <class Before> void insert(Slot row, Before before) {
    if (cell_.empty()) return cell_.set_one(row);
    if (cell_.is_one()) {
      auto many = std::make_unique<GroupRows>();
      many->insert(cell_.one(), before);
      cell_.set_many(std::move(many));
    }
    cell_.many().insert(row, before);
  }

  template <class Before> void erase(Slot row, Before before) {
    if (cell_.empty()) return;
    if (cell_.is_one()) {
      if (cell_.one() == row) cell_.reset();
      return;
    }
    cell_.many().erase(row, before);
    if (cell_.many().size() > 1) return;
    const Slot last = cell_.many().any();
    cell_.reset();
    cell_.set_one(last);
  }

  template <class Visit, class Before> void for_each(Visit visit, Before before) const {
    if (cell_.empty()) return;
    if (cell_.is_one()) return visit(cell_.one());
    cell_.many().for_each(visit, before);
  }

  template <class Visit> void for_each_unordered(Visit visit) const {
    if (cell_.empty()) return;
    if (cell_.is_one()) return visit(cell_.one());
    cell_.many().for_each_unordered(visit);
  }
  template <class Before> bool in_order(Before before) const {
    return cell_.empty() || cell_.is_one() || cell_.many().in_order(before);
  }
  /// Brings the rows near: step 1 what the cell leads to, then step 2 what that leads to.
  void prefetch(int step) const {
    if (cell_.empty() || cell_.is_one()) return;
    step == 1 ? prefetch_address(&cell_.many()) : cell_.many().prefetch_rows();
  }

 private:
  SlotCell<GroupRows> cell_;
};

/// Slots in the order in which they were added.
class SlotList {
 public:
  bool empty() const { return cell_.empty(); }
  std::size_t size() const { return cell_.empty() ? 0 : cell_.is_one() ? 1 : cell_.many().size(); }
  Slot operator[](std::size_t i) const { return cell_.is_one() ? cell_.one() : cell_.many()[i]; }
  void reset() { cell_.reset(); }

  void assign(const std::vector<Slot>& slots) {
    if (slots.size() <= 1) {
      cell_.reset();
      if (!slots.empty()) cell_.set_one(slots.front());
    } else if (cell_.empty() || cell_.is_one()) {
      cell_.set_many(std::make_unique<std::vector<Slot>>(slots));
    } else {
      cell_.many() = slots;
    }
  }
  void copy_to(std::vector<Slot>& slots) const {
    slots.clear();
    for (std::size_t i = 0; i < size(); ++i) slots.push_back((*this)[i]);
  }

 private:
  SlotCell<std::vector<Slot>> cell_;
};

}  // namespace freshet::detail
