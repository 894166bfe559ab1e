// Number formats of tensors, with the names that safetensors gives them.
#pragma once

#include <cstddef>
#include <string_view>

namespace odsora {

enum class DType { kF64, kF32, kF16, kBF16, kI64, kI32, kI8, kU8, kBool };

/// Bytes of one element.
size_t size_of(DType dtype);

/// "F64", "F32", "F16", "BF16", "I64", "I32", "I8", "U8", "BOOL".
std::string_view name_of(DType dtype);

}  // namespace odsora
