// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <tuple>
#include <vector>

#include "freshet/base/clock.hpp"
#include "freshet/graph/detail/segments.hpp"

namespace freshet::detail {

/// Rows by time, in blocks, so that a row in the middle of a long line costs as little as one at its end.
///
/// Invariants: no block is empty; none is longer than kBlockMax; entries ascend by (time, row), each once.
class Timeline {
 public:
  struct Entry {
    Timestamp at;
    Slot row;
    auto operator<=>(const Entry&) const = default;
  };
  /// A place in the line; until the next insert or erase.
  struct Place {
    std::size_t block;
    std::size_t index;
  };

  bool empty() const { return blocks_.empty(); }

  /// The first entry that is not before `entry`.
  Place lower_bound(const Entry& entry) const {
    const auto block = std::lower_bound(blocks_.begin(), blocks_.end(), entry,
                                        [](const Block& b, const Entry& e) { return b.back() < e; });
    if (block == blocks_.end()) return {blocks_.size(), 0};
    const auto at = std::lower_bound(block->begin(), block->end(), entry);
    return {static_cast<std::size_t>(block - blocks_.begin()), static_cast<std::size_t>(at - block->begin())};
  }
  /// Null at the end.
  const Entry* entry(Place place) const {
    return place.block < blocks_.size() ? &blocks_[place.block][place.index] : nullptr;
  }
  Place next(Place place) const {
    return place.index + 1 < blocks_[place.block].size() ? Place{place.block, place.index + 1}
                                                         : Place{place.block + 1, 0};
  }
  /// The entry before `place`; null at the beginning.
  const Entry* before(Place place) const {
    if (place.index > 0) return &blocks_[place.block][place.index - 1];
    return place.block > 0 ? &blocks_[place.block - 1].back() : nullptr;
  }

  /// Errors: throws std::bad_alloc, with the same entries as before.
  void insert(const Entry& entry) {
    if (blocks_.empty() || (blocks_.back().size() >= kBlockMax && blocks_.back().back() < entry)) {
      Block fresh{entry};
      blocks_.push_back(std::move(fresh));
      return;
    }
    Place place = lower_bound(entry);
    if (place.block == blocks_.size()) place = {blocks_.size() - 1, blocks_.back().size()};
    if (blocks_[place.block].size() >= kBlockMax) {
      split(place.block);
      place = lower_bound(entry);
    }
    Block& block = blocks_[place.block];
    block.insert(block.begin() + static_cast<std::ptrdiff_t>(place.index), entry);
  }
  /// Requires: the entry is there.
  void erase(const Entry& entry) {
    const Place place = lower_bound(entry);
    Block& block = blocks_[place.block];
    block.erase(block.begin() + static_cast<std::ptrdiff_t>(place.index));
    if (block.empty()) blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(place.block));
  }

  std::size_t bytes() const {
    std::size_t sum = blocks_.capacity() * sizeof(Block);
    for (const Block& block : blocks_) sum += block.capacity() * sizeof(Entry);
    return sum;
  }

 private:
  using Block = std::vector<Entry>;
  static constexpr std::size_t kBlockMax = 256;

  void split(std::size_t index) {
    const auto middle = blocks_[index].begin() + kBlockMax / 2;
    Block upper(middle, blocks_[index].end());
    blocks_.insert(blocks_.begin() + static_cast<std::ptrdiff_t>(index) + 1, std::move(upper));
    blocks_[index].resize(kBlockMax / 2);
  }

  std::vector<Block> blocks_;
};

}  // namespace freshet::detail
