#include "pipeline/preview_colors.h"

#include <vector>

#include "odsora/odsora.h"

namespace odsora {

PreviewColors::PreviewColors(const ModelFolder& model, const std::optional<std::filesystem::path>& cache_folder)
    : model_(model), map_(model.manifest.preview) {
  if (map_ || !cache_folder) return;
  try {
    std::vector<std::filesystem::path> files = model.vae_weights.files();
    files.push_back(model.folder / "vae" / "config.json");
    key_ = make_color_key(files);
  } catch (const Error&) {
    return;  // whoever needs the files will say what is wrong with them
  }
  cache_.emplace(cache_folder);
  map_ = cache_->find(key_, static_cast<size_t>(model.vae.temporal.embed_channels));
}

LatentColorLearner* PreviewColors::learner() {
  if (model_.manifest.preview) return nullptr;
  fit_.emplace(static_cast<size_t>(model_.vae.temporal.embed_channels));
  learner_.emplace(model_.vae, *fit_);
  return &*learner_;
}

void PreviewColors::keep() {
  if (!fit_) return;
  if (const auto learnt = fit_->solve(map_)) {
    map_ = learnt;
    if (cache_) cache_->store(key_, *map_);
  }
  learner_.reset();
  fit_.reset();
}

}  // namespace odsora
