#include <gtest/gtest.h>

#include <map>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "models/stdit3.h"

namespace odsora::golden {
namespace {

constexpr Limit kLimit = {.absolute = 1e-4F};

// Files of the on-device code say in which steps it merges, and at which step they were made.
TokenMerging merging_of(const Fixture& fixture) {
  if (!fixture.has("in.merge_steps")) return {};
  return {.rule = TokenMerging::Rule::kAuthors, .steps = {1, static_cast<int>(fixture.integer("in.merge_steps"))}};
}

// The tokens of each text that its mask keeps; a mask of one row serves all texts, no mask keeps every token.
std::vector<HostTensor> texts_of(const Fixture& fixture) {
  const HostTensor y = fixture.tensor("in.y");  // [batch, 1, tokens, channels]
  const auto tokens = static_cast<size_t>(y.dim(2));
  std::vector<int64_t> mask(tokens, 1);
  if (fixture.has("in.mask")) mask = fixture.integers("in.mask");
  std::vector<HostTensor> texts;
  for (int64_t b = 0; b < y.dim(0); ++b) {
    const size_t first = mask.size() > tokens ? static_cast<size_t>(b) * tokens : 0;
    texts.push_back(masked_rows(item(item(y, b), 0), std::span(mask).subspan(first, tokens)));
  }
  return texts;
}

// The values a probe saw; one name may come in several parts.
class Seen {
 public:
  explicit Seen(Ops& ops) : ops_(ops) {}
  void operator()(std::string_view name, const Tensor& value) {
    const HostTensor part = ops_.download(value);
    HostTensor& whole = values_[std::string(name)];
    if (whole.shape.empty()) whole.shape = part.shape;
    whole.values.insert(whole.values.end(), part.values.begin(), part.values.end());
  }
  HostTensor at(const std::string& name) const { return values_.at(name); }
  /// Rows [first, first + count) of the slowest axis.
  HostTensor rows(const std::string& name, int64_t first, int64_t count) const {
    std::vector<HostTensor> kept;
    for (int64_t i = first; i < first + count; ++i) kept.push_back(item(values_.at(name), i));
    return stack(kept);
  }

 private:
  Ops& ops_;
  std::map<std::string, HostTensor> values_;
};

// What the fixture stores on the way (act.…) against what the probe saw.
void compare_intermediates(const Fixture& fixture, const Seen& seen, const StDit3Config& config, DType type) {
  const HostTensor x = fixture.tensor("in.x");
  const int64_t batch = x.dim(0), frames = x.dim(2);
  const auto compare = [&](const std::string& name, const std::function<HostTensor()>& got) {
    if (fixture.has("act." + name)) expect_near("act." + name, got(), fixture.tensor("act." + name), type, kLimit);
  };
  for (const char* name : {"x_embedder", "pos_emb", "x_after_pos", "spatial0", "spatial0.attn", "spatial0.cross_attn",
                           "temporal0", "final_layer"}) {
    compare(name, [&] { return seen.at(name); });
  }
  compare("t", [&] { return seen.rows("t", 0, batch); });
  compare("t_mlp", [&] { return seen.rows("t_mlp", 0, batch); });
  compare("t0_mlp", [&] { return seen.rows("t_mlp", batch, batch); });
  compare("y_packed", [&] { return seen.at("y"); });
  compare("last_block", [&] { return seen.at("temporal" + std::to_string(config.depth - 1)); });
  compare("temporal0.attn", [&] {  // stored as [batch * patches, frames, C]
    HostTensor value = seen.at("temporal0.attn");
    value.shape = {batch, frames, value.dim(1), config.hidden_size};
    return permute(value, {0, 2, 1, 3});
  });
}

}  // namespace

void compare_stdit3(const std::filesystem::path& file) {
  const Fixture fixture(file);
  const auto folder = file.parent_path();
  const StDit3Config config = StDit3Config::read(ConfigObject::open(folder / "config.json"));
  const WeightStore store(folder / "model.safetensors");
  const HostTensor timesteps = fixture.tensor("in.timestep");
  const HostTensor fps = fixture.tensor("in.fps");
  const HostTensor latent = fixture.tensor("in.x");
  std::vector<uint8_t> frame_moves;
  if (fixture.has("in.x_mask")) {
    const auto mask = fixture.integers("in.x_mask");
    frame_moves.assign(mask.begin(), mask.end());
  }
  for (const DType type : compute_types()) {
    Device device(type);
    StDit3 model(WeightScope(store), config, device.host());
    Seen seen(*device.ops);
    const Probe probe = [&](std::string_view name, const Tensor& value) { seen(name, value); };
    TextCondition text = model.prepare_text(texts_of(fixture), probe);
    // Twice: the second run finds keys and values of the text in their cache.
    for (int run = 0; run < 2; ++run) {
      const HostTensor out =
          model.forward({.latent = latent,
                         .timesteps = timesteps.values,
                         .fps = fps.values,
                         .pixel_height = fixture.tensor("in.height").values[0],
                         .pixel_width = fixture.tensor("in.width").values[0],
                         .text = text,
                         .frame_moves = frame_moves,
                         .merging = merging_of(fixture),
                         .step = fixture.has("in.step") ? static_cast<int>(fixture.integer("in.step")) : 0},
                        run == 0 ? probe : Probe());
      expect_near("out", out, fixture.tensor("out"), type, kLimit);
    }
    compare_intermediates(fixture, seen, config, type);
  }
}

}  // namespace odsora::golden
