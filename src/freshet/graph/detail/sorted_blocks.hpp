// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace freshet::detail {

/// A sorted sequence in blocks: inserting and erasing cost O(log n) comparisons and move at most one block.
///
/// A plain sorted vector would move half of a million rows for each change of a large group, and a node-based tree
/// would cost an allocation per row. `less` is given to each call because it often needs to look at the owner.
///
/// Invariants: no block is empty; no block is longer than kBlockMax; elements ascend within and across blocks.
template <class T> class SortedBlocks {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const T& front() const { return blocks_.front().front(); }
  const T& back() const { return blocks_.back().back(); }

  /// Inserts `value` behind its equals.
  template <class Less> void insert(T value, Less less) {
    ++size_;
    if (blocks_.empty()) {
      blocks_.emplace_back().push_back(std::move(value));
      return;
    }
    auto block = block_after(value, less);
    if (block != blocks_.begin()) --block;
    block->insert(std::upper_bound(block->begin(), block->end(), value, less), std::move(value));
    if (block->size() > kBlockMax) split(static_cast<std::size_t>(block - blocks_.begin()));
  }

  /// Erases one element equivalent to `value`; false if there is none.
  template <class Less> bool erase(const T& value, Less less) {
    auto block = std::lower_bound(blocks_.begin(), blocks_.end(), value,
                                  [&](const std::vector<T>& b, const T& v) { return less(b.back(), v); });
    if (block == blocks_.end()) return false;
    auto at = std::lower_bound(block->begin(), block->end(), value, less);
    if (at == block->end() || less(value, *at)) return false;
    block->erase(at);
    --size_;
    if (block->empty()) blocks_.erase(block);
    return true;
  }

  template <class Visit> void for_each(Visit visit) const {
    for (const auto& block : blocks_) {
      for (const T& value : block) visit(value);
    }
  }

 private:
  static constexpr std::size_t kBlockMax = 256;

  template <class Less> auto block_after(const T& value, Less less) {
    return std::upper_bound(blocks_.begin(), blocks_.end(), value,
                            [&](const T& v, const std::vector<T>& b) { return less(v, b.front()); });
  }

  void split(std::size_t index) {
    std::vector<T>& full = blocks_[index];
    const auto middle = full.begin() + static_cast<std::ptrdiff_t>(full.size() / 2);
    std::vector<T> upper(std::make_move_iterator(middle), std::make_move_iterator(full.end()));
    full.erase(middle, full.end());
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
  }

  std::vector<std::vector<T>> blocks_;
  std::size_t size_ = 0;
};

}  // namespace freshet::detail
