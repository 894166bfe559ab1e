#include "json_damage.h"
#include "malformed_files.h"

namespace odsora::fuzz {
namespace {

const std::vector<FieldRule> kManifest = {
    {"/format", Field::kText},
    {"/version", Field::kInteger},
    {"/name", Field::kText},
    {"/defaults", Field::kObject},
    {"/defaults/width", Field::kInteger},
    {"/defaults/height", Field::kInteger},
    {"/defaults/frames", Field::kInteger},
    {"/defaults/fps", Field::kNumber},
    {"/defaults/steps", Field::kInteger},
    {"/defaults/guidance_scale", Field::kNumber},
    {"/defaults/preset", Field::kText, false},
    {"/defaults/aesthetic_score", Field::kNumber, false},
};

const std::vector<FieldRule> kT5 = {
    {"/d_model", Field::kInteger},
    {"/d_kv", Field::kInteger},
    {"/num_heads", Field::kInteger},
    {"/d_ff", Field::kInteger},
    {"/num_layers", Field::kInteger},
    {"/vocab_size", Field::kInteger},
    {"/relative_attention_num_buckets", Field::kInteger, false},
    {"/relative_attention_max_distance", Field::kInteger, false},
    {"/layer_norm_epsilon", Field::kNumber, false},
    {"/feed_forward_proj", Field::kText, false},
};

const std::vector<FieldRule> kStDit3 = {
    {"/depth", Field::kInteger},
    {"/hidden_size", Field::kInteger},
    {"/num_heads", Field::kInteger},
    {"/mlp_ratio", Field::kNumber, false},
    {"/in_channels", Field::kInteger},
    {"/patch_size", Field::kArray},
    {"/caption_channels", Field::kInteger},
    {"/model_max_length", Field::kInteger},
    {"/input_sq_size", Field::kNumber, false},
    {"/pred_sigma", Field::kBoolean, false},
    {"/qk_norm", Field::kBoolean, false},
    {"/qk_norm_legacy", Field::kBoolean, false},
    {"/skip_y_embedder", Field::kBoolean, false},
};

const std::vector<FieldRule> kVae = {
    {"/micro_frame_size", Field::kInteger},
    {"/scale", Field::kArray},
    {"/shift", Field::kArray},
    {"/vae_2d", Field::kObject},
    {"/vae_2d/module_config", Field::kObject, false},
    {"/vae_2d/module_config/block_out_channels", Field::kArray},
    {"/vae_2d/module_config/latent_channels", Field::kInteger},
    {"/vae_2d/module_config/layers_per_block", Field::kInteger},
    {"/vae_2d/module_config/norm_num_groups", Field::kInteger, false},
    {"/vae_temporal", Field::kObject},
    {"/vae_temporal/in_out_channels", Field::kInteger, false},
    {"/vae_temporal/latent_embed_dim", Field::kInteger, false},
    {"/vae_temporal/embed_dim", Field::kInteger, false},
    {"/vae_temporal/filters", Field::kInteger, false},
    {"/vae_temporal/num_res_blocks", Field::kInteger, false},
    {"/vae_temporal/channel_multipliers", Field::kArray, false},
    {"/vae_temporal/temporal_downsample", Field::kArray, false},
    {"/vae_temporal/num_groups", Field::kInteger, false},
};

/// Values of the right type that no model can have.
struct ImpossibleValue {
  std::string pointer;
  std::vector<std::string> values;
};

const std::vector<ImpossibleValue> kImpossibleInManifest = {
    {"/format", {"\"\"", "\"odsora\"", "\"ODSORA-MODEL\""}},
    {"/version", {"0", "2", "2147483647", "2147483648"}},
    {"/name", {"\"\""}},
    {"/defaults/width", {"0", "15", "17", "4098", "2147483648"}},
    {"/defaults/height", {"0", "15", "17", "4098", "4294967312"}},
    {"/defaults/frames", {"0", "10001"}},
    {"/defaults/fps", {"0", "-1", "241", "1e-999"}},
    {"/defaults/steps", {"0", "1001"}},
    {"/defaults/guidance_scale", {"-0.1", "100.5"}},
    {"/defaults/preset", {"\"\"", "\"Exact\"", "\"slow\""}},
    {"/defaults/aesthetic_score", {"-1", "10.5"}},
    {"/defaults/of_no_use", {"1"}},
    {"/of_no_use", {"1"}},
};

const std::vector<ImpossibleValue> kImpossibleInT5 = {
    {"/d_model", {"0", "65537"}},
    {"/d_kv", {"0", "1025"}},
    {"/num_heads", {"0", "1025", "2147483648"}},
    {"/d_ff", {"0", "1048577"}},
    {"/num_layers", {"0", "1025"}},
    {"/vocab_size", {"0", "16777217"}},
    {"/relative_attention_num_buckets", {"0", "3", "4097", "512"}},
    {"/relative_attention_max_distance", {"0", "1", "2", "8", "1048577"}},
    {"/layer_norm_epsilon", {"-1e-6", "1.5"}},
    {"/feed_forward_proj", {"\"relu\"", "\"gated-silu\"", "\"\""}},
};

const std::vector<ImpossibleValue> kImpossibleInStDit3 = {
    {"/depth", {"0", "1025"}},
    {"/hidden_size", {"0", "4", "1151", "1153", "1160", "65537"}},
    {"/num_heads", {"0", "7", "1152", "1025"}},
    {"/mlp_ratio", {"0", "-1", "65", "0.000001"}},
    {"/in_channels", {"0", "1025"}},
    {"/patch_size", {"[]", "[1,2]", "[1,2,2,2]", "[2,2,2]", "[1,0,2]", "[1,2,65]", "[1,2,-2]", "[1,2.5,2]"}},
    {"/caption_channels", {"0", "65537"}},
    {"/model_max_length", {"0", "65537"}},
    {"/input_sq_size", {"0", "65537", "0.5"}},
    {"/qk_norm_legacy", {"true"}},
    {"/skip_y_embedder", {"true"}},
};

const std::vector<ImpossibleValue> kImpossibleInVae = {
    {"/micro_frame_size", {"0", "1025"}},
    {"/scale", {"[]", "[1]", "[1,1,1,1,1]", "[0,1,1,1]", "[1,1,1,1e-320]", "[1,1,1,1e300]", "[1,1,-1e39,1]"}},
    {"/shift", {"[]", "[1]", "[1,1,1,1,1]", "[1,1,1,1e300]", "[1,1,-1e39,1]"}},
    {"/vae_2d/module_config/block_out_channels", {"[]", "[0]", "[17]", "[8,8,8,8,8,8,8,8,8]", "[16,65544]"}},
    {"/vae_2d/module_config/latent_channels", {"0", "5", "65537"}},
    {"/vae_2d/module_config/layers_per_block", {"0", "65"}},
    {"/vae_2d/module_config/norm_num_groups", {"0", "3", "65537"}},
    {"/vae_temporal/in_out_channels", {"0", "5", "65537"}},
    {"/vae_temporal/latent_embed_dim", {"0", "65537"}},
    {"/vae_temporal/embed_dim", {"0", "5", "65537"}},
    {"/vae_temporal/filters", {"0", "33", "65537"}},
    {"/vae_temporal/num_res_blocks", {"0", "65"}},
    {"/vae_temporal/channel_multipliers", {"[]", "[0,1,2,4]", "[1,2,2]", "[1,2,2,65]", "[1,1,1,1,1,1,1,1,1]"}},
    {"/vae_temporal/temporal_downsample", {"[]", "[false,true]", "[true,true,true,true]", "[0,1,1]"}},
    {"/vae_temporal/num_groups", {"0", "7", "65537"}},
};

/// Without blanks, so that each beginning is cut off.
Json good_config(const std::string& name) { return Json::parse(seed(name)); }

std::vector<MalformedFiles> damaged(const std::string& target, const Json& good, const std::vector<FieldRule>& rules,
                                    const std::vector<ImpossibleValue>& impossible) {
  const std::string text = good.dump();
  MalformedFiles values{.kind = target + "_impossible_values", .target = target, .good = text, .files = {}};
  for (const auto& [pointer, texts] : impossible) {
    for (std::string& file : with_values(good, pointer, texts)) values.files.push_back(std::move(file));
  }
  return {{.kind = target + "_broken_json", .target = target, .good = text, .files = broken_json(text)},
          {.kind = target + "_wrong_types", .target = target, .good = text, .files = wrong_fields(good, rules)},
          std::move(values)};
}

void append(std::vector<MalformedFiles>& all, std::vector<MalformedFiles> some) {
  for (MalformedFiles& files : some) all.push_back(std::move(files));
}

}  // namespace

std::vector<MalformedFiles> malformed_configs() {
  std::vector<MalformedFiles> all;
  append(all,
         damaged("model_manifest", good_config("model_manifest/all_fields.json"), kManifest, kImpossibleInManifest));
  append(all, damaged("t5_config", good_config("t5_config/published.json"), kT5, kImpossibleInT5));
  append(all, damaged("stdit3_config", good_config("stdit3_config/published.json"), kStDit3, kImpossibleInStDit3));
  append(all, damaged("vae_config", good_config("vae_config/golden.json"), kVae, kImpossibleInVae));
  return all;
}

}  // namespace odsora::fuzz
