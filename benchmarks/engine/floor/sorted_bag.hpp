// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <utility>
#include <vector>

namespace freshet::bench {

/// The ordered multiset of the hand-written loops, largest first: sorted blocks of a few cache lines, the first of
/// which is at hand. In small bags it is one sorted vector, in large ones insertion and erasure cost O(log n) and the
/// moving of half a block.
template <class T> class SortedBag {
 public:
  bool empty() const { return size_ == 0; }
  std::size_t size() const { return size_; }
  const T& largest() const { return first_.front(); }
  const T& smallest() const { return rest_.empty() ? first_.back() : rest_.back().back(); }
  void prefetch() const { __builtin_prefetch(first_.data(), 1); }

  void insert(const T& value) {
    ++size_;
    Block& block = block_for(value);
    block.insert(std::upper_bound(block.begin(), block.end(), value, std::greater<>()), value);
    if (block.size() > kBlockMax) split(block);
  }
  /// Requires: it is there.
  void erase(const T& value) {
    --size_;
    Block& block = block_for(value);
    block.erase(std::lower_bound(block.begin(), block.end(), value, std::greater<>()));
    if (!block.empty() || rest_.empty()) return;
    if (&block == &first_) first_ = std::move(rest_.front());
    rest_.erase(rest_.begin() + (&block == &first_ ? 0 : &block - rest_.data()));
  }
  /// The value at `rank`, counted from the largest; null when there are fewer. Cost: for small ranks.
  const T* at(std::size_t rank) const {
    if (rank < first_.size()) return &first_[rank];
    rank -= first_.size();
    for (const Block& block : rest_) {
      if (rank < block.size()) return &block[rank];
      rank -= block.size();
    }
    return nullptr;
  }

 private:
  using Block = std::vector<T>;
  static constexpr std::size_t kBlockMax = 256;

  /// The first block whose smallest value is not above `value`; the last one if there is none.
  Block& block_for(const T& value) {
    if (rest_.empty() || first_.back() <= value) return first_;
    const auto at = std::lower_bound(rest_.begin(), rest_.end(), value,
                                     [](const Block& block, const T& wanted) { return block.back() > wanted; });
    return at == rest_.end() ? rest_.back() : *at;
  }
  void split(Block& block) {
    const auto at = &block == &first_ ? 0 : &block - rest_.data() + 1;
    Block upper(block.begin() + kBlockMax / 2, block.end());
    block.resize(kBlockMax / 2);
    rest_.insert(rest_.begin() + at, std::move(upper));
  }

  Block first_;
  std::vector<Block> rest_;
  std::size_t size_ = 0;
};

}  // namespace freshet::bench
