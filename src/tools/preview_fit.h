// Finds what odsora.json says of a model's colours in previews, from some videos.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "models/latent_color_fit.h"

namespace odsora {

struct PreviewFitInputs {
  std::filesystem::path model_folder;
  std::vector<std::filesystem::path> videos;  // and pictures
  int threads = 0;                            // 0: one for each core
};

struct PreviewFit {
  LatentColorMap map;
  int64_t pairs = 0;                  // of a latent pixel and its colour
  LatentColorQuality quality = {};    // of the map
  LatentColorQuality on_others = {};  // of a map of every other video, for those between
};

/// Encodes each video in the model's own size, decodes it again, and fits the map to latents and decoded pixels, in
/// f32. Throws Error: kInvalidArgument if there are fewer than two videos or one cannot be read, kBadModel.
PreviewFit fit_preview(const PreviewFitInputs& inputs);

/// {"weights": …, "offset": …}, with four digits behind the point.
std::string preview_json(const LatentColorMap& map);

}  // namespace odsora
