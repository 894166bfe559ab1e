// Numbers that fail: what is done again in f32, and what is an error that names stage and layer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "cpu/isa.h"
#include "odsora/odsora.h"
#include "support/edited_model.h"
#include "support/expect_error.h"
#include "support/short_clip.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

using test::short_clip;

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
// Finite in f32; the next bf16 is infinity.
constexpr float kTooLargeForBf16 = 3.4e38F;

// An edit that sets all values of one tensor.
EditedModel::Edit set_all(const std::string& tensor, float value) {
  return [=](const std::string& name, HostTensor& values) {
    if (name == tensor) std::fill(values.values.begin(), values.values.end(), value);
  };
}

// A hidden value that is always zero, and a weight behind it that only f32 can hold: 0 x infinity in bf16.
void fail_in_bf16(const std::string& name, HostTensor& values) {
  constexpr size_t kHidden = 5;
  const std::string mlp = "spatial_blocks.3.mlp.";
  const auto columns = static_cast<size_t>(values.shape.back());
  if (name == mlp + "fc1.weight") std::fill_n(values.values.begin() + kHidden * columns, columns, 0.0F);
  if (name == mlp + "fc1.bias") values.values[kHidden] = 0;
  for (size_t row = 0; name == mlp + "fc2.weight" && row < values.values.size() / columns; ++row) {
    values.values[row * columns + kHidden] = kTooLargeForBf16;
  }
}

void expect_failure(const EditedModel& model, std::initializer_list<std::string> parts) {
  const TemporaryFolder folder;
  Engine engine({.model_folder = model.folder(), .threads = 2, .prompt_cache = false});
  expect_error(ErrorCode::kNumbers, parts,
               [&] { engine.generate(short_clip(3), {.path = folder.path() / "clip.mp4"}); });
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "clip.mp4"));
}

TEST(Guard, NamesTheLayerOfEachModelInWhichNumbersGoWrong) {
  expect_failure({"text_encoder", set_all("encoder.block.1.layer.1.DenseReluDense.wo.weight", kNan)},
                 {"text encoding", "NaN", "hidden_states.2"});
  expect_failure({"transformer", set_all("temporal_blocks.2.attn.proj.weight", kNan)},
                 {"denoising, step 1 of 3", "NaN", "temporal2.attn"});
  expect_failure({"transformer", set_all("spatial_blocks.1.mlp.fc2.bias", std::numeric_limits<float>::infinity())},
                 {"denoising, step 1 of 3", "spatial1.mlp"});
  expect_failure({"vae", set_all("temporal_vae.decoder.conv_out.conv.weight", kNan)},
                 {"decoding, frame 1", "NaN", "temporal."});
  expect_failure({"vae", set_all("spatial_vae.module.decoder.conv_in.weight", kNan)},
                 {"decoding, frame 1", "NaN", "spatial.conv_in"});
}

TEST(Guard, RefusesValuesThatAreMerelyMuchTooLarge) {
  expect_failure({"vae", set_all("spatial_vae.module.decoder.conv_out.bias", 1e9F)},
                 {"decoding", "1e+09", "last layer"});
}

TEST(Guard, AVideoOfOneColourIsNoSuccess) {
  expect_failure({"vae", set_all("spatial_vae.module.decoder.conv_out.weight", 0)}, {"decoding", "flat", "last layer"});
  // Its convolution feels the border of the picture.
  expect_failure({"vae", set_all("spatial_vae.module.decoder.conv_norm_out.weight", 0)}, {"decoding", "flat"});
}

class Bf16Failure : public testing::Test {
 protected:
  Bf16Failure() : model_("transformer", fail_in_bf16) {}

  Engine engine(Precision precision, uint64_t memory_limit = 0) const {
    return Engine({.model_folder = model_.folder(),
                   .precision = precision,
                   .threads = 2,
                   .memory_limit = memory_limit,
                   .prompt_cache = false});
  }

  EditedModel model_;
};

TEST_F(Bf16Failure, IsDoneAgainInF32WithOneNote) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU, or ODSORA_MAX_ISA, has no bf16";
  std::vector<std::string> notes;
  const Observer observer = {.on_note = [&](const std::string& sentence) { notes.push_back(sentence); }};
  const Video video = engine(Precision::kBF16).generate(short_clip(4), observer);
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], testing::AllOf(testing::HasSubstr("denoising, step 1 of 4"), testing::HasSubstr("NaN"),
                                       testing::HasSubstr("in f32")));
  const Video f32 = engine(Precision::kF32).generate(short_clip(4));
  EXPECT_GT(test::psnr(video, f32), 35);  // text and frames are of bf16
}

TEST_F(Bf16Failure, IsDoneAgainWithinTheMemoryLimitToo) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU, or ODSORA_MAX_ISA, has no bf16";
  const Video ample = engine(Precision::kBF16).generate(short_clip(3));
  const uint64_t least = engine(Precision::kF32).plan(short_clip(3)).least_memory_limit;
  const Video tight = engine(Precision::kBF16, least).generate(short_clip(3));
  EXPECT_EQ(tight.rgb, ample.rgb);
}

TEST_F(Bf16Failure, GoesOnInF32AfterAStop) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU, or ODSORA_MAX_ISA, has no bf16";
  const TemporaryFolder folder;
  Engine whole = engine(Precision::kBF16);
  const Video video = whole.generate(short_clip(4));
  int runs = 0;
  Report report;
  do {
    CancelToken token;
    const Observer observer = {.on_progress = [&](const Progress& progress) {
      if (progress.phase == Phase::kDenoising && progress.step > runs) token.request();
    }};
    report = whole.generate(short_clip(4), {.path = folder.path() / "clip.png", .checkpoints = {.every_s = 0}},
                            observer, &token);
    ASSERT_LE(++runs, 5);
  } while (report.cancelled);
  EXPECT_GT(runs, 3);
  whole.generate(short_clip(4), {.path = folder.path() / "whole.png"});
  const auto bytes = [&](const char* name) {
    std::ifstream stream(folder.path() / name, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(stream), {});
  };
  for (const char* number : {"0001", "0017"}) {
    EXPECT_EQ(bytes(("clip_" + std::string(number) + ".png").c_str()),
              bytes(("whole_" + std::string(number) + ".png").c_str()));
  }
}

}  // namespace
}  // namespace odsora
