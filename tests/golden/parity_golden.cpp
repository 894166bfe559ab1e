#include <gtest/gtest.h>

#include "golden/fixture.h"
#include "golden/golden_tests.h"
#include "models/stdit3.h"
#include "models/t5_encoder.h"
#include "models/video_vae.h"
#include "pipeline/job.h"
#include "pipeline/model_folder.h"
#include "pipeline/pipeline.h"
#include "sampling/guidance.h"
#include "sampling/rectified_flow.h"
#include "sampling/timesteps.h"

namespace odsora::golden {
namespace {

// Several times what is seen (docs/golden.md): guidance 4.01 for 4 makes the f32 latent differ by 2e-2, a timestep that
// is 0.1 of 1000 off by 1e-3; guidance 4.1 shows in bf16 too, as 2.3e-2.
constexpr Limit kTextLimit = {.absolute = 1e-5F, .relative_rms = 5e-3F};
constexpr Limit kLatentLimit = {.absolute = 3e-4F};
constexpr Limit kFramesLimit = {.absolute = 1e-4F};
constexpr float kTimestepLimit = 2e-4F;  // of 1000

Job job_of(const Fixture& fixture, const ModelFolder& model) {
  Request request;
  for (const int64_t byte : fixture.integers("in.prompt")) request.prompt += static_cast<char>(byte);
  request.frames = static_cast<int>(fixture.integer("in.frames"));
  request.height = static_cast<int>(fixture.integer("in.height"));
  request.width = static_cast<int>(fixture.integer("in.width"));
  request.fps = static_cast<double>(fixture.integer("in.fps"));
  request.steps = static_cast<int>(fixture.integer("in.steps"));
  request.guidance_scale = fixture.tensor("in.guidance").values.at(0);
  request.seed = 0;  // unused: the noise is given
  return plan_job(request, model.manifest, model.transformer, model.vae);
}

HostTensor denoise(const ModelFolder& model, const Job& job, const HostTensor& text, const HostTensor& noise,
                   Device& device) {
  StDit3 denoiser(WeightScope(model.transformer_weights), model.transformer, device.host());
  const std::vector<HostTensor> with_and_without = {text, denoiser.null_text(text.dim(0))};
  TextCondition condition = denoiser.prepare_text(with_and_without);
  const std::vector<float> fps(2, job.conditioning_fps());
  return run_rectified_flow({.z = noise, .timesteps = {job.times()}}, [&](const VelocityQuery& query) {
    const HostTensor latents = twice(query.z);
    const std::vector<float> times(2, query.timesteps[0]);
    const HostTensor prediction = denoiser.forward({.latent = latents,
                                                    .timesteps = times,
                                                    .fps = fps,
                                                    .pixel_height = static_cast<float>(job.pixel_height),
                                                    .pixel_width = static_cast<float>(job.pixel_width),
                                                    .text = condition});
    return guide(prediction, denoiser.config().in_channels, static_cast<float>(job.guidance_scale));
  });
}

// latent [1, channels, latent frames, height, width] → [frames, height, width, 3].
HostTensor decode(const ModelFolder& model, const Job& job, const HostTensor& latent, Device& device) {
  VideoVaeDecoder decoder(WeightScope(model.vae_weights), model.vae, device.host());
  HostTensor frames;
  frames.shape = {job.frames, job.output_height, job.output_width, 3};
  decoder.decode(item(latent, 0), job.frames, [&](const HostTensor& part) {
    frames.values.insert(frames.values.end(), part.values.begin(), part.values.end());
  });
  return frames;
}

}  // namespace

void compare_parity(const std::filesystem::path& file, const std::filesystem::path& model_folder) {
  SCOPED_TRACE("if the weights have changed, training/parity.py makes the pair again");
  const Fixture fixture(file);
  const ModelFolder model(model_folder);
  const Job job = job_of(fixture, model);

  const Observer nobody;
  const std::vector<int32_t> tokens = tokenize(model, job, ProgressMeter(nobody)).texts.at(0).tokens;
  const std::vector<int64_t> expected_tokens = fixture.integers("act.tokens");
  ASSERT_EQ(std::vector<int64_t>(tokens.begin(), tokens.end()), expected_tokens);

  const std::vector<float> times = job.times();
  const HostTensor expected_times = fixture.tensor("act.timesteps");
  ASSERT_EQ(times.size(), expected_times.values.size());
  for (size_t i = 0; i < times.size(); ++i) EXPECT_NEAR(times[i], expected_times.values[i], kTimestepLimit) << i;

  for (const DType type : compute_types()) {
    Device device(type);
    T5Encoder encoder(WeightScope(model.text_encoder_weights), model.text_encoder, device.host());
    const HostTensor text = encoder.encode(tokens);
    expect_near("text embedding", text, fixture.tensor("act.text"), type, kTextLimit);
    const HostTensor latent = denoise(model, job, text, fixture.tensor("in.noise"), device);
    expect_near("latent", latent, fixture.tensor("act.latent"), type, kLatentLimit);
    expect_near("frames", decode(model, job, latent, device), fixture.tensor("out"), type, kFramesLimit);
  }
}

}  // namespace odsora::golden
