#include "weights/model_manifest.h"

#include <algorithm>
#include <limits>
#include <system_error>
#include <utility>
#include <vector>

#include "base/config_object.h"
#include "base/error.h"

namespace odsora {
namespace {

constexpr int kNewestVersion = 1;
constexpr IntegerRange kPixels{16, 4096};

int even_pixels(const ConfigObject& defaults, const char* key) {
  const int pixels = defaults.integer(key, kPixels);
  if (pixels % 2 != 0) defaults.reject(key, "an even integer");
  return pixels;
}

/// The one that is named, or exact: what others cost in quality is known of a model only where it was measured.
Preset measured_preset(const ConfigObject& defaults) {
  const std::string name = defaults.text_or("preset", preset_name(Preset::kExact));
  for (const Preset preset : kPresets) {
    if (name == preset_name(preset)) return preset;
  }
  defaults.reject("preset", "\"exact\", \"balanced\", \"fast\" or \"draft\"");
}

std::optional<LatentColorMap> preview_colors(const ConfigObject& manifest) {
  constexpr NumberRange kCoefficients{-1000, 1000};
  if (!manifest.contains("preview")) return std::nullopt;
  const ConfigObject preview = manifest.object("preview");
  preview.allow_only({"weights", "offset"});
  std::vector<std::vector<double>> weights = preview.number_rows("weights", 3, kCoefficients);
  const std::vector<double> offset = preview.numbers("offset", kCoefficients, 3);
  LatentColorMap map;
  std::move(weights.begin(), weights.end(), map.weights.begin());
  std::copy(offset.begin(), offset.end(), map.offset.begin());
  return map;
}

/// Comes first: what follows has a meaning only in a version that we know.
void check_version(const ConfigObject& manifest) {
  if (manifest.text_or("format", "") != "odsora-model") manifest.reject("format", "\"odsora-model\"");
  const int version = manifest.integer("version", {1, std::numeric_limits<int>::max()});
  if (version > kNewestVersion) {
    fail(ErrorCode::kBadModel, manifest.file(), ": the model has format version ", version,
         ", this odsora reads up to ", kNewestVersion, "; use a newer odsora");
  }
}

}  // namespace

ModelManifest read_manifest(const std::filesystem::path& model_folder) {
  std::error_code ignored;
  if (!std::filesystem::is_directory(model_folder, ignored)) {
    fail(ErrorCode::kBadModel, model_folder.string(), ": expected a model folder, found none");
  }
  const std::filesystem::path path = model_folder / "odsora.json";
  if (std::filesystem::symlink_status(path, ignored).type() == std::filesystem::file_type::not_found) return {};

  const ConfigObject manifest = ConfigObject::open(path);
  check_version(manifest);
  manifest.allow_only({"format", "version", "name", "defaults", "preview"});
  const ConfigObject defaults = manifest.object("defaults");
  defaults.allow_only({"width", "height", "frames", "fps", "steps", "guidance_scale", "preset", "aesthetic_score"});

  ModelManifest result;
  result.name = manifest.text("name");
  if (result.name.empty()) manifest.reject("name", "a name");
  result.width = even_pixels(defaults, "width");
  result.height = even_pixels(defaults, "height");
  result.frames = defaults.integer("frames", {1, 10'000});
  result.fps = defaults.number("fps", {0, 240});
  if (result.fps == 0) defaults.reject("fps", "a number above 0");
  result.steps = defaults.integer("steps", {1, 1000});
  result.guidance_scale = defaults.number("guidance_scale", {0, 100});
  result.preset = measured_preset(defaults);
  result.aesthetic_score = defaults.optional_number("aesthetic_score", {0, 10});
  result.preview = preview_colors(manifest);
  return result;
}

}  // namespace odsora
