// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/zeroed_memory.hpp"

#include <cstdint>
#include <cstring>
#include <new>

#include <gtest/gtest.h>

namespace freshet::detail {
namespace {

TEST(ZeroedMemory, is_zero_and_may_be_written_to_its_last_byte) {
  constexpr std::size_t kMega = std::size_t{1} << 20;
  for (const std::size_t bytes : {std::size_t{1}, kMega, 4 * kMega, 4 * kMega + 1, 9 * kMega - 1}) {
    auto* memory = static_cast<unsigned char*>(allocate_zeroed(bytes));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t), 0U);
    EXPECT_EQ(memory[0], 0);
    EXPECT_EQ(memory[bytes - 1], 0);
    std::memset(memory, 7, bytes);
    free_zeroed(memory, bytes);
  }
  free_zeroed(nullptr, 100);
}

TEST(ZeroedMemory, says_when_there_is_none) {
  EXPECT_THROW(free_zeroed(allocate_zeroed(std::size_t{1} << 60), std::size_t{1} << 60), std::bad_alloc);
}

}  // namespace
}  // namespace freshet::detail
