#include "models/stdit3_config.h"

#include <cmath>

#include "base/error.h"

namespace odsora {

StDit3Config StDit3Config::read(const ConfigObject& config) {
  StDit3Config result;
  result.depth = config.integer("depth", {1, 1024});
  result.hidden_size = config.integer("hidden_size", {4, 65536});
  result.heads = config.integer("num_heads", {1, 1024});
  result.mlp_size =
      std::lround(config.number_or("mlp_ratio", 4.0, {0.01, 64.0}) * static_cast<double>(result.hidden_size));
  if (result.mlp_size < 1) config.reject("mlp_ratio", join("at least one of hidden_size (", result.hidden_size, ")"));
  result.in_channels = config.integer("in_channels", {1, 1024});
  result.out_channels = result.in_channels * (config.boolean_or("pred_sigma", true) ? 2 : 1);
  result.caption_channels = config.integer("caption_channels", {1, 65536});
  result.max_text_tokens = config.integer("model_max_length", {1, 65536});
  result.input_size = static_cast<float>(config.number_or("input_sq_size", 512, {1, 65536}));
  result.head_norm = config.boolean_or("qk_norm", true);

  const auto patch = config.integers("patch_size", {1, 64}, 3);
  if (patch[0] != 1) config.reject("patch_size", "[1, height, width]");
  result.patch = {.height = patch[1], .width = patch[2]};
  if (result.hidden_size % result.heads != 0 || result.head_size() % 2 != 0 || result.hidden_size % 4 != 0) {
    config.reject("hidden_size", join("a multiple of 4 and of twice num_heads (", result.heads, ")"));
  }
  if (config.boolean_or("qk_norm_legacy", false)) config.reject("qk_norm_legacy", "false (norm before rotation)");
  if (config.boolean_or("skip_y_embedder", false)) config.reject("skip_y_embedder", "false");
  return result;
}

}  // namespace odsora
