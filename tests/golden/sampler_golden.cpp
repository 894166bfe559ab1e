#include <gtest/gtest.h>

#include <cstdio>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "models/stdit3.h"
#include "pipeline/guided_velocity.h"
#include "sampling/rectified_flow.h"
#include "sampling/timesteps.h"

namespace odsora::golden {
namespace {

constexpr Limit kLoopLimit = {.absolute = 3e-4F};
constexpr Limit kPredictionLimit = {.absolute = 1e-4F};
constexpr float kTimestepLimit = 2e-4F;  // of 1000
constexpr double kCosineLimit = 1e-4;
constexpr double kBf16CosineLimit = 2e-2;

// The options that a schedule's name spells: n<steps>.f<frames>.<height>x<width>.<transform|plain>.
// <continuous|discrete>.args_<type of the sizes>.
TimestepOptions options_of(const std::string& name) {
  TimestepOptions options;
  long frames = 0, height = 0, width = 0;
  char transform[16], discrete[16], arithmetic[16];
  EXPECT_EQ(std::sscanf(name.c_str(), "n%d.f%ld.%ldx%ld.%15[a-z].%15[a-z].args_%15s", &options.steps, &frames, &height,
                        &width, transform, discrete, arithmetic),
            7)
      << name;
  options.frames = frames;
  options.pixel_height = height;
  options.pixel_width = width;
  options.transform = std::string(transform) == "transform";
  options.discrete = std::string(discrete) == "discrete";
  options.arithmetic = std::string(arithmetic) == "bf16" ? SizeArithmetic::kBF16 : SizeArithmetic::kF32;
  return options;
}

void compare_timesteps(const Fixture& fixture) {
  for (const std::string& name : fixture.names()) {
    const std::vector<float> got = timesteps(options_of(name));
    const HostTensor expected = fixture.tensor(name);
    ASSERT_EQ(got.size(), expected.values.size()) << name;
    for (size_t i = 0; i < got.size(); ++i) EXPECT_NEAR(got[i], expected.values[i], kTimestepLimit) << name << " " << i;
  }
}

// The prompts, then for each of them the null text cut by the prompt's mask.
std::vector<HostTensor> texts_of(const Fixture& fixture) {
  const HostTensor y = fixture.tensor("in.y");               // [batch, 1, tokens, channels]
  const HostTensor null_text = fixture.tensor("in.y_null");  // [tokens, channels]
  const auto mask = fixture.integers("in.text_mask");        // [batch, tokens]
  const auto tokens = static_cast<size_t>(y.dim(2));
  std::vector<HostTensor> texts;
  for (const bool prompt : {true, false}) {
    for (int64_t b = 0; b < y.dim(0); ++b) {
      const auto row = std::span(mask).subspan(static_cast<size_t>(b) * tokens, tokens);
      texts.push_back(masked_rows(prompt ? item(item(y, b), 0) : null_text, row));
    }
  }
  return texts;
}

// Loops of the on-device sampler record what its rule of LPL does, which cannot be turned off.
bool is_ondevice(const Fixture& fixture) { return fixture.has("lpl.step"); }

FlowInputs flow_inputs(const Fixture& fixture) {
  FlowInputs inputs;
  inputs.z = fixture.tensor("in.z");
  if (is_ondevice(fixture)) {
    inputs.leap = {.rule = Leap::Rule::kAuthors};
    inputs.merging = {.rule = TokenMerging::Rule::kAuthors,
                      .steps = {1, static_cast<int>(fixture.integer("in.merge_steps"))}};
  }
  const auto frames = fixture.integers("in.num_frames");
  const auto heights = fixture.integers("in.height");
  const auto widths = fixture.integers("in.width");
  for (int64_t b = 0; b < inputs.z.dim(0); ++b) {
    const auto i = static_cast<size_t>(b);
    inputs.timesteps.push_back(timesteps({.steps = static_cast<int>(fixture.integer("in.steps")),
                                          .discrete = is_ondevice(fixture),
                                          .pixel_height = heights[i],
                                          .pixel_width = widths[i],
                                          .frames = frames[i],
                                          .latent_frames = inputs.z.dim(2)}));
  }
  if (fixture.has("in.mask")) inputs.mask = fixture.tensor("in.mask").values;
  if (fixture.has("noise")) {
    inputs.noise = [noise = fixture.tensor("noise")](int step) { return item(noise, step); };
  }
  return inputs;
}

void compare_decision(const Fixture& fixture, const FlowState& state, DType type) {
  const auto i = static_cast<size_t>(state.evaluations - 1);
  EXPECT_EQ(state.decision.ends_path, fixture.integers("lpl.fired").at(i) != 0) << "step " << i;
  if (state.decision.ends_path) return;  // theirs has cleared its state by now
  EXPECT_NEAR(state.decision.straightness.best, fixture.tensor("lpl.best_cos").values.at(i),
              type == DType::kF32 ? kCosineLimit : kBf16CosineLimit)
      << "step " << i;
  EXPECT_EQ(state.decision.straightness.patience_left, fixture.integers("lpl.tolerance_n").at(i)) << "step " << i;
}

void compare_loop(const Fixture& fixture, const std::filesystem::path& weights_folder, DType type) {
  const StDit3Config config = StDit3Config::read(ConfigObject::open(weights_folder / "config.json"));
  const WeightStore store(weights_folder / "model.safetensors");
  Device device(type);
  StDit3 model(WeightScope(store), config, device.host());
  TextCondition text = model.prepare_text(texts_of(fixture));
  FlowInputs inputs = flow_inputs(fixture);

  int step = 0;
  const auto compare_prediction = [&](const HostTensor& prediction) {
    if (!fixture.has("pred") || step >= fixture.tensor("pred").dim(0)) return;
    expect_near("pred of step " + std::to_string(step), prediction, item(fixture.tensor("pred"), step), type,
                kPredictionLimit);
  };
  const VelocityFunction guided = guided_velocity(model, text,
                                                  {.fps = fixture.tensor("in.fps").values,
                                                   .pixel_height = fixture.tensor("in.height").values[0],
                                                   .pixel_width = fixture.tensor("in.width").values[0],
                                                   .merging = inputs.merging,
                                                   .guidance_scale = fixture.tensor("in.guidance").values[0]},
                                                  {.prediction = compare_prediction});
  const VelocityFunction velocity = [&](const VelocityQuery& query) {
    expect_near("z_in of step " + std::to_string(step), query.z, item(fixture.tensor("z_in"), step), type, kLoopLimit);
    const HostTensor expected_times = item(fixture.tensor("timesteps"), step);
    for (size_t b = 0; b < query.timesteps.size(); ++b) {
      EXPECT_NEAR(query.timesteps[b], expected_times.values[b], kTimestepLimit);
    }
    if (fixture.has("x_mask")) {
      const HostTensor expected_mask = item(fixture.tensor("x_mask"), step);
      for (size_t i = 0; i < expected_mask.values.size(); ++i) {
        EXPECT_EQ(query.moving.empty() || query.moving[i] != 0, expected_mask.values[i] != 0) << "x_mask " << i;
      }
    }
    HostTensor result = guided(query);
    ++step;
    return result;
  };
  const HostTensor z = run_rectified_flow(std::move(inputs), velocity, [&](const FlowState& state) {
    if (is_ondevice(fixture)) compare_decision(fixture, state, type);
  });
  EXPECT_EQ(step, fixture.tensor("timesteps").dim(0));
  expect_near("out.z", z, fixture.tensor("out.z"), type, kLoopLimit);
}

}  // namespace

void compare_sampler(const std::filesystem::path& file) {
  const Fixture fixture(file);
  if (file.filename().string().starts_with("timesteps")) {
    compare_timesteps(fixture);
    return;
  }
  for (const DType type : compute_types()) compare_loop(fixture, file.parent_path().parent_path() / "stdit3", type);
}

}  // namespace odsora::golden
