// Names of the public header's enumerations; here, since every room may write them.
#include "odsora/odsora.h"

namespace odsora {

const char* preset_name(Preset preset) {
  switch (preset) {
    case Preset::kExact: return "exact";
    case Preset::kBalanced: return "balanced";
    case Preset::kFast: return "fast";
    case Preset::kDraft: return "draft";
  }
  return "?";
}

const char* precision_name(Precision precision) {
  switch (precision) {
    case Precision::kAuto: return "auto";
    case Precision::kF32: return "f32";
    case Precision::kBF16: return "bf16";
  }
  return "?";
}

}  // namespace odsora
