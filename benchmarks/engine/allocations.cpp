// SPDX-License-Identifier: MIT
#include "engine/allocations.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace {

freshet::bench::Heap counted;

}  // namespace

namespace freshet::bench {

Heap heap() { return counted; }
void restart_peak() { counted.peak_bytes = counted.live_bytes; }

}  // namespace freshet::bench

// Sanitizers have an allocator of their own: under them nothing is counted.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)

// The C library's allocator by the names that it keeps for those who put something before it. operator new comes here
// as well, and so do containers that ask for zeroed memory with calloc().
// NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" void* __libc_malloc(std::size_t size);
extern "C" void* __libc_calloc(std::size_t count, std::size_t size);
extern "C" void* __libc_realloc(void* memory, std::size_t size);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t size);
extern "C" void __libc_free(void* memory);
// NOLINTEND(bugprone-reserved-identifier)

namespace {

void forget(void* memory) { counted.live_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory)); }

void* note(void* memory) {
  ++counted.allocations;
  counted.live_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  counted.peak_bytes = std::max(counted.peak_bytes, counted.live_bytes);
  return memory;
}

}  // namespace

extern "C" void* malloc(std::size_t size) noexcept { return note(__libc_malloc(size)); }
extern "C" void* calloc(std::size_t count, std::size_t size) noexcept { return note(__libc_calloc(count, size)); }
extern "C" void* realloc(void* memory, std::size_t size) noexcept {
  forget(memory);
  return note(__libc_realloc(memory, size));
}
extern "C" void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return note(__libc_memalign(alignment, size));
}
extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return note(__libc_memalign(alignment, size));
}
extern "C" int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  *memory = note(__libc_memalign(alignment, size));
  return *memory == nullptr ? ENOMEM : 0;
}
extern "C" void free(void* memory) noexcept {
  forget(memory);
  __libc_free(memory);
}

// What is mapped without the allocator, which has its own way to the system: the engine's large arrays.
extern "C" void* mmap(void* address, std::size_t bytes, int protection, int flags, int file, off_t offset) noexcept {
  const long mapped = syscall(SYS_mmap, address, bytes, protection, flags, file, offset);
  if (mapped != -1 && (flags & MAP_ANONYMOUS) != 0) {
    ++counted.allocations;
    counted.live_bytes += static_cast<std::int64_t>(bytes);
    counted.peak_bytes = std::max(counted.peak_bytes, counted.live_bytes);
  }
  return reinterpret_cast<void*>(mapped);
}
extern "C" int munmap(void* memory, std::size_t bytes) noexcept {
  counted.live_bytes -= static_cast<std::int64_t>(bytes);
  return static_cast<int>(syscall(SYS_munmap, memory, bytes));
}

#endif
