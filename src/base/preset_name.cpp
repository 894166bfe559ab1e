// Of the public header; here, since a model's manifest names presets too.
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

}  // namespace odsora
