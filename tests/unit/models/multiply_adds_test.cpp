#include "models/multiply_adds.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

// The published sizes, counted independently for a clip of 68 frames at 192x192: 6.12 T for one evaluation with 60
// text tokens (0.02 T of them for the text itself), 0.689 T for each 17 frames through the temporal decoder and
// 0.1747 T for each frame through the spatial one, of which 0.0489 T upsampled directly and 0.0226 T do folded.
constexpr ClipSize kClip = {.frames = 68, .latent_frames = 20, .latent_height = 24, .latent_width = 24};

TEST(MultiplyAdds, Stdit3MatchesTheIndependentCount) {
  StDit3Config xl;
  xl.depth = 28;
  xl.hidden_size = 1152;
  xl.heads = 16;
  xl.mlp_size = 4608;
  EXPECT_NEAR(stdit3_multiply_adds(xl, kClip, 60), 6.12e12, 0.03e12);
  EXPECT_NEAR(
      stdit3_multiply_adds(xl, {.frames = 68, .latent_frames = 20, .latent_height = 32, .latent_width = 32}, 60),
      10.94e12, 0.04e12);
}

// What On-device Sora's authors measured is 1.27x.
TEST(MultiplyAdds, MergingSavesWhatAttentionOfHalfTheFramesDoes) {
  StDit3Config xl;
  xl.depth = 28;
  xl.hidden_size = 1152;
  xl.heads = 16;
  xl.mlp_size = 4608;
  const double all = stdit3_multiply_adds(xl, kClip, 60), merged = stdit3_multiply_adds(xl, kClip, 60, 28);
  EXPECT_NEAR(all / merged, 1.28, 0.01);
  EXPECT_NEAR(stdit3_multiply_adds(xl, kClip, 60, 14), (all + merged) / 2, 1e-6 * all);
}

TEST(MultiplyAdds, VaeMatchesTheIndependentCount) {
  EXPECT_NEAR(vae_decode_multiply_adds(VideoVaeConfig(), kClip),
              4 * 0.689e12 + 68 * (0.1747e12 - 0.0489e12 + 0.0226e12), 0.1e12);
}

// From the shapes of the published weights: 0.607 T for each 17 frames through the temporal encoder, and 0.0764 T for
// each frame through the spatial one, 0.1364 T at 256x256.
TEST(MultiplyAdds, VaeEncoderMatchesTheIndependentCount) {
  EXPECT_NEAR(vae_encode_multiply_adds(VideoVaeConfig(), kClip), 4 * 0.6074e12 + 68 * 0.07644e12, 0.005e12);
  constexpr ClipSize kPicture = {.frames = 1, .latent_frames = 1, .latent_height = 32, .latent_width = 32};
  EXPECT_NEAR(vae_encode_multiply_adds(VideoVaeConfig(), kPicture), 0.1364e12 + 1.0798e12 / 5, 0.0005e12);
}

}  // namespace
}  // namespace odsora
