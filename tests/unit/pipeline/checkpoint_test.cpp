#include "pipeline/checkpoint.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

constexpr int kHeight = 4, kWidth = 6;

Job two_clips() {
  Job job;
  job.captions = {"a cat", "a cat"};
  job.frames = 8;
  job.overlap = {.frames = 4, .latent_frames = 1};
  job.steps = 10;
  job.latent_frames = 2;
  job.output_height = kHeight;
  job.output_width = kWidth;
  job.references = {{.take = JobReference::Take::kPicture, .option = "init image", .file = {.path = "cat.png"}}};
  return job;
}

HostTensor filled(const Shape& shape, float value) {
  HostTensor tensor(shape);
  std::fill(tensor.values.begin(), tensor.values.end(), value);
  return tensor;
}

std::vector<uint8_t> frame(uint8_t value) { return std::vector<uint8_t>(kHeight * kWidth * 3, value); }

class CheckpointTest : public testing::Test {
 protected:
  Checkpoint open(const std::string& recipe = R"({"prompt":"a cat"})",
                  const Checkpoints& settings = {.every_s = 0}) const {
    return {folder_.path() / "clip.mp4",
            {.recipe = recipe, .model_folder = "/model", .arithmetic = "avx2"},
            two_clips(),
            {.caption_channels = 5, .latent = kLatent},
            settings};
  }

  static DenoisingPosition position(int clip, int evaluations) {
    return {.clip = clip,
            .flow = {.evaluations = evaluations,
                     .z = filled({1, 4, 2, 1, 2}, 3),
                     .velocity = filled({1, 4, 2, 1, 2}, -2),
                     .straightness = {.best = 0.5, .patience_left = 2}},
            .mask = {0, 1},
            .in_f32 = true,
            .path = {{.step = 1, .t = 1000, .cosine = 0.5, .merged_blocks = 0, .decision = "go on"}}};
  }

  const Shape kLatent = {4, 2, 1, 2};
  TemporaryFolder folder_;
};

TEST_F(CheckpointTest, HandsBackWhatWasKept) {
  {
    Checkpoint checkpoint = open();
    EXPECT_FALSE(checkpoint.resumed());
    checkpoint.begin();
    checkpoint.keep_texts({HostTensor(), filled({3, 5}, 7)});
    checkpoint.keep_given({filled({4, 3, 1, 2}, 9)});
    checkpoint.reached(position(0, 6));
  }
  const Checkpoint checkpoint = open();
  JobTexts texts;
  texts.texts = {{.tokens = {1, 2}, .embedding = {}}, {.tokens = {1, 2, 3}, .embedding = {}}};
  checkpoint.find_texts(texts);
  EXPECT_FALSE(texts.texts[0].embedding);
  EXPECT_EQ(texts.texts[1].embedding->values, filled({3, 5}, 7).values);
  EXPECT_EQ(checkpoint.given()->at(0).shape, (Shape{4, 3, 1, 2}));
  const auto found = checkpoint.denoising(0);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->flow.z.values, position(0, 6).flow.z.values);
  EXPECT_EQ(found->flow.velocity.values, position(0, 6).flow.velocity.values);
  EXPECT_EQ(found->flow.straightness.patience_left, 2);
  EXPECT_EQ(found->mask, (std::vector<float>{0, 1}));
  EXPECT_TRUE(found->in_f32);
  EXPECT_EQ(found->path.size(), 1U);
  EXPECT_FALSE(checkpoint.denoising(1));
  EXPECT_EQ(checkpoint.resumed()->phase, Phase::kDenoising);
  EXPECT_EQ(checkpoint.resumed()->step, 6);
}

TEST_F(CheckpointTest, KeepsFramesInSegmentsAndCountsClipsByThem) {
  for (int begin = 0, value = 0; begin < 12; begin += 3) {
    Checkpoint checkpoint = open();
    checkpoint.begin();
    EXPECT_EQ(checkpoint.frames_kept(), begin);
    if (begin == 0) {
      for (int clip = 0; clip < 2; ++clip) checkpoint.keep_denoised(clip, {.latent = filled(kLatent, 1), .path = {}});
    }
    for (int i = 0; i < 3; ++i) checkpoint.add_frame(frame(static_cast<uint8_t>(value++)), i == 2);
    checkpoint.frames_added(false);
  }
  const Checkpoint checkpoint = open();
  EXPECT_EQ(checkpoint.frames_kept(), 12);
  EXPECT_TRUE(checkpoint.last_frame_in_f32());
  uint8_t expected = 2;
  checkpoint.read_frames(
      2, 7, [&](std::span<const uint8_t> seen) { EXPECT_TRUE(std::ranges::equal(seen, frame(expected++))); });
  EXPECT_EQ(expected, 9);
  const auto point = checkpoint.resumed();
  EXPECT_EQ(point->phase, Phase::kDecoding);
  EXPECT_EQ(point->clip, 2);
  EXPECT_EQ(point->step, 8);  // four of them are shared, four its own
  EXPECT_TRUE(checkpoint.has_denoised_all());
}

