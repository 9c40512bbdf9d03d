// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace freshet::bench {

/// The ordered multiset of the hand-written loops, largest first: sorted blocks of a few cache lines. In small bags it
/// is one sorted vector, in large ones insertion and erasure cost O(log n) and the moving of half a block.
template <class T> class SortedBag {
 public:
  bool empty() const { return blocks_.empty(); }
  std::size_t size() const { return size_; }
  const T& largest() const { return blocks_.front().front(); }
  const T& smallest() const { return blocks_.back().back(); }

  void insert(const T& value) {
    ++size_;
    if (blocks_.empty()) return void(blocks_.emplace_back(1, value));
    Block& block = blocks_[block_for(value)];
    block.insert(std::upper_bound(block.begin(), block.end(), value, std::greater<>()), value);
    if (block.size() > kBlockMax) split(block);
  }
  /// Requires: it is there.
  void erase(const T& value) {
    --size_;
    const std::size_t at = block_for(value);
    Block& block = blocks_[at];
    block.erase(std::lower_bound(block.begin(), block.end(), value, std::greater<>()));
    if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(at));
  }
  /// The value at `rank`, counted from the largest; null when there are fewer. Cost: for small ranks.
  const T* at(std::size_t rank) const {
    for (const Block& block : blocks_) {
      if (rank < block.size()) return &block[rank];
      rank -= block.size();
    }
    return nullptr;
  }

 private:
  using Block = std::vector<T>;
  static constexpr std::size_t kBlockMax = 256;

  /// The first block whose smallest value is not above `value`; the last one if there is none.
  std::size_t block_for(const T& value) const {
    const auto at = std::lower_bound(blocks_.begin(), blocks_.end(), value,
                                     [](const Block& block, const T& wanted) { return block.back() > wanted; });
    return at == blocks_.end() ? blocks_.size() - 1 : static_cast<std::size_t>(at - blocks_.begin());
  }
  void split(Block& block) {
    const auto at = (&block - blocks_.data()) + 1;
    Block upper(block.begin() + kBlockMax / 2, block.end());
    block.resize(kBlockMax / 2);
    blocks_.insert(blocks_.begin() + at, std::move(upper));
  }

  std::vector<Block> blocks_;
  std::size_t size_ = 0;
};

}  // namespace freshet::bench
