// The instruction set that kernels use, and how a user limits it.
#pragma once

#include <optional>
#include <string>

#include "base/dtype.h"
#include "odsora/odsora.h"

namespace odsora {

/// Upper limits of what oneDNN and Highway may use; kAvx512 includes AVX512-BF16, kAmx is everything.
enum class Isa { kAvx2, kAvx512, kAmx };

/// "avx2", "avx512", "amx".
const char* name_of(Isa isa);

/// The ones that decide which kernels run.
enum class InstructionSet { kAvx2, kAvx512, kAvx512Bf16, kAmxBf16 };

/// True when this CPU and its system have it and no limit forbids it. Throws Error(kInvalidArgument), as
/// apply_isa_limit() does.
bool in_use(InstructionSet set);

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

/// Why kAuto takes what it takes here, e.g. "AVX512-BF16 is there".
std::string automatic_precision_reason();

/// What is in use, e.g. "AVX-512 with bf16 (ODSORA_MAX_ISA=avx512)". One line.
std::string isa_description();

}  // namespace odsora
