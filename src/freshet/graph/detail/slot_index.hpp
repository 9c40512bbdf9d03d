// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "freshet/graph/detail/segments.hpp"
#include "freshet/graph/detail/zeroed_memory.hpp"

namespace freshet::detail {

/// Finds slots by the hash of their keys: a hash table that holds no keys.
///
/// An entry is 32 bits of hash and a slot; whether the key is the right one is for the caller to say. So an entry costs
/// eight bytes whatever the key, growing moves entries without looking at keys, and a batch of lookups can be
/// prefetched, which is what makes it worth having its own table: with the keys of a million rows, a lookup is a chain
/// of cache misses, and those of a batch overlap (docs/benchmarks.md).
///
/// Open addressing with linear probing; erasing shifts the following entries back, so there are no tombstones.
/// Invariant: at most 3/4 of the buckets are used, so every probe ends.
class SlotIndex {
 public:
  std::size_t size() const { return size_; }
  std::size_t bytes() const { return capacity() * sizeof(Entry); }

  /// Brings the bucket of `hash` near, for a lookup that follows.
  void prefetch(std::size_t hash) const {
    if (entries_) prefetch_address(&entries_[tag(hash) & mask_]);
  }
  /// The first slot whose hash looks right; almost always the one to be found. For prefetching what it leads to.
  Slot candidate(std::size_t hash) const {
    return find(hash, [](Slot) { return true; });
  }

  /// The slot with this hash for which `is_it(slot)` holds, or kNoSlot.
  template <class IsIt> Slot find(std::size_t hash, IsIt is_it) const {
    if (!entries_) return kNoSlot;
    const std::uint32_t wanted = tag(hash);
    for (std::uint32_t at = wanted & mask_; entries_[at].used(); at = (at + 1) & mask_) {
      if (entries_[at].tag == wanted && is_it(entries_[at].slot())) return entries_[at].slot();
    }
    return kNoSlot;
  }

  /// What is wrong in here, in a sentence; nothing if all is well. Cost: O(capacity).
  std::optional<std::string> invariant() const {
    std::size_t used = 0;
    for (std::uint32_t at = 0; at < capacity(); ++at) {
      if (!entries_[at].used()) continue;
      ++used;
      for (std::uint32_t probe = entries_[at].tag & mask_; probe != at; probe = (probe + 1) & mask_) {
        if (!entries_[probe].used()) return "has slot " + std::to_string(entries_[at].slot()) + " where no probe comes";
      }
    }
    if (used != size_) return "has an index of " + std::to_string(used) + " slots that counts " + std::to_string(size_);
    if (size_ * 4 > capacity() * 3) return "has an index that is too full";
    return std::nullopt;
  }

  /// Requires: the slot is not in the index.
  void insert(std::size_t hash, Slot slot) {
    if ((size_ + 1) * 4 > capacity() * 3) grow();
    place({tag(hash), slot + 1});
    ++size_;
  }

  /// Requires: the slot is in the index under this hash.
  void erase(std::size_t hash, Slot slot) {
    std::uint32_t hole = tag(hash) & mask_;
    while (entries_[hole].slot_and_one != slot + 1) hole = (hole + 1) & mask_;
    for (std::uint32_t at = (hole + 1) & mask_; entries_[at].used(); at = (at + 1) & mask_) {
      // An entry may move back if that brings it no further than its own bucket.
      const std::uint32_t home = entries_[at].tag & mask_;
      if (((at - home) & mask_) < ((at - hole) & mask_)) continue;
      entries_[hole] = entries_[at];
      hole = at;
    }
    entries_[hole] = {};
    --size_;
  }

 private:
  struct Entry {
    std::uint32_t tag = 0;
    Slot slot_and_one = 0;  // 0: unused
    bool used() const { return slot_and_one != 0; }
    Slot slot() const { return slot_and_one - 1; }
  };

  /// An array of unused entries, in the memory for random reads.
  class Entries {
   public:
    Entries() = default;
    explicit Entries(std::size_t count)
        : items_(static_cast<Entry*>(allocate_zeroed(count * sizeof(Entry)))), count_(count) {}
    Entries(Entries&& other) noexcept
        : items_(std::exchange(other.items_, nullptr)), count_(std::exchange(other.count_, 0)) {}
    Entries& operator=(Entries&& other) noexcept {
      std::swap(items_, other.items_);
      std::swap(count_, other.count_);
      return *this;
    }
    ~Entries() { free_zeroed(items_, count_ * sizeof(Entry)); }

    explicit operator bool() const { return items_ != nullptr; }
    Entry& operator[](std::size_t i) const { return items_[i]; }

   private:
    Entry* items_ = nullptr;
    std::size_t count_ = 0;
  };

  static std::uint32_t tag(std::size_t hash) { return static_cast<std::uint32_t>(hash >> 16); }
  std::size_t capacity() const { return entries_ ? std::size_t{mask_} + 1 : 0; }

  void place(Entry entry) {
    std::uint32_t at = entry.tag & mask_;
    while (entries_[at].used()) at = (at + 1) & mask_;
    entries_[at] = entry;
  }

  [[gnu::noinline]] void grow() {
    const std::size_t old_capacity = capacity();
    const std::size_t wider = std::max<std::size_t>(16, old_capacity * 2);
    const Entries old = std::exchange(entries_, Entries(wider));
    mask_ = static_cast<std::uint32_t>(wider - 1);
    for (std::size_t i = 0; i < old_capacity; ++i) {
      if (old[i].used()) place(old[i]);
    }
  }

  Entries entries_;
  std::uint32_t mask_ = 0;
  std::size_t size_ = 0;
};

}  // namespace freshet::detail
