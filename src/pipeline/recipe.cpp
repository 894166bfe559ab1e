#include "pipeline/recipe.h"

#include <array>
#include <filesystem>
#include <nlohmann/json.hpp>

namespace odsora {
namespace {

using Json = nlohmann::ordered_json;

Json leap_json(const Leap& leap) {
  Json json = {{"rule", leap_rule_name(leap.rule)}};
  if (leap.evaluations > 0) json["evaluations"] = leap.evaluations;
  return json;
}

Json range_json(const CountedRange& range) {
  Json json = {{"first", range.first}};
  if (range.last != CountedRange::kEnd) json["last"] = range.last;
  return json;
}

Json merging_json(const TokenMerging& merging) {
  return {{"rule", merging.rule == TokenMerging::Rule::kMean ? "mean" : "authors"},
          {"steps", range_json(merging.steps)},
          {"blocks", range_json(merging.blocks)}};
}

// Writes what differs from an absent value.
class Writer {
 public:
  explicit Writer(Json& json) : json_(json) {}

  template <typename Value>
  void put(const char* key, const std::optional<Value>& value) {
    if (value) json_[key] = *value;
  }
  void put(const char* key, const std::string& text) {
    if (!text.empty()) json_[key] = text;
  }
  void put(const char* key, const Reference& file) {
    if (!file.path.empty()) json_[key] = {{"name", file.path}, {"sha256", file.sha256}};
  }

 private:
  Json& json_;
};

void put_request(const Request& request, Json& json) {
  Writer writer(json);
  writer.put("prompt", request.prompt);
  writer.put("negative_prompt", request.negative_prompt);
  if (request.raw_prompt) json["raw_prompt"] = true;
  writer.put("aesthetic_score", request.aesthetic_score);
  writer.put("motion_score", request.motion_score);
  writer.put("camera_motion", request.camera_motion);
  writer.put("seed", request.seed);
  writer.put("width", request.width);
  writer.put("height", request.height);
  writer.put("frames", request.frames);
  if (request.clips > 1) json["clips"] = request.clips;
  writer.put("fps", request.fps);
  writer.put("steps", request.steps);
  writer.put("guidance_scale", request.guidance_scale);
  if (request.preset) json["preset"] = preset_name(*request.preset);
  if (request.leap) json["leap"] = leap_json(*request.leap);
  if (request.tdtm) json["tdtm"] = merging_json(*request.tdtm);
  writer.put("init_image", request.conditioning.init_image);
  writer.put("init_video", request.conditioning.init_video);
  writer.put("end_image", request.conditioning.end_image);
  writer.put("mask_strategy", request.conditioning.mask_strategy);
}

}  // namespace

Request resolved_request(const Request& request, const Job& job, const std::vector<InspectedReference>& references) {
  Request resolved = request;
  resolved.aesthetic_score = job.aesthetic_score;
  resolved.width = job.pixel_width;
  resolved.height = job.pixel_height;
  resolved.frames = job.frames;
  resolved.seconds = {};
  resolved.fps = job.fps;
  resolved.steps = job.steps;
  resolved.preset = job.preset;
  if (!job.preset) {
    resolved.leap = job.leap;
    resolved.tdtm = job.merging;
  }
  resolved.guidance_scale = job.guidance_scale;
  resolved.seed = job.seed;
  Conditioning& given = resolved.conditioning;
  for (Reference* file : {&given.init_image, &given.init_video, &given.end_image}) {
    for (const InspectedReference& inspected : references) {
      if (inspected.reference.file.path == file->path) file->sha256 = inspected.sha256;
    }
    file->path = std::filesystem::path(file->path).filename().string();
  }
  return resolved;
}

std::string recipe_json(const Recipe& recipe) {
  Json json = {{"odsora", recipe.version}, {"model", {{"name", recipe.model_name}, {"digest", recipe.model_digest}}}};
  put_request(recipe.request, json);
  json["precision"] = precision_name(recipe.precision);
  if (recipe.quality) json["quality"] = *recipe.quality;
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace odsora
