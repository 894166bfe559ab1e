// config.json of a video VAE, and the sizes that follow from it.
#include <algorithm>
#include <cmath>

#include "hostile_input.h"
#include "models/vae_config.h"

using namespace odsora;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  return fuzz::try_input([&] {
    const VideoVaeConfig config = VideoVaeConfig::read(ConfigObject::parse(fuzz::text_of(data, size), "config.json"));
    const auto is_finite = [](float value) { return std::isfinite(value); };
    if (!std::all_of(config.scale.begin(), config.scale.end(), is_finite) ||
        !std::all_of(config.shift.begin(), config.shift.end(), is_finite)) {
      fuzz::report_finding("a scale that is not finite");
    }
    for (const int64_t frames : {1, 17, 10'000}) {
      if (config.latent_frames(frames) < 1) fuzz::report_finding("a clip without latent frames");
    }
    if (config.space_factor() < 1) fuzz::report_finding("a latent pixel without pixels");
  });
}
