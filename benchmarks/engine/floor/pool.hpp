// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace freshet::bench {

/// Places for rows that are too wide for a hash map's slots. A row stays where it is; growing copies nothing.
template <class T> class Pool {
 public:
  std::uint32_t add(T value) {
    if (free_.empty()) {
      if (end_ % kChunk == 0) chunks_.push_back(std::make_unique<Chunk>());
      free_.push_back(end_++);
    }
    const std::uint32_t at = free_.back();
    free_.pop_back();
    (*this)[at] = std::move(value);
    return at;
  }
  void remove(std::uint32_t at) {
    if constexpr (!std::is_trivially_destructible_v<T>) (*this)[at] = T{};
    free_.push_back(at);
  }
  T& operator[](std::uint32_t at) { return (*chunks_[at / kChunk])[at % kChunk]; }

 private:
  static constexpr std::uint32_t kChunk = 4096;
  using Chunk = std::array<T, kChunk>;

  std::vector<std::unique_ptr<Chunk>> chunks_;
  std::vector<std::uint32_t> free_;
  std::uint32_t end_ = 0;
};

}  // namespace freshet::bench
