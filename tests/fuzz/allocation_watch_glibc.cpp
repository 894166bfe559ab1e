// The allocator of this program is glibc's under its other names, so that ours can count.
#include <malloc.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>

#include "allocation_watch.h"

namespace {

void* counted(void* memory, size_t asked) {
  odsora::fuzz::count_allocation(asked, memory == nullptr ? 0 : malloc_usable_size(memory));
  return memory;
}

size_t product(size_t count, size_t size) {
  size_t bytes = 0;
  return __builtin_mul_overflow(count, size, &bytes) ? SIZE_MAX : bytes;
}

}  // namespace

extern "C" {

void* __libc_malloc(size_t bytes);
void* __libc_calloc(size_t count, size_t size);
void* __libc_realloc(void* memory, size_t bytes);
void* __libc_memalign(size_t alignment, size_t bytes);
void __libc_free(void* memory);

void* malloc(size_t bytes) noexcept { return counted(__libc_malloc(bytes), bytes); }

void* calloc(size_t count, size_t size) noexcept { return counted(__libc_calloc(count, size), product(count, size)); }

void* realloc(void* memory, size_t bytes) noexcept {
  const size_t before = memory == nullptr ? 0 : malloc_usable_size(memory);
  void* moved = __libc_realloc(memory, bytes);
  if (moved != nullptr || bytes == 0) odsora::fuzz::count_release(before);
  return counted(moved, bytes);
}

void* memalign(size_t alignment, size_t bytes) noexcept { return counted(__libc_memalign(alignment, bytes), bytes); }

void* aligned_alloc(size_t alignment, size_t bytes) noexcept { return memalign(alignment, bytes); }

int posix_memalign(void** memory, size_t alignment, size_t bytes) noexcept {
  void* given = memalign(alignment, bytes);
  if (given == nullptr) return ENOMEM;
  *memory = given;
  return 0;
}

void free(void* memory) noexcept {
  if (memory != nullptr) odsora::fuzz::count_release(malloc_usable_size(memory));
  __libc_free(memory);
}

}  // extern "C"
