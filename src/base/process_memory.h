// How much memory this process takes.
#pragma once

#include "base/units.h"

namespace odsora {

/// Resident memory now, and the most it has ever been. Zero where the system does not tell.
Bytes resident_bytes();
Bytes peak_resident_bytes();

/// Gives the system back what the allocator keeps of freed memory.
void release_freed_memory();

}  // namespace odsora
