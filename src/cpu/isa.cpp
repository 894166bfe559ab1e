#include "cpu/isa.h"

#include <cstdlib>
#include <dnnl.hpp>
#include <string_view>

#include "base/error.h"
#include "hwy/highway.h"
#include "hwy/targets.h"

namespace odsora {
namespace {

constexpr const char* kVariable = "ODSORA_MAX_ISA";

std::optional<Isa> read_and_apply() {
  const std::optional<Isa> limit = parse_isa_limit(std::getenv(kVariable));
  if (limit == Isa::kAvx2) {
    dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx2);
    hwy::DisableTargets(HWY_AVX2 - 1);  // the lower bits are the later instruction sets
  }
  if (limit == Isa::kAvx512) dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx512_core_bf16);
  return limit;
}

dnnl::cpu_isa onednn_isa(InstructionSet set) {
  switch (set) {
    case InstructionSet::kAvx2: return dnnl::cpu_isa::avx2;
    case InstructionSet::kAvx512: return dnnl::cpu_isa::avx512_core;
    case InstructionSet::kAvx512Bf16: return dnnl::cpu_isa::avx512_core_bf16;
    case InstructionSet::kAmxBf16: return dnnl::cpu_isa::avx512_core_amx;
  }
  return dnnl::cpu_isa::avx512_core_amx;
}

std::string why_no_bf16() {
  const std::optional<Isa> limit = isa_limit();
  if (limit == Isa::kAvx2) return join(kVariable, "=", name_of(*limit), " switches off AVX512-BF16 and AMX");
  return "this CPU lacks AVX512-BF16 and AMX";
}

}  // namespace

const char* name_of(Isa isa) {
  switch (isa) {
    case Isa::kAvx2: return "avx2";
    case Isa::kAvx512: return "avx512";
    case Isa::kAmx: return "amx";
  }
  return "";
}

bool in_use(InstructionSet set) {
  apply_isa_limit();
  // oneDNN's names are bit sets: a later instruction set contains the bits of those it includes.
  const auto wanted = static_cast<unsigned>(onednn_isa(set));
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & wanted) == wanted;
}

std::optional<Isa> parse_isa_limit(const char* value) {
  if (value == nullptr || *value == '\0') return std::nullopt;
  for (const Isa isa : {Isa::kAvx2, Isa::kAvx512, Isa::kAmx}) {
    if (std::string_view(value) == name_of(isa)) return isa;
  }
  fail(ErrorCode::kInvalidArgument, "the environment variable ", kVariable, " is '", value,
       "'; allowed are avx2, avx512 and amx");
}

std::optional<Isa> isa_limit() {
  static const std::optional<Isa> limit = read_and_apply();
  return limit;
}

void apply_isa_limit() { isa_limit(); }

bool has_bf16() { return in_use(InstructionSet::kAvx512Bf16); }

DType resolve_precision(Precision precision) {
  if (precision == Precision::kF32) return DType::kF32;
  if (has_bf16()) return DType::kBF16;
  if (precision == Precision::kAuto) return DType::kF32;
  fail(ErrorCode::kUnsupported, why_no_bf16(), ", which bf16 needs: use --precision f32 or auto");
}

std::string automatic_precision_reason() {
  if (in_use(InstructionSet::kAmxBf16)) return "AMX is there";
  if (has_bf16()) return "AVX512-BF16 is there";
  return why_no_bf16() + ", without which bf16 would be emulated";
}

std::string isa_description() {
  const char* isa = "below AVX2";
  if (in_use(InstructionSet::kAmxBf16)) {
    isa = "AMX with bf16";
  } else if (has_bf16()) {
    isa = "AVX-512 with bf16";
  } else if (in_use(InstructionSet::kAvx512)) {
    isa = "AVX-512";
  } else if (in_use(InstructionSet::kAvx2)) {
    isa = "AVX2";
  }
  const std::optional<Isa> limit = isa_limit();
  return limit ? join(isa, " (", kVariable, "=", name_of(*limit), ")") : std::string(isa);
}

}  // namespace odsora
