// Which kernels the operations of this process run on, in the words of the libraries they come from.
#pragma once

#include <string>

#include "base/dtype.h"

namespace odsora {

struct KernelsInUse {
  std::string product;       // of a large linear layer
  std::string convolution;   // of pictures, 3 x 3
  std::string element_wise;  // Highway's target for the passes between those
};

/// With the compute type F32, or BF16 where has_bf16() (cpu/isa.h). Throws Error(kInvalidArgument) for a bad
/// ODSORA_MAX_ISA.
KernelsInUse kernels_in_use(DType compute_type);

/// "2.6.3". oneDNN's is that of the library that was loaded.
std::string onednn_version();
std::string highway_version();

}  // namespace odsora
