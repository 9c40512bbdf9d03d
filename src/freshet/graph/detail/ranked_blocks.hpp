// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace freshet::detail {

/// How many of the sorted `items` come first that `pred` holds for. The halving has no branch that could be guessed
/// wrong.
template <class T, class Pred> std::size_t count_front(const T* items, std::size_t count, Pred pred) {
  if (count == 0) return 0;
  const T* base = items;
  while (count > 1) {
    const std::size_t half = count / 2;
    base += pred(base[half - 1]) ? half : 0;
    count -= half;
  }
  return static_cast<std::size_t>(base - items) + (pred(*base) ? 1 : 0);
}

/// A sorted sequence without equals, in which the n-th element is found as fast as a given one.
///
/// Elements are in blocks, blocks in chapters. The first element of each block is kept beside the others of its
/// chapter, so that a search touches one block only; the sizes of chapters lead from a rank to its block. Of ten
/// million elements there are some six hundred chapters: finding, inserting and ranking cost about a microsecond.
/// `less` is given to each call because it often needs to look at the owner.
///
/// Invariants: 1. no block and no chapter is empty or longer than its maximum; 2. elements ascend; 3. fronts, sizes and
/// size() say what the blocks hold.
template <class T> class RankedBlocks {
 public:
  /// Where an element is; valid until the next change.
  struct Place {
    std::size_t chapter = 0;
    std::size_t block = 0;
    std::size_t index = 0;
  };

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  /// Inserts `value`; where it is. Requires: nothing equivalent is there.
  template <class Less> Place insert(T value, Less less) {
    if (chapters_.empty()) add_chapter(0, std::make_unique<Chapter>(), 0);
    Place at = last_not_above(value, less);
    Chapter& chapter = *chapters_[at.chapter];
    if (chapter.blocks.empty()) {
      chapter.blocks.push_back(take_block());
      chapter.fronts.push_back(value);
    }
    if (chapter.blocks[at.block].size() == kBlockMax) {
      split_block(at);
      return insert(std::move(value), less);
    }
    std::vector<T>& block = chapter.blocks[at.block];
    at.index = count_front(block.data(), block.size(), [&](const T& each) { return less(each, value); });
    if (at.index == 0) chapter.fronts[at.block] = value;
    block.insert(block.begin() + static_cast<std::ptrdiff_t>(at.index), std::move(value));
    ++sizes_[at.chapter];
    ++size_;
    return at;
  }

  /// Erases the element equivalent to `value`; where it was (its successor is there now, if the block has one), or
  /// nothing if there is none.
  template <class Less> std::optional<Place> erase(const T& value, Less less) {
    const Place at = lower_bound(value, less);
    if (!valid(at) || less(value, (*this)[at])) return std::nullopt;
    return erase_at(at);
  }

  bool valid(Place at) const { return at.chapter < chapters_.size(); }
  const T& operator[](Place at) const { return chapters_[at.chapter]->blocks[at.block][at.index]; }
  /// The element after it. Requires: valid(at).
  Place next(Place at) const {
    const Chapter& chapter = *chapters_[at.chapter];
    if (++at.index < chapter.blocks[at.block].size()) return at;
    if (++at.block < chapter.blocks.size()) return {at.chapter, at.block, 0};
    return {at.chapter + 1, 0, 0};
  }

  /// The element that `rank` others come before; not valid if there is none.
  Place find_rank(std::size_t rank) const {
    if (rank >= size_) return {chapters_.size(), 0, 0};
    std::size_t chapter = 0;
    for (; rank >= sizes_[chapter]; ++chapter) rank -= sizes_[chapter];
    const auto& blocks = chapters_[chapter]->blocks;
    std::size_t block = 0;
    for (; rank >= blocks[block].size(); ++block) rank -= blocks[block].size();
    return {chapter, block, rank};
  }
  /// How many elements come before it; at least `most` if there are that many. Requires: `at` is within a block, or
  /// just behind its end.
  std::size_t rank_of(Place at, std::size_t most = ~std::size_t{0}) const {
    std::size_t rank = at.index;
    for (std::size_t i = 0; i < at.chapter && rank < most; ++i) rank += sizes_[i];
    for (std::size_t i = 0; i < at.block && rank < most; ++i) rank += chapters_[at.chapter]->blocks[i].size();
    return rank;
  }

  /// The first element that does not come before `value`, and the first that comes after it; not valid if there is
  /// none.
  template <class Less> Place lower_bound(const T& value, Less less) const {
    return first_beyond([&](const T& each) { return less(each, value); });
  }
  template <class Less> Place upper_bound(const T& value, Less less) const {
    return first_beyond([&](const T& each) { return !less(value, each); });
  }

  template <class Visit> void for_each(Visit visit) const {
    for (const auto& chapter : chapters_) {
      for (const auto& block : chapter->blocks) {
        for (const T& value : block) visit(value);
      }
    }
  }

  /// Becomes these elements. Requires: they ascend.
  void assign(std::vector<T> sorted) {
    *this = RankedBlocks();
    constexpr std::size_t kFill = kBlockMax * 3 / 4;
    constexpr std::size_t kChapterFill = kChapterMax * 3 / 4;
    for (std::size_t begin = 0; begin < sorted.size(); begin += kFill) {
      if (chapters_.empty() || chapters_.back()->blocks.size() == kChapterFill) {
        add_chapter(chapters_.size(), std::make_unique<Chapter>(), 0);
      }
      Chapter& chapter = *chapters_.back();
      const auto from = sorted.begin() + static_cast<std::ptrdiff_t>(begin);
      const std::size_t count = std::min(kFill, sorted.size() - begin);
      chapter.fronts.push_back(*from);
      chapter.blocks.emplace_back(std::make_move_iterator(from),
                                  std::make_move_iterator(from + static_cast<std::ptrdiff_t>(count)));
      sizes_.back() += static_cast<std::uint32_t>(count);
    }
    size_ = sorted.size();
  }

  std::size_t bytes() const {
    std::size_t sum = 0;
    for (const auto& chapter : chapters_) {
      sum += sizeof(Chapter) + chapter->fronts.capacity() * sizeof(T);
      sum += chapter->blocks.capacity() * sizeof(std::vector<T>);
      for (const auto& block : chapter->blocks) sum += block.capacity() * sizeof(T);
    }
    return sum;
  }

  /// What is wrong, in a sentence; nothing if all is well. Cost: O(size).
  template <class Less> std::optional<std::string> invariant(Less less) const {
    std::size_t count = 0;
    const T* last = nullptr;
    for (std::size_t c = 0; c < chapters_.size(); ++c) {
      const Chapter& chapter = *chapters_[c];
      if (chapter.blocks.empty() || chapter.blocks.size() > kChapterMax) return "has a chapter of a wrong size";
      if (chapter.fronts.size() != chapter.blocks.size()) return "has not one front for each block";
      std::size_t in_chapter = 0;
      for (std::size_t b = 0; b < chapter.blocks.size(); ++b) {
        const auto& block = chapter.blocks[b];
        if (block.empty() || block.size() > kBlockMax) return "has a block of a wrong size";
        if (less(block.front(), chapter.fronts[b]) || less(chapter.fronts[b], block.front()))
          return "has a wrong front";
        for (const T& value : block) {
          if (last != nullptr && !less(*last, value)) return "is out of order";
          last = &value;
        }
        in_chapter += block.size();
      }
      if (in_chapter != sizes_[c]) return "miscounts a chapter";
      count += in_chapter;
    }
    if (count != size_) return "miscounts its elements";
    return std::nullopt;
  }

 private:
  static constexpr std::size_t kBlockMax = 128;
  static constexpr std::size_t kChapterMax = 256;

  struct Chapter {
    std::vector<T> fronts;  // of the blocks
    std::vector<std::vector<T>> blocks;
  };

  /// The last block whose front does not come after `value`, else the first.
  template <class Less> Place last_not_above(const T& value, Less less) const {
    return last_block_where([&](const T& front) { return !less(value, front); });
  }
  template <class Pred> Place last_block_where(Pred pred) const {
    std::size_t chapter = 0;
    if (chapters_.size() > 1) {
      chapter = count_front(chapters_.data(), chapters_.size(), [&](const auto& c) { return pred(c->fronts.front()); });
      if (chapter > 0) --chapter;
    }
    const auto& fronts = chapters_[chapter]->fronts;
    std::size_t block = count_front(fronts.data(), fronts.size(), pred);
    if (block > 0) --block;
    return {chapter, block, 0};
  }
  /// The first element that `pred`, which holds for a front part of the sequence, does not hold for.
  template <class Pred> Place first_beyond(Pred pred) const {
    if (empty()) return {};
    Place at = last_block_where(pred);
    const auto& block = chapters_[at.chapter]->blocks[at.block];
    at.index = count_front(block.data(), block.size(), pred);
    return at.index < block.size() ? at : next({at.chapter, at.block, at.index - 1});
  }

  std::vector<T> take_block() {
    std::vector<T> block = std::move(spare_);
    spare_.clear();
    return block;
  }
  void add_chapter(std::size_t index, std::unique_ptr<Chapter> chapter, std::size_t size) {
    sizes_.insert(sizes_.begin() + static_cast<std::ptrdiff_t>(index), static_cast<std::uint32_t>(size));
    chapters_.insert(chapters_.begin() + static_cast<std::ptrdiff_t>(index), std::move(chapter));
  }

  void split_block(Place at) {
    if (chapters_[at.chapter]->blocks.size() == kChapterMax) at = split_chapter(at);
    Chapter& chapter = *chapters_[at.chapter];
    std::vector<T> upper = take_block();
    upper.reserve(kBlockMax);
    std::vector<T>& full = chapter.blocks[at.block];
    const auto middle = full.begin() + static_cast<std::ptrdiff_t>(full.size() / 2);
    upper.assign(std::make_move_iterator(middle), std::make_move_iterator(full.end()));
    full.erase(middle, full.end());
    const auto behind = static_cast<std::ptrdiff_t>(at.block) + 1;
    chapter.fronts.insert(chapter.fronts.begin() + behind, upper.front());
    chapter.blocks.insert(chapter.blocks.begin() + behind, std::move(upper));
  }
  Place split_chapter(Place at) {
    auto upper = std::make_unique<Chapter>();
    Chapter& full = *chapters_[at.chapter];
    const std::size_t middle = full.blocks.size() / 2;
    move_blocks(full, middle, *upper);
    std::size_t moved = 0;
    for (const auto& block : upper->blocks) moved += block.size();
    sizes_[at.chapter] -= static_cast<std::uint32_t>(moved);
    add_chapter(at.chapter + 1, std::move(upper), moved);
    if (at.block >= middle) return {at.chapter + 1, at.block - middle, at.index};
    return at;
  }
  /// Moves the blocks from `first` on to the end of another chapter.
  static void move_blocks(Chapter& from, std::size_t first, Chapter& to) {
    const auto at = static_cast<std::ptrdiff_t>(first);
    std::move(from.fronts.begin() + at, from.fronts.end(), std::back_inserter(to.fronts));
    std::move(from.blocks.begin() + at, from.blocks.end(), std::back_inserter(to.blocks));
    from.fronts.erase(from.fronts.begin() + at, from.fronts.end());
    from.blocks.erase(from.blocks.begin() + at, from.blocks.end());
  }

  /// Where the element was, or would be now.
  Place erase_at(Place at) {
    Chapter& chapter = *chapters_[at.chapter];
    std::vector<T>& block = chapter.blocks[at.block];
    block.erase(block.begin() + static_cast<std::ptrdiff_t>(at.index));
    --sizes_[at.chapter];
    --size_;
    if (block.empty()) {
      remove_block(chapter, at.block);
    } else {
      if (at.index == 0) chapter.fronts[at.block] = block.front();
      at = join_blocks_around(chapter, at);
    }
    if (chapter.blocks.empty()) {
      remove_chapter(at.chapter);
      return at;
    }
    return join_chapters_around(at);
  }
  // Neighbours that have become small are made one, so that what is left of many elements takes little room.
  Place join_blocks_around(Chapter& chapter, Place at) {
    if (at.block + 1 < chapter.blocks.size()) join_block(chapter, at.block);
    if (at.block == 0) return at;
    const std::size_t before = chapter.blocks[at.block - 1].size();
    return join_block(chapter, at.block - 1) ? Place{at.chapter, at.block - 1, before + at.index} : at;
  }
  Place join_chapters_around(Place at) {
    if (at.chapter + 1 < chapters_.size()) join_chapter(at.chapter);
    if (at.chapter == 0) return at;
    const std::size_t before = chapters_[at.chapter - 1]->blocks.size();
    return join_chapter(at.chapter - 1) ? Place{at.chapter - 1, before + at.block, at.index} : at;
  }
  /// Whether it took in the block behind it.
  bool join_block(Chapter& chapter, std::size_t index) {
    std::vector<T>& block = chapter.blocks[index];
    std::vector<T>& after = chapter.blocks[index + 1];
    if (block.size() + after.size() > kBlockMax / 2) return false;
    std::move(after.begin(), after.end(), std::back_inserter(block));
    remove_block(chapter, index + 1);
    return true;
  }
  bool join_chapter(std::size_t index) {
    if (chapters_[index]->blocks.size() + chapters_[index + 1]->blocks.size() > kChapterMax / 2) return false;
    move_blocks(*chapters_[index + 1], 0, *chapters_[index]);
    sizes_[index] += sizes_[index + 1];
    remove_chapter(index + 1);
    return true;
  }
  void remove_block(Chapter& chapter, std::size_t block) {
    const auto index = static_cast<std::ptrdiff_t>(block);
    spare_ = std::move(chapter.blocks[block]);
    spare_.clear();
    chapter.blocks.erase(chapter.blocks.begin() + index);
    chapter.fronts.erase(chapter.fronts.begin() + index);
  }
  void remove_chapter(std::size_t index) {
    chapters_.erase(chapters_.begin() + static_cast<std::ptrdiff_t>(index));
    sizes_.erase(sizes_.begin() + static_cast<std::ptrdiff_t>(index));
  }

  std::vector<std::unique_ptr<Chapter>> chapters_;
  std::vector<std::uint32_t> sizes_;  // of the chapters, in elements
  std::size_t size_ = 0;
  std::vector<T> spare_;  // the memory of a block that went, for the next that comes
};

}  // namespace freshet::detail
