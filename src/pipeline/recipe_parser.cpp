#include <filesystem>
#include <limits>
#include <string_view>

#include "base/config_object.h"
#include "base/error.h"
#include "odsora/odsora.h"
#include "pipeline/recipe.h"
#include "techniques/linear_proportional_leap.h"

namespace odsora {
namespace {

constexpr IntegerRange kCount = {1, std::numeric_limits<int>::max()};

// One of `choices`, whose names `name_of` gives.
template <typename Choices, typename NameOf>
auto choice(const ConfigObject& json, const char* key, const Choices& choices, NameOf name_of) {
  const std::string name = json.text(key);
  std::string names;
  for (const auto value : choices) {
    if (name == name_of(value)) return value;
    names += join(names.empty() ? "\"" : ", \"", name_of(value), '"');
  }
  json.reject(key, "one of " + names);
}

template <typename Target>
void read_integer(const ConfigObject& json, const char* key, Target& target) {
  if (json.contains(key)) target = json.integer(key, {0, std::numeric_limits<int>::max()});
}

template <typename Target>
void read_number(const ConfigObject& json, const char* key, Target& target) {
  if (json.contains(key)) target = json.number(key);
}

void read_text(const ConfigObject& json, const char* key, std::string& target) {
  if (json.contains(key)) target = json.text(key);
}

// A file by its path, or by its name and digest.
void read_reference(const ConfigObject& json, const char* key, Reference& target) {
  if (!json.contains(key)) return;
  if (json.is_text(key)) {
    target = {.path = json.text(key)};
    return;
  }
  const ConfigObject file = json.object(key);
  file.allow_only({"name", "sha256"});
  target = {.path = file.text("name"), .sha256 = file.text("sha256")};
}

CountedRange read_range(const ConfigObject& json, const char* key) {
  const ConfigObject range = json.object(key);
  range.allow_only({"first", "last"});
  return {.first = range.integer("first", kCount),
          .last = range.integer_or("last", CountedRange::kEnd, {0, kCount.max})};
}

void read_techniques(const ConfigObject& json, Request& request) {
  if (json.contains("preset")) {
    request.preset = choice(json, "preset", kPresets, preset_name);
    request.leap = {};
    request.tdtm = {};
  }
  if (!json.contains("leap") && !json.contains("tdtm")) return;
  if (!json.contains("preset")) request.preset = {};
  if (json.contains("leap")) {
    const ConfigObject leap = json.object("leap");
    leap.allow_only({"rule", "evaluations"});
    request.leap = Leap{.rule = choice(leap, "rule", kLeapRules, leap_rule_name),
                        .evaluations = leap.integer_or("evaluations", 0, kCount)};
  }
  if (json.contains("tdtm")) {
    const ConfigObject tdtm = json.object("tdtm");
    tdtm.allow_only({"rule", "steps", "blocks"});
    const std::string rule = tdtm.text("rule");
    if (rule != "mean" && rule != "authors") tdtm.reject("rule", "\"mean\" or \"authors\"");
    request.tdtm = TokenMerging{.rule = rule == "mean" ? TokenMerging::Rule::kMean : TokenMerging::Rule::kAuthors,
                                .steps = read_range(tdtm, "steps"),
                                .blocks = read_range(tdtm, "blocks")};
  }
}

void read_length(const ConfigObject& json, Request& request) {
  if (json.contains("frames") && !json.contains("seconds")) request.seconds = {};
  if (json.contains("seconds") && !json.contains("frames")) request.frames = {};
  read_integer(json, "frames", request.frames);
  read_number(json, "seconds", request.seconds);
}

void read_request(const ConfigObject& json, Request& request) {
  read_text(json, "prompt", request.prompt);
  read_text(json, "negative_prompt", request.negative_prompt);
  if (json.contains("raw_prompt")) request.raw_prompt = json.boolean("raw_prompt");
  read_number(json, "aesthetic_score", request.aesthetic_score);
  read_number(json, "motion_score", request.motion_score);
  read_text(json, "camera_motion", request.camera_motion);
  if (json.contains("seed")) request.seed = json.unsigned_integer("seed");
  read_integer(json, "width", request.width);
  read_integer(json, "height", request.height);
  read_length(json, request);
  read_integer(json, "clips", request.clips);
  read_number(json, "fps", request.fps);
  read_integer(json, "steps", request.steps);
  read_number(json, "guidance_scale", request.guidance_scale);
  read_techniques(json, request);
  read_reference(json, "init_image", request.conditioning.init_image);
  read_reference(json, "init_video", request.conditioning.init_video);
  read_reference(json, "end_image", request.conditioning.end_image);
  read_text(json, "mask_strategy", request.conditioning.mask_strategy);
}

// Programs print it, so it is nothing else than a version.
void read_version(const ConfigObject& json, std::string& version) {
  if (!json.contains("odsora")) return;
  version = json.text("odsora");
  constexpr std::string_view kLetters = "0123456789.-+abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
  constexpr size_t kLongest = 64;
  if (version.size() > kLongest || version.find_first_not_of(kLetters) != std::string::npos) {
    json.reject("odsora", "a version");
  }
}

Recipe read_recipe(const ConfigObject& json, const Recipe& defaults) {
  json.allow_only({"odsora",        "model",         "prompt", "negative_prompt", "raw_prompt",     "aesthetic_score",
                   "motion_score",  "camera_motion", "seed",   "width",           "height",         "frames",
                   "seconds",       "clips",         "fps",    "steps",           "guidance_scale", "precision",
                   "preset",        "leap",          "tdtm",   "init_image",      "init_video",     "end_image",
                   "mask_strategy", "quality"});
  Recipe recipe = defaults;
  read_version(json, recipe.version);
  if (json.contains("model")) {
    const ConfigObject model = json.object("model");
    model.allow_only({"name", "digest"});
    recipe.model_name = model.text("name");
    recipe.model_digest = model.text("digest");
  }
  if (json.contains("precision")) recipe.precision = choice(json, "precision", kPrecisions, precision_name);
  read_integer(json, "quality", recipe.quality);
  read_request(json, recipe.request);
  return recipe;
}

}  // namespace

Recipe parse_recipe(const std::string& json, const std::string& source, const Recipe& defaults) {
  try {
    return read_recipe(ConfigObject::parse(json, source), defaults);
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());  // no model file is to blame
  }
}

}  // namespace odsora
