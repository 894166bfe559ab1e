// The extents of a tensor, slowest axis first.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace odsora {

using Shape = std::vector<int64_t>;

/// Product of the extents; 1 for a scalar. The product must fit: strangers' shapes are checked in weights/.
int64_t element_count(const Shape& shape);

/// "[2, 3]".
std::string to_string(const Shape& shape);

}  // namespace odsora
