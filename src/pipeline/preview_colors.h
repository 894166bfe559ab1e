// The colours of a model's latents, for previews: those of its odsora.json, or what earlier videos of it have taught.
#pragma once

#include <filesystem>
#include <optional>

#include "models/latent_color_fit.h"
#include "pipeline/color_cache.h"
#include "pipeline/model_folder.h"
#include "weights/latent_color_map.h"

namespace odsora {

class PreviewColors {
 public:
  /// `model` must live longer. What is learnt is kept in the cache folder; without one it lasts as long as this object.
  PreviewColors(const ModelFolder& model, const std::optional<std::filesystem::path>& cache_folder);

  /// Nothing while they are unknown.
  const std::optional<LatentColorMap>& map() const { return map_; }

  /// To be fed with the next video while it is decoded; null where odsora.json has the colours. Valid until the next
  /// call of this function or of keep().
  LatentColorLearner* learner();

  /// The video is decoded: what it taught counts from now on.
  void keep();

 private:
  const ModelFolder& model_;
  std::optional<ColorCache> cache_;
  ColorKey key_ = {};
  std::optional<LatentColorMap> map_;
  std::optional<LatentColorFit> fit_;
  std::optional<LatentColorLearner> learner_;
};

}  // namespace odsora
