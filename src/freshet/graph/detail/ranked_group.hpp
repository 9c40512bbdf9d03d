// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "freshet/graph/detail/ranked_blocks.hpp"
#include "freshet/graph/detail/segments.hpp"

namespace freshet::detail {

/// A row and what it is ranked by.
template <class Code> struct RankedRow {
  Code code;
  Slot row;
};

/// The rows of one key in the order of their ranks: a plain sorted list while they are few, blocks when they are many.
///
/// `less(a, b)` orders RankedRows and never calls two of them equal.
template <class Code> class RankedGroup {
 public:
  using Row = RankedRow<Code>;
  static constexpr std::size_t kNotThere = ~std::size_t{0};

  std::size_t size() const { return large_ ? large_->size() : small_.size(); }
  bool is_large() const { return large_ != nullptr; }

  /// Inserts the row; how many rows come before it (if more than `most`, then perhaps less, but not below `most`).
  template <class Less> std::size_t insert(Row row, std::size_t most, Less less) {
    if (large_) return large_->rank_of(large_->insert(std::move(row), less), most);
    // Half as much again, not twice as much: most groups stay small, and what they reserve is most of what they take.
    if (small_.size() == small_.capacity()) small_.reserve(small_.size() + std::max<std::size_t>(2, small_.size() / 2));
    const std::size_t rank =
        count_front(small_.data(), small_.size(), [&](const Row& each) { return less(each, row); });
    small_.insert(small_.begin() + static_cast<std::ptrdiff_t>(rank), std::move(row));
    return rank;
  }
  /// Erases the row; how many came before it, as above, or kNotThere.
  template <class Less> std::size_t erase(const Row& row, std::size_t most, Less less) {
    if (large_) {
      const auto at = large_->erase(row, less);
      return at ? large_->rank_of(*at, most) : kNotThere;
    }
    std::size_t rank = 0;
    while (rank < small_.size() && small_[rank].row != row.row) ++rank;
    if (rank == small_.size()) return kNotThere;
    small_.erase(small_.begin() + static_cast<std::ptrdiff_t>(rank));
    return rank;
  }

  /// The row that `rank` others come before. Requires: there are that many.
  const Row& at(std::size_t rank) const { return large_ ? (*large_)[large_->find_rank(rank)] : small_[rank]; }
  /// A row for which `is_it(row)` holds. Requires: the group is small. Cost: O(rows).
  template <class IsIt> const Row* find_small(IsIt is_it) const {
    const auto at = std::find_if(small_.begin(), small_.end(), [&](const Row& each) { return is_it(each.row); });
    return at == small_.end() ? nullptr : &*at;
  }
  /// Calls `visit(row)` for the first `most` rows, in order.
  template <class Visit> void for_first(std::size_t most, Visit visit) const {
    if (large_) {
      auto at = large_->find_rank(0);
      for (std::size_t i = 0; i < most && large_->valid(at); ++i, at = large_->next(at)) visit((*large_)[at]);
    } else {
      for (std::size_t i = 0; i < most && i < small_.size(); ++i) visit(small_[i]);
    }
  }

  /// Whether it should become large, or small again; between the two is room, so that it does not go to and fro.
  bool wants_blocks() const { return !large_ && small_.size() > kSmallMax; }
  bool wants_list() const { return large_ && large_->size() < kSmallMax / 2; }
  void become_large() {
    auto blocks = std::make_unique<RankedBlocks<Row>>();
    blocks->assign(std::move(small_));
    large_ = std::move(blocks);
    small_ = {};
  }
  void become_small() {
    small_.reserve(large_->size());
    large_->for_each([&](const Row& row) { small_.push_back(row); });
    large_.reset();
  }

  void prefetch() const {
    if (!small_.empty()) {
      const auto* from = reinterpret_cast<const char*>(small_.data());
      for (std::size_t at = 0; at < small_.size() * sizeof(Row); at += 64) prefetch_address(from + at);
    } else if (large_) {
      prefetch_address(large_.get());
    }
  }

  /// On the heap.
  std::size_t bytes() const {
    return small_.capacity() * sizeof(Row) + (large_ ? sizeof(*large_) + large_->bytes() : 0);
  }
  template <class Less> std::optional<std::string> invariant(Less less) const {
    if (large_) return large_->invariant(less);
    const auto unsorted = [&](const Row& a, const Row& b) { return !less(a, b); };
    if (std::adjacent_find(small_.begin(), small_.end(), unsorted) != small_.end()) return "is out of order";
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kSmallMax = 64;

  std::vector<Row> small_;  // unless large
  std::unique_ptr<RankedBlocks<Row>> large_;
};

}  // namespace freshet::detail
