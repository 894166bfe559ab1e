// Where one tensor of a checkpoint is, as its header says and as the reader has checked.
#pragma once

#include <cstdint>
#include <string>

#include "base/dtype.h"
#include "base/shape.h"

namespace odsora {

struct TensorInfo {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  uint64_t offset = 0;      // of the first byte, from the start of the file
  uint64_t byte_count = 0;  // element_count(shape) * size_of(dtype)
};

}  // namespace odsora
