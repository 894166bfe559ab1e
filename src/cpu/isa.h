// The instruction set that kernels use, and how a user limits it.
#pragma once

#include <optional>
#include <string>

#include "base/dtype.h"
#include "odsora/odsora.h"

namespace odsora {

/// Upper limits of what oneDNN and Highway may use; kAvx512 includes AVX512-BF16, kAmx is everything.
enum class Isa { kAvx2, kAvx512, kAmx };

/// The limit that a value of ODSORA_MAX_ISA names; null or empty: none. Throws Error(kInvalidArgument).
std::optional<Isa> parse_isa_limit(const char* value);

/// Applies ODSORA_MAX_ISA to oneDNN and Highway; only the first call in a process acts. Must come before any other use
/// of either; every function of this room does it. Throws Error(kInvalidArgument).
void apply_isa_limit();

/// The limit in effect.
std::optional<Isa> isa_limit();

/// True when bf16 products run on AVX512-BF16 or AMX. Without them bf16 primitives must not be used.
bool has_bf16();

/// F32 or BF16. kAuto takes BF16 where has_bf16(). Throws Error(kUnsupported) for kBF16 without it.
DType resolve_precision(Precision precision);

/// What is in use, e.g. "AVX-512 with bf16 (ODSORA_MAX_ISA=avx512)". One line.
std::string isa_description();

}  // namespace odsora
