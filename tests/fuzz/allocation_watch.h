// How much memory the process takes while it reads one input.
#pragma once

#include <cstddef>

namespace odsora::fuzz {

/// Counts what every allocator of the process gives, that of libraries too, from its construction on. One at a time.
class AllocationWatch {
 public:
  AllocationWatch();

  /// Bytes of the largest piece that was asked for.
  size_t largest() const;

  /// The most bytes that were held at one time beyond those held at the beginning.
  size_t peak() const;
};

/// For the allocator: `held` bytes were given because `asked` were wanted, or were given back.
void count_allocation(size_t asked, size_t held);
void count_release(size_t held);

}  // namespace odsora::fuzz
