#include "pipeline/checkpoint_job.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/config_object.h"
#include "base/error.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<const char*, 3> kInputs = {"init_image", "init_video", "end_image"};

std::array<Reference*, 3> references_of(Conditioning& given) {
  return {&given.init_image, &given.init_video, &given.end_image};
}

// A path that can be shown on a terminal: without the control characters of ASCII and of Latin-1, C2 80 to C2 9F in
// UTF-8.
std::string path_in(const ConfigObject& run, const char* key) {
  std::string path = run.text_or(key, "");
  for (size_t i = 0; i < path.size(); ++i) {
    const auto byte = static_cast<unsigned char>(path[i]);
    const bool is_latin = byte == 0xc2 && i + 1 < path.size() && static_cast<unsigned char>(path[i + 1]) < 0xa0;
    if (byte < 0x20 || byte == 0x7f || is_latin) run.reject(key, "a path without control characters");
  }
  return path;
}

std::string in_words(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  return key;
}

std::string shown(const nlohmann::json& recipe, const std::string& key) {
  const auto found = recipe.find(key);
  return found == recipe.end() ? "not given" : excerpt(*found);
}

}  // namespace

SafetensorsMetadata facts_of(const CheckpointJob& job) {
  Json run = {{"model_folder", job.model_folder}, {"arithmetic", job.arithmetic}};
  if (job.quality) run["quality"] = *job.quality;
  run["generation_data"] = job.generation_data;
  for (size_t i = 0; i < kInputs.size(); ++i) {
    if (!job.inputs[i].empty()) run[kInputs[i]] = job.inputs[i];
  }
  return {{"recipe", job.recipe}, {"run", run.dump(-1, ' ', false, Json::error_handler_t::replace)}};
}

CheckpointJob read_job(const CheckpointFile& file) {
  try {
    const ConfigObject run = ConfigObject::parse(file.fact("run"), file.name());
    run.allow_only(
        {"model_folder", "arithmetic", "quality", "generation_data", "init_image", "init_video", "end_image"});
    CheckpointJob job = {.recipe = file.fact("recipe"),
                         .model_folder = path_in(run, "model_folder"),
                         .arithmetic = run.text("arithmetic"),
                         .generation_data = run.boolean("generation_data")};
    if (run.contains("quality")) job.quality = run.integer("quality", {1, 100});
    for (size_t i = 0; i < kInputs.size(); ++i) job.inputs[i] = path_in(run, kInputs[i]);
    return job;
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());  // no model file is to blame
  }
}

Recipe recipe_of(const CheckpointJob& job, const std::string& source) {
  Recipe recipe = parse_recipe(job.recipe, source);
  const std::array<Reference*, 3> files = references_of(recipe.request.conditioning);
  for (size_t i = 0; i < files.size(); ++i) {
    if (!files[i]->path.empty()) files[i]->path = job.inputs[i];
  }
  recipe.quality = job.quality;
  return recipe;
}

std::string difference(const std::string& there, const std::string& here) {
  const nlohmann::json one = parse_strict_json(there, "recipe"), other = parse_strict_json(here, "recipe");
  std::vector<std::string> keys = {"prompt", "seed", "model"};  // what a user would look at first
  for (const nlohmann::json* recipe : {&one, &other}) {
    for (const auto& item : recipe->items()) keys.push_back(item.key());
  }
  for (const std::string& key : keys) {
    const std::string was = shown(one, key), is = shown(other, key);
    if (key == "odsora" || (was == is && one.value(key, nlohmann::json()) == other.value(key, nlohmann::json())))
      continue;
    return join(in_words(key), ": ", was, " there, ", is, " here");
  }
  return "";
}

}  // namespace odsora
