#include "pipeline/checkpoint_state.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/config_object.h"
#include "base/error.h"

namespace odsora {
namespace {

constexpr int kMostCount = 1'000'000;

nlohmann::ordered_json to_json(const DenoisingStep& step) {
  nlohmann::ordered_json json = {{"step", step.step}, {"t", step.t}};
  if (!std::isnan(step.cosine)) json["cosine"] = step.cosine;
  json["merged_blocks"] = step.merged_blocks;
  json["decision"] = step.decision;
  return json;
}

DenoisingStep parse_step(const ConfigObject& json) {
  json.allow_only({"step", "t", "cosine", "merged_blocks", "decision"});
  return {.step = json.integer("step", {1, kMostCount}),
          .t = json.number("t"),
          .cosine = json.number_or("cosine", std::numeric_limits<double>::quiet_NaN(), {}),
          .merged_blocks = json.integer("merged_blocks", {0, kMostCount}),
          .decision = json.text("decision")};
}

}  // namespace

std::string to_json(const CheckpointState& state) {
  nlohmann::ordered_json json = {{"clip", state.clip + 1},
                                 {"evaluations", state.evaluations},
                                 {"best_cosine", state.straightness.best},
                                 {"patience_left", state.straightness.patience_left},
                                 {"in_f32", state.in_f32}};
  json["path"] = nlohmann::ordered_json::array();
  for (const DenoisingStep& step : state.path) json["path"].push_back(to_json(step));
  return json.dump();
}

CheckpointState parse_checkpoint_state(const std::string& text, const std::string& source) {
  try {
    const ConfigObject json = ConfigObject::parse(text, source);
    json.allow_only({"clip", "evaluations", "best_cosine", "patience_left", "in_f32", "path"});
    CheckpointState state = {.clip = json.integer("clip", {1, kMostCount}) - 1,
                             .evaluations = json.integer("evaluations", {0, kMostCount}),
                             .straightness = {.best = json.number("best_cosine"),
                                              .patience_left = json.integer("patience_left", {0, kMostCount})},
                             .in_f32 = json.boolean("in_f32")};
    for (const ConfigObject& step : json.objects("path")) state.path.push_back(parse_step(step));
    return state;
  } catch (const Error& error) {
    throw Error(ErrorCode::kInvalidArgument, error.what());  // no model file is to blame
  }
}

}  // namespace odsora
