// Memory straight from the system, so that giving it back lowers what the process holds.
//
// Pieces of 2 MiB and more ask for huge pages: reading 42 MB past the page cache into fresh memory of small pages costs
// 20 ms of processor time, into huge pages that were used before less than 1 ms.
#pragma once

#include <cstddef>

namespace odsora {

constexpr size_t kHugePageBytes = size_t{2} << 20;

/// At least `size` bytes in whole pages, zeroed, not yet resident; aligned to huge pages from kHugePageBytes on. What
/// is resident is never more than `size`, rounded up to small pages. Throws std::bad_alloc.
std::byte* allocate_pages(size_t size);

/// Gives back what allocate_pages(size) returned, or some of its pages.
void release_pages(std::byte* data, size_t size);

}  // namespace odsora
