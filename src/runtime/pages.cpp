#include "runtime/pages.h"

#include <sys/mman.h>

#include <algorithm>
#include <cstdint>
#include <new>

namespace odsora {
namespace {

std::byte* map(size_t size) {
  void* data = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  return static_cast<std::byte*>(data);
}

size_t whole_pages(size_t size) {
  constexpr size_t kPageBytes = 4096;
  return std::max<size_t>((size + kPageBytes - 1) / kPageBytes, 1) * kPageBytes;
}

}  // namespace

std::byte* allocate_pages(size_t size) {
  const size_t wanted = whole_pages(size);
  if (wanted < kHugePageBytes) return map(wanted);
  // Mapped with room to move, since the system aligns to small pages; what is in front and behind goes back.
  std::byte* const all = map(wanted + kHugePageBytes);
  const size_t in_front = (kHugePageBytes - reinterpret_cast<uintptr_t>(all) % kHugePageBytes) % kHugePageBytes;
  if (in_front > 0) munmap(all, in_front);
  munmap(all + in_front + wanted, kHugePageBytes - in_front);
  madvise(all + in_front, wanted, MADV_HUGEPAGE);  // advice: without huge pages it works as well
  return all + in_front;
}

void release_pages(std::byte* data, size_t size) { munmap(data, whole_pages(size)); }

}  // namespace odsora
