// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "freshet/graph/detail/prefetch.hpp"
#include "freshet/graph/detail/zeroed_memory.hpp"

namespace freshet::detail {

/// The index of a row or key within its node's arrays; dense, reused after it was freed.
using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = ~Slot{0};

/// Zeroed storage for cells of `T`, indexed by slot, that grows without ever moving a cell.
///
/// Segment n holds 8 << n cells, so that the address of a cell costs one shift and one load, small nodes stay small and
/// a large one is loaded without a peak. Pages of a large segment that were never touched are never resident.
///
/// It is storage only: cells begin as zero bytes, and nobody runs constructors or destructors here.
template <class T> class Segments {
 public:
  Segments() = default;
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;
  ~Segments() {
    for (std::size_t i = 0; i < segments_.size(); ++i) free_segment(i);
  }

  /// The cell of `slot`. Requires: reserve(slot) was called before.
  T& operator[](Slot slot) const {
    const Place at = place(slot);
    return segments_[at.segment][at.offset];
  }

  /// Makes the cell of `slot` usable. Errors: throws std::bad_alloc, with nothing changed.
  void reserve(Slot slot) {
    const Place at = place(slot);
    if (segments_[at.segment] == nullptr) allocate(at.segment);
  }

  /// Whether the cell of `slot` may be used.
  bool reserved(Slot slot) const { return segments_[place(slot).segment] != nullptr; }

  /// Gives back the memory of the segments that begin behind `slot`. Requires: no cell there is in use.
  void release_from(Slot slot) {
    for (std::size_t i = place(slot).segment + 1; i < segments_.size(); ++i) {
      free_segment(i);
    }
  }

  /// Brings the cell near, for an access that follows. The slot need not be reserved.
  void prefetch(Slot slot) const {
    const Place at = place(slot);
    prefetch_address(segments_[at.segment] + at.offset);
  }

  std::size_t bytes() const {
    std::size_t cells = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) cells += segments_[i] ? kFirst << i : 0;
    return cells * sizeof(T);
  }

 private:
  static constexpr std::uint64_t kFirst = 8;
  static_assert(alignof(T) <= alignof(std::max_align_t), "Freshet: over-aligned rows are not supported");

  struct Place {
    std::size_t segment;
    std::size_t offset;
  };
  static Place place(Slot slot) {
    const std::uint64_t shifted = std::uint64_t{slot} + kFirst;
    const auto segment = static_cast<std::size_t>(std::bit_width(shifted)) - std::bit_width(kFirst);
    return {segment, shifted - (kFirst << segment)};
  }

  static std::size_t segment_bytes(std::size_t segment) { return (kFirst << segment) * sizeof(T); }
  void free_segment(std::size_t segment) {
    free_zeroed(std::exchange(segments_[segment], nullptr), segment_bytes(segment));
  }
  [[gnu::noinline]] void allocate(std::size_t segment) {
    segments_[segment] = static_cast<T*>(allocate_zeroed(segment_bytes(segment)));
  }

  std::array<T*, 30> segments_{};
};

/// One bit per slot, all clear at first; reading a slot that was never set gives false.
class SlotBits {
 public:
  bool test(Slot slot) const {
    const std::size_t word = slot >> 6;
    return word < words_.size() && ((words_[word] >> (slot & 63)) & 1) != 0;
  }
  /// Brings the bit near, for an access that follows.
  void prefetch(Slot slot) const { prefetch_address(words_.data() + (slot >> 6)); }
  void set(Slot slot) { word_of(slot) |= bit(slot); }
  void clear(Slot slot) {
    if (const std::size_t word = slot >> 6; word < words_.size()) words_[word] &= ~bit(slot);
  }
  /// Sets the bit; whether it was clear before.
  bool claim(Slot slot) {
    std::uint64_t& word = word_of(slot);
    if ((word & bit(slot)) != 0) return false;
    word |= bit(slot);
    return true;
  }

  /// Calls `visit(slot)` for each set bit below `end`, in order. `visit` may not set bits.
  template <class Visit> void for_each(Slot end, Visit visit) const {
    for (std::size_t word = 0; word < words_.size() && word * 64 < end; ++word) {
      for (std::uint64_t left = words_[word]; left != 0; left &= left - 1) {
        visit(static_cast<Slot>(word * 64 + static_cast<std::size_t>(std::countr_zero(left))));
      }
    }
  }

  /// How many bits are set. Cost: O(slots / 64).
  std::size_t count() const {
    std::size_t sum = 0;
    for (const std::uint64_t word : words_) sum += static_cast<std::size_t>(std::popcount(word));
    return sum;
  }
  std::size_t bytes() const { return words_.capacity() * sizeof(std::uint64_t); }

 private:
  static std::uint64_t bit(Slot slot) { return std::uint64_t{1} << (slot & 63); }
  std::uint64_t& word_of(Slot slot) {
    const std::size_t word = slot >> 6;
    if (word >= words_.size()) grow(word);
    return words_[word];
  }
  [[gnu::noinline]] void grow(std::size_t word) { words_.resize(word + 1); }

  std::vector<std::uint64_t> words_;
};

}  // namespace freshet::detail
