// Memory straight from the system, so that giving it back lowers what the process holds.
#pragma once

#include <cstddef>

namespace odsora {

/// At least `size` bytes in whole pages, zeroed, not yet resident. Throws std::bad_alloc.
std::byte* allocate_pages(size_t size);

/// Gives back what allocate_pages(size) returned.
void release_pages(std::byte* data, size_t size);

}  // namespace odsora
