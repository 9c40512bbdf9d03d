// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <new>
#include <type_traits>

namespace freshet::detail {

/// A list that is filled and cleared in each commit, of what can be copied byte by byte.
///
/// It keeps its memory from one commit to the next, but not the memory of one unusually large commit for ever: the
/// first small commit after it gives that back.
template <class T> class Buffer {
 public:
  static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= alignof(std::max_align_t));
  using value_type = T;

  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(items_); }

  T* begin() { return items_; }
  T* end() { return items_ + size_; }
  const T* begin() const { return items_; }
  const T* end() const { return items_ + size_; }
  const T* data() const { return items_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T& back() { return items_[size_ - 1]; }
  const T& operator[](std::size_t i) const { return items_[i]; }

  /// Errors: throws std::bad_alloc, with nothing changed.
  void push_back(const T& item) {
    if (size_ == capacity_) [[unlikely]] {
      const T kept = item;  // it may be one of ours
      grow();
      items_[size_++] = kept;
      return;
    }
    items_[size_++] = item;
  }
  void clear() {
    if (capacity_ > kLarge && size_ < capacity_ / 8) [[unlikely]]
      release();
    size_ = 0;
  }
  template <class Unwanted> void erase_if(Unwanted unwanted) {
    size_ = static_cast<std::size_t>(std::remove_if(begin(), end(), unwanted) - begin());
  }

  std::size_t bytes() const { return capacity_ * sizeof(T); }

 private:
  static constexpr std::size_t kLarge = 16384;  // items

  [[gnu::noinline]] void grow() {
    const std::size_t wider = std::max<std::size_t>(8, capacity_ * 2);
    void* moved = std::realloc(items_, wider * sizeof(T));
    if (moved == nullptr) throw std::bad_alloc();
    items_ = static_cast<T*>(moved);
    capacity_ = wider;
  }
  [[gnu::noinline]] void release() {
    std::free(items_);
    items_ = nullptr;
    capacity_ = 0;
  }

  T* items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace freshet::detail
