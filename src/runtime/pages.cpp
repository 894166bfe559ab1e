#include "runtime/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <new>

namespace odsora {

std::byte* allocate_pages(size_t size) {
  void* data = mmap(nullptr, std::max<size_t>(size, 1), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(data);
}

void release_pages(std::byte* data, size_t size) { munmap(data, std::max<size_t>(size, 1)); }

}  // namespace odsora