TEST_F(CheckpointTest, KeepsAStepLaterUnlessWorkStops) {
  {
    Checkpoint checkpoint = open(R"({"prompt":"a cat"})", {.every_s = 1000});
    checkpoint.begin();
    checkpoint.keep_texts({filled({3, 5}, 7)});
    checkpoint.reached(position(0, 1));
    EXPECT_FALSE(fs::exists(folder_.path() / "clip.mp4.checkpoint/denoising.safetensors"));
    checkpoint.reached(position(0, 2));
    EXPECT_TRUE(checkpoint.keep_all());
  }
  EXPECT_EQ(open().denoising(0)->flow.evaluations, 2);
}

TEST_F(CheckpointTest, GoesWhenTheVideoIsWholeAndStaysWhereItIsKept) {
  for (const bool keep : {false, true}) {
    {
      Checkpoint checkpoint = open(R"({"prompt":"a cat"})", {.keep = keep});
      checkpoint.begin();
      checkpoint.keep_texts({filled({3, 5}, 7)});
      checkpoint.remove();
    }
    EXPECT_EQ(fs::exists(folder_.path() / "clip.mp4.checkpoint"), keep);
  }
}

TEST_F(CheckpointTest, RefusesWhatDoesNotFitTheJob) {
  {
    Checkpoint checkpoint = open();
    checkpoint.begin();
    checkpoint.keep_texts({filled({3, 5}, 7)});
    checkpoint.reached(position(0, 9));
    checkpoint.keep_denoised(1, {.latent = filled({4, 2, 1, 3}, 1), .path = {}});
    checkpoint.add_frame(frame(0), false);
    checkpoint.frames_added(true);
  }
  expect_error(ErrorCode::kInvalidArgument,
               {"clip.mp4.checkpoint", "prompt: \"a cat\" there, \"a dog\" here", "--fresh"},
               [&] { open(R"({"prompt":"a dog"})"); });
  const fs::path folder = folder_.path() / "clip.mp4.checkpoint";
  expect_error(ErrorCode::kInvalidArgument, {"latents-2.safetensors", "[4, 2, 1, 2]", "[4, 2, 1, 3]"},
               [&] { open().denoised(1); });
  write_checkpoint_file(folder / "denoising.safetensors",
                        {{"recipe", "{}"},
                         {"state", R"({"clip":1,"evaluations":10,"best_cosine":0,"patience_left":0,)"
                                   R"("in_f32":false,"path":[]})"}},
                        {});
  expect_error(ErrorCode::kInvalidArgument, {"denoising.safetensors", "evaluations", "1 to 9"},
               [&] { open().denoising(0); });
  fs::rename(folder / "frames-000000.safetensors", folder / "frames-000002.safetensors");
  expect_error(ErrorCode::kInvalidArgument, {"expected frames from number 0 on", "frames-000002"}, [&] { open(); });
}

TEST_F(CheckpointTest, WithoutAFolderItKeepsNothing) {
  Checkpoint nothing;
  nothing.begin();
  nothing.keep_texts({filled({3, 5}, 7)});
  nothing.reached(position(0, 1));
  nothing.add_frame(frame(0), false);
  nothing.frames_added(true);
  EXPECT_FALSE(nothing.keep_all());
  EXPECT_FALSE(nothing.resumed());
  EXPECT_EQ(nothing.place(), "");
}

TEST(CheckpointPlace, BelongsToAnOutputHoweverItIsNamed) {
  EXPECT_EQ(checkpoint_folder("a/clip.mp4"), "a/clip.mp4.checkpoint");
  for (const char* place : {"/a/clip.mp4", "/a/clip.mp4.checkpoint", "/a/clip.mp4.checkpoint/",
                            "/a/clip.mp4.checkpoint/latents-1.safetensors"}) {
    EXPECT_EQ(output_of_checkpoint(place), "/a/clip.mp4") << place;
  }
}

}  // namespace
}  // namespace odsora
