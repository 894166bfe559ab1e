// What a model folder says about itself: odsora.json (docs/formats.md).
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "odsora/odsora.h"
#include "weights/latent_color_map.h"

namespace odsora {

/// A model's name and the defaults of a request to it. As constructed: the published Open-Sora v1.2 checkpoints.
struct ModelManifest {
  std::string name = "open-sora-v1.2";
  int width = 256;   // pixels, even
  int height = 256;  // pixels, even
  int frames = 68;
  double fps = 24;
  int steps = 30;
  double guidance_scale = 7.0;
  Preset preset = Preset::kExact;
  std::optional<double> aesthetic_score = 6.5;  // appended to the caption, " aesthetic score: 6.5."; absent: nothing is
  std::optional<LatentColorMap> preview = {};   // colours of latents, if they are known
};

/// Reads odsora.json of a model folder; a folder without one holds the published checkpoints.
/// Throws Error(kBadModel) naming file, field, expected and found.
ModelManifest read_manifest(const std::filesystem::path& model_folder);

}  // namespace odsora
