// SPDX-License-Identifier: MIT
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace freshet::bench {

/// The hash map of the hand-written loops: open addressing, key and value in one slot, so that a look-up costs one
/// cache miss, which prefetch() lets overlap with others. Faster here than boost::unordered_flat_map, which looks at a
/// line of metadata first.
///
/// Keys are unsigned numbers; the largest is not a key. Slots are at most 3/4 full; erasing moves what follows back, so
/// there are no tombstones. Pointers are good until the next insertion or erasure.
template <class Key, class Value> class Table {
 public:
  static constexpr Key kNoKey = static_cast<Key>(~Key{0});

  void prefetch(Key key) const {
    if (!slots_.empty()) __builtin_prefetch(&slots_[home(key)], 1);
  }
  Value* find(Key key) {
    if (slots_.empty()) return nullptr;
    for (std::size_t i = home(key);; i = next(i)) {
      if (slots_[i].key == key) return &slots_[i].value;
      if (slots_[i].key == kNoKey) return nullptr;
    }
  }
  /// The value of `key`, value-initialised if it is new.
  std::pair<Value*, bool> insert(Key key) {
    if ((size_ + 1) * 4 > slots_.size() * 3) grow();
    for (std::size_t i = home(key);; i = next(i)) {
      if (slots_[i].key == key) return {&slots_[i].value, false};
      if (slots_[i].key != kNoKey) continue;
      slots_[i].key = key;
      ++size_;
      return {&slots_[i].value, true};
    }
  }
  void erase(Key key) {
    std::size_t hole = home(key);
    for (; slots_[hole].key != key; hole = next(hole))
      if (slots_[hole].key == kNoKey) return;
    --size_;
    for (std::size_t i = next(hole); slots_[i].key != kNoKey; i = next(i)) {
      // What would be found from its home no more, if the hole stayed, moves into it.
      if (((i - home(slots_[i].key)) & mask()) < ((i - hole) & mask())) continue;
      slots_[hole] = std::move(slots_[i]);
      hole = i;
    }
    slots_[hole] = Slot{};
  }
  std::size_t size() const { return size_; }

 private:
  struct Slot {
    Key key = kNoKey;
    [[no_unique_address]] Value value{};  // a set has none
  };

  std::size_t mask() const { return slots_.size() - 1; }
  std::size_t next(std::size_t i) const { return (i + 1) & mask(); }
  /// Fibonacci hashing: the high bits of one multiplication.
  std::size_t home(Key key) const {
    return static_cast<std::size_t>((static_cast<std::uint64_t>(key) * 0x9e3779b97f4a7c15u) >> shift_);
  }
  void grow() {
    std::vector<Slot> old(slots_.empty() ? 16 : slots_.size() * 2);
    old.swap(slots_);
    shift_ = 64 - std::countr_zero(slots_.size());
    for (Slot& slot : old) {
      if (slot.key == kNoKey) continue;
      std::size_t i = home(slot.key);
      while (slots_[i].key != kNoKey) i = next(i);
      slots_[i] = std::move(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t size_ = 0;
  int shift_ = 64;
};

/// Applies items one by one, and before that calls the `prefetches` for a block of them, one after another, so that
/// their cache misses overlap; a later one may look at what an earlier one fetched.
template <class Items, class Apply, class... Prefetches>
void apply_prefetched(const Items& items, Apply apply, Prefetches... prefetches) {
  constexpr std::size_t kBlock = 16;
  for (std::size_t begin = 0; begin < items.size(); begin += kBlock) {
    const std::size_t end = begin + kBlock < items.size() ? begin + kBlock : items.size();
    const auto each = [&](auto& call) {
      for (std::size_t i = begin; i < end; ++i) call(items[i]);
    };
    if (end - begin > 1) (each(prefetches), ...);
    each(apply);
  }
}

}  // namespace freshet::bench
