// SPDX-License-Identifier: MIT
#include "freshet/graph/detail/zeroed_memory.hpp"

#include <cstdint>
#include <cstdlib>
#include <new>
#include <sys/mman.h>

namespace freshet::detail {

namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;
constexpr std::size_t kMapped = 2 * kHugePage;  // smaller ones are the allocator's

/// What the mapping of `bytes` takes: whole pages.
std::size_t mapped_bytes(std::size_t bytes) {
  constexpr std::size_t kPage = 4096;
  return (bytes + kPage - 1) / kPage * kPage;
}

}  // namespace

void* allocate_zeroed(std::size_t bytes) {
  if (bytes < kMapped) {
    void* memory = std::calloc(1, bytes);
    if (memory == nullptr) throw std::bad_alloc();
    return memory;
  }
  // More than needed is mapped, and what lies before the first huge page and behind the end is given back.
  const std::size_t wanted = mapped_bytes(bytes);
  const std::size_t mapped = wanted + kHugePage;
  void* const memory =
      mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc();
  auto* const begin = static_cast<std::byte*>(memory);
  const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(begin) % kHugePage) % kHugePage;
  if (before > 0) munmap(begin, before);
  if (kHugePage > before) munmap(begin + before + wanted, kHugePage - before);
  // Without huge pages it works as well, only slower.
  static_cast<void>(madvise(begin + before, wanted, MADV_HUGEPAGE));
  return begin + before;
}

void free_zeroed(void* memory, std::size_t bytes) {
  if (memory == nullptr) return;
  if (bytes < kMapped) return std::free(memory);
  munmap(memory, mapped_bytes(bytes));
}

}  // namespace freshet::detail
