#include "models/latent_color_fit.h"

#include <gtest/gtest.h>

#include <limits>

#include "base/noise.h"

namespace odsora {
namespace {

constexpr size_t kChannels = 4;

LatentColorMap some_map() {
  LatentColorMap map;
  map.weights = {std::vector<double>{0.1, -0.2, 0.05, 0}, {0.02, 0.03, -0.04, 0.1}, {0, 0, 0.15, -0.1}};
  map.offset = {0.4, 0.5, 0.6};
  return map;
}

std::array<double, 3> color_of(const LatentColorMap& map, std::span<const double> latent) {
  std::array<double, 3> color = map.offset;
  for (size_t c = 0; c < 3; ++c) {
    for (size_t i = 0; i < latent.size(); ++i) color[c] += map.weights[c][i] * latent[i];
  }
  return color;
}

std::vector<double> normal_numbers(size_t count, uint64_t stream) {
  std::vector<float> values(count);
  fill_normal(11, stream, values);
  return {values.begin(), values.end()};
}

// Pairs of a map, with an error of this deviation in their colours.
LatentColorFit fit_of(const LatentColorMap& map, size_t pairs, double deviation,
                      size_t channels_that_vary = kChannels) {
  LatentColorFit fit(kChannels);
  const std::vector<double> latents = normal_numbers(pairs * kChannels, 1);
  const std::vector<double> errors = normal_numbers(pairs * 3, 2);
  for (size_t i = 0; i < pairs; ++i) {
    std::vector<double> latent(latents.begin() + static_cast<ptrdiff_t>(i * kChannels),
                               latents.begin() + static_cast<ptrdiff_t>((i + 1) * kChannels));
    std::fill(latent.begin() + static_cast<ptrdiff_t>(channels_that_vary), latent.end(), 0.0);
    std::array<double, 3> color = color_of(map, latent);
    for (size_t c = 0; c < 3; ++c) color[c] += deviation * errors[3 * i + c];
    fit.add(latent, color);
  }
  return fit;
}

void expect_near(const LatentColorMap& found, const LatentColorMap& expected, double limit) {
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(found.offset[c], expected.offset[c], limit);
    for (size_t i = 0; i < kChannels; ++i) EXPECT_NEAR(found.weights[c][i], expected.weights[c][i], limit);
  }
}

TEST(LatentColorFit, FindsAKnownMap) {
  const LatentColorFit fit = fit_of(some_map(), 2000, 0);
  const auto found = fit.solve();
  ASSERT_TRUE(found);
  expect_near(*found, some_map(), 1e-3);  // what the pull towards grey may do
  EXPECT_GT(fit.quality(*found).explained, 0.9999);
  EXPECT_NEAR(fit.quality(some_map()).explained, 1, 1e-9);
}

TEST(LatentColorFit, FindsItBehindNoiseAndTellsHowMuchIsExplained) {
  const LatentColorFit fit = fit_of(some_map(), 20'000, 0.1);
  const auto found = fit.solve();
  ASSERT_TRUE(found);
  expect_near(*found, some_map(), 5e-3);
  EXPECT_NEAR(fit.quality(*found).psnr, 20, 0.2);  // an error of 0.1
  // The variance of the true colours is the mean of the squares of the weights' norms.
  const double signal = (0.0525 + 0.0129 + 0.0325) / 3;
  EXPECT_NEAR(fit.quality(*found).explained, signal / (signal + 0.01), 0.01);
}

TEST(LatentColorFit, TwoFitsTogetherAreOneOfAllPairs) {
  LatentColorFit one = fit_of(some_map(), 300, 0.1);
  LatentColorFit both = one;
  both.add(one);
  EXPECT_EQ(both.pairs(), 600);
  expect_near(*both.solve(), *one.solve(), 1e-12);
  EXPECT_NEAR(both.quality(some_map()).psnr, one.quality(some_map()).psnr, 1e-9);
}

TEST(LatentColorFit, ChannelsThatDoNotVaryKeepWhatWasKnownOfThem) {
  const LatentColorFit fit = fit_of(some_map(), 2000, 0, 2);
  const auto alone = fit.solve();
  ASSERT_TRUE(alone);
  for (size_t c = 0; c < 3; ++c) EXPECT_EQ(alone->weights[c][3], 0);
  LatentColorMap earlier = some_map();
  for (std::vector<double>& weights : earlier.weights) weights[0] += 0.3;  // wrong
  const auto found = fit.solve(earlier);
  ASSERT_TRUE(found);
  for (size_t c = 0; c < 3; ++c) {
    EXPECT_NEAR(found->weights[c][3], earlier.weights[c][3], 1e-9);
    EXPECT_NEAR(found->weights[c][0], some_map().weights[c][0] + 0.1, 0.02);  // a third of the way is left
  }
}

TEST(LatentColorFit, NothingIsFoundFromNothingOrFromWhatIsNotFinite) {
  LatentColorFit fit(kChannels);
  EXPECT_FALSE(fit.solve());
  fit = fit_of(some_map(), 100, 0);
  fit.add(std::vector<double>{0, std::numeric_limits<double>::quiet_NaN(), 0, 0}, {0, 0, 0});
  EXPECT_FALSE(fit.solve());
  fit = fit_of(some_map(), 100, 0);
  fit.add(std::vector<double>{0, std::numeric_limits<double>::infinity(), 0, 0}, {0, 0, 0});
  EXPECT_FALSE(fit.solve());
}

// A VAE of squares of 2 x 2 pixels whose latent frames stand for 2 frames, in chunks of 3.
VideoVaeConfig small_vae() {
  VideoVaeConfig vae;
  vae.spatial.channels = {4, 4};
  vae.temporal.downsample = {false, true};
  vae.temporal.multipliers = {1, 1, 1};
  vae.frames_per_chunk = 3;
  return vae;
}

TEST(LatentFrameOf, AChunkIsFilledUpInFront) {
  const VideoVaeConfig vae = small_vae();
  const auto all = [&](int64_t frames) {
    std::vector<int64_t> latent_frames;
    for (int64_t i = 0; i < frames; ++i) latent_frames.push_back(vae.latent_frame_of(i, frames));
    EXPECT_EQ(latent_frames.back() + 1, vae.latent_frames(frames));
    return latent_frames;
  };
  EXPECT_EQ(all(1), (std::vector<int64_t>{0}));
  EXPECT_EQ(all(2), (std::vector<int64_t>{0, 0}));
  EXPECT_EQ(all(3), (std::vector<int64_t>{0, 1, 1}));
  EXPECT_EQ(all(8), (std::vector<int64_t>{0, 1, 1, 2, 3, 3, 4, 4}));
  EXPECT_EQ(VideoVaeConfig().latent_frame_of(33, 34), 9);
  EXPECT_EQ(VideoVaeConfig().latent_frame_of(17, 34), 5);
}

TEST(LatentColorLearner, PairsEachLatentPixelWithTheMeanOfItsPixels) {
  const VideoVaeConfig vae = small_vae();
  // Channel 0 is the red of what the latent pixel stands for; the frames of one differ around it.
  const int64_t frames = 4, height = 2, width = 3;
  HostTensor latent({1, vae.latent_frames(frames), height, width});
  for (int64_t i = 0; i < latent.count(); ++i) latent.values[static_cast<size_t>(i)] = static_cast<float>(i) / 20;
  LatentColorFit fit(1);
  LatentColorLearner learner(vae, fit);
  for (int clip = 0; clip < 2; ++clip) {
    learner.begin(latent, frames);
    for (int64_t frame = 0; frame < frames; ++frame) {
      std::vector<uint8_t> rgb;
      for (int64_t y = 0; y < 2 * height; ++y) {
        for (int64_t x = 0; x < 2 * width; ++x) {
          const int64_t at = (vae.latent_frame_of(frame, frames) * height + y / 2) * width + x / 2;
          const int value = static_cast<int>(at) * 12 + (x % 2 == 0 ? 3 : -3) + 3;
          rgb.insert(rgb.end(), {static_cast<uint8_t>(value), 51, 0});
        }
      }
      learner.add_frame(rgb);
    }
  }
  EXPECT_EQ(fit.pairs(), 2 * latent.count());
  LatentColorMap exact;
  exact.weights = {std::vector<double>{240.0 / 255}, {0}, {0}};
  exact.offset = {3.0 / 255, 0.2, 0};
  EXPECT_GT(fit.quality(exact).psnr, 100);
}

}  // namespace
}  // namespace odsora
