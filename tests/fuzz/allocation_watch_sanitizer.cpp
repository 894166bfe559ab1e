// A sanitizer's allocator calls whoever asks to be called. It ends the process itself where a piece is absurdly large.
#include <cstdlib>

#include "allocation_watch.h"

// Of sanitizer/allocator_interface.h, which g++ does not bring.
extern "C" {
int __sanitizer_install_malloc_and_free_hooks(void (*given)(const volatile void*, size_t),
                                              void (*given_back)(const volatile void*));
size_t __sanitizer_get_allocated_size(const volatile void* memory);
}

namespace {

void given(const volatile void* memory, size_t bytes) {
  static_cast<void>(memory);
  odsora::fuzz::count_allocation(bytes, bytes);
}

void given_back(const volatile void* memory) {
  if (memory != nullptr) odsora::fuzz::count_release(__sanitizer_get_allocated_size(memory));
}

[[maybe_unused]] const bool is_installed = [] {
  if (__sanitizer_install_malloc_and_free_hooks(given, given_back) == 0) std::abort();
  return true;
}();

}  // namespace
