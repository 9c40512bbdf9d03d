// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "freshet/net/block.hpp"

namespace freshet::net {

/// Blocks that wait, of the first of which a part may be gone already.
class BlockQueue {
 public:
  std::size_t bytes() const { return bytes_; }
  bool empty() const { return bytes_ == 0; }

  void push(Block block) {
    bytes_ += block->size();
    if (!block->empty()) blocks_.push_back(std::move(block));
  }

  /// Takes `count` bytes off the front: `use(block, offset, size)` for each part. Requires: there are as many.
  template <class Fn> void take(std::size_t count, Fn use) {
    bytes_ -= count;
    while (count > 0) {
      const Block& first = blocks_[front_];
      const std::size_t size = std::min(count, first->size() - offset_);
      use(first, offset_, size);
      offset_ += size;
      count -= size;
      if (offset_ == first->size()) pop_front();
    }
  }

  /// Discards all but a block of which part is gone; returns how many bytes.
  std::size_t drop() {
    const std::size_t kept = offset_ > 0 ? blocks_[front_]->size() - offset_ : 0;
    blocks_.resize(kept > 0 ? front_ + 1 : front_);
    return std::exchange(bytes_, kept) - kept;
  }

  void clear() {
    blocks_ = {};
    front_ = 0;
    offset_ = 0;
    bytes_ = 0;
  }

 private:
  // A queue that grew beyond it gives its memory back when it is empty.
  static constexpr std::size_t kSlotsKept = 8;
  static constexpr std::size_t kCompactAt = 64;

  void pop_front() {
    blocks_[front_++].reset();
    offset_ = 0;
    if (front_ == blocks_.size()) {
      front_ = 0;
      blocks_.clear();
      if (blocks_.capacity() > kSlotsKept) blocks_ = {};
    } else if (front_ >= kCompactAt && front_ * 2 >= blocks_.size()) {
      blocks_.erase(blocks_.begin(), blocks_.begin() + static_cast<std::ptrdiff_t>(std::exchange(front_, 0)));
    }
  }

  std::vector<Block> blocks_;
  std::size_t front_ = 0;
  std::size_t offset_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace freshet::net
