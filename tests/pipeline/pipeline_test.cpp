// The whole road with the shipped model: a prompt goes in, frames come out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numeric>
#include <span>
#include <sstream>

#include "cpu/isa.h"
#include "odsora/odsora.h"
#include "support/expect_error.h"
#include "support/shipped_model.h"
#include "support/temporary_folder.h"
#include "support/video_probe.h"

namespace odsora {
namespace {

constexpr const char* kPrompt = "a panda bouncing over the ocean at sunset";

// Small enough for a few seconds.
Request small_request(const std::string& prompt = kPrompt, uint64_t seed = 1) {
  Request request;
  request.prompt = prompt;
  request.seed = seed;
  request.width = 96;
  request.height = 64;
  request.frames = 17;
  request.steps = 3;
  return request;
}

Video generate(const Request& request, int threads = 2, Precision precision = Precision::kAuto) {
  Engine engine({.model_folder = kShippedModel, .precision = precision, .threads = threads, .prompt_cache = false});
  return engine.generate(request);
}

std::string file_bytes(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

std::string file_made_with(const TemporaryFolder& folder, const Request& request, int threads) {
  const auto file = folder.path() / "clip.mp4";
  Engine engine({.model_folder = kShippedModel, .threads = threads, .prompt_cache = false});
  engine.generate(request, {.path = file});
  return file_bytes(file);
}

double mean_difference(std::span<const uint8_t> a, std::span<const uint8_t> b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return sum / static_cast<double>(a.size());
}

double deviation(std::span<const uint8_t> pixels) {
  const auto count = static_cast<double>(pixels.size());
  const double mean = std::accumulate(pixels.begin(), pixels.end(), 0.0) / count;
  double squares = 0;
  for (const uint8_t pixel : pixels) squares += (pixel - mean) * (pixel - mean);
  return std::sqrt(squares / count);
}

TEST(Pipeline, WritesAVideoOfTheSizeLengthAndRateAskedFor) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "clip.mp4";
  Engine engine({.model_folder = kShippedModel, .threads = 2, .prompt_cache = false});
  Request request = small_request();
  request.fps = 12;
  const Report report = engine.generate(request, {.path = file});
  EXPECT_EQ(report.evaluations, 3);
  EXPECT_EQ(report.seed, 1U);
  EXPECT_GT(report.denoising_s, 0);
  EXPECT_GT(report.peak_rss_bytes, 50'000'000U);

  const ProbedVideo video = VideoProbe::read(file);
  EXPECT_EQ(video.width, 96);
  EXPECT_EQ(video.height, 64);
  EXPECT_EQ(video.fps, 12);
  EXPECT_EQ(video.frames.size(), 17U);
}

TEST(Pipeline, FramesShowSomethingAndMove) {
  Request request = small_request();
  request.width = request.height = 128;
  request.steps = 10;
  const Video video = generate(request);
  const size_t size = size_t{128} * 128 * 3;
  ASSERT_EQ(video.rgb.size(), 17 * size);
  double movement = 0;
  for (size_t frame = 0; frame < 17; ++frame) {
    const auto pixels = std::span(video.rgb).subspan(frame * size, size);
    EXPECT_GT(deviation(pixels), 20) << "frame " << frame << " is flat";
    if (frame > 0) movement += mean_difference(pixels, std::span(video.rgb).subspan((frame - 1) * size, size));
  }
  EXPECT_GT(movement / 16, 1.0);
}

TEST(Pipeline, PromptAndSeedDecideThePicture) {
  const Video first = generate(small_request());
  EXPECT_EQ(first.rgb, generate(small_request()).rgb);
  EXPECT_GT(mean_difference(first.rgb, generate(small_request(kPrompt, 2)).rgb), 5);
  EXPECT_GT(mean_difference(first.rgb, generate(small_request("a red car on a beach")).rgb), 5);
}

TEST(Pipeline, FilesAreEqualForEveryThreadCountAndRun) {
  const TemporaryFolder folder;
  const std::string one = file_made_with(folder, small_request(), 1);
  ASSERT_GT(one.size(), 1000U);
  EXPECT_EQ(one, file_made_with(folder, small_request(), 2));
  EXPECT_EQ(one, file_made_with(folder, small_request(), 3));
  EXPECT_EQ(one, file_made_with(folder, small_request(), 2));
}

TEST(Pipeline, BothPrecisionsDrawTheSameClip) {
  if (!has_bf16()) GTEST_SKIP() << "this CPU, or ODSORA_MAX_ISA, has no bf16 to compare with";
  const Video f32 = generate(small_request(), 2, Precision::kF32);
  const Video bf16 = generate(small_request(), 2, Precision::kBF16);
  EXPECT_LT(mean_difference(f32.rgb, bf16.rgb), 3);
}

TEST(Pipeline, MakesSinglePicturesAndOddLengths) {
  const TemporaryFolder folder;
  Engine engine({.model_folder = kShippedModel, .threads = 2, .prompt_cache = false});
  Request request = small_request();
  request.frames = 1;
  engine.generate(request, {.path = folder.path() / "apple.png"});
  EXPECT_EQ(VideoProbe::read(folder.path() / "apple.png").width, 96);
  for (const int frames : {2, 5, 19}) {
    request.frames = frames;
    const Video video = engine.generate(request);
    EXPECT_EQ(video.rgb.size(), static_cast<size_t>(frames) * 96 * 64 * 3);
  }
}

TEST(Pipeline, StopsWhenAskedToAndLeavesOnlyWhatIsDone) {
  const TemporaryFolder folder;
  for (const Phase phase : {Phase::kTextEncoding, Phase::kDenoising, Phase::kDecoding}) {
    CancelToken token;
    Engine engine({.model_folder = kShippedModel, .threads = 2, .prompt_cache = false});
    const Observer observer = {.on_progress = [&](const Progress& progress) {
      if (progress.phase == phase) token.request();
    }};
    const Report report = engine.generate(small_request(), {.path = folder.path() / "clip.mp4"}, observer, &token);
    EXPECT_TRUE(report.cancelled) << phase_name(phase);
    const auto checkpoint = folder.path() / "clip.mp4.checkpoint";
    EXPECT_EQ(report.checkpoint, phase == Phase::kTextEncoding ? "" : checkpoint.string());
    EXPECT_EQ(std::filesystem::exists(checkpoint), phase != Phase::kTextEncoding);
    std::filesystem::remove_all(checkpoint);
    EXPECT_TRUE(std::filesystem::is_empty(folder.path())) << phase_name(phase);
  }
}

TEST(Pipeline, TellsProgressAndCutsLongPromptsWithOneNote) {
  std::string prompt = "a red apple";
  for (int i = 0; i < 100; ++i) prompt += " on a table";
  std::vector<Progress> steps;
  std::vector<std::string> notes;
  Engine engine({.model_folder = kShippedModel, .threads = 2, .prompt_cache = false});
  engine.generate(small_request(prompt), {.on_progress = [&](const Progress& progress) { steps.push_back(progress); },
                                          .on_note = [&](const std::string& sentence) { notes.push_back(sentence); }});
  ASSERT_EQ(notes.size(), 1U);
  EXPECT_THAT(notes[0], testing::HasSubstr("longer than the 63 tokens"));
  double elapsed = 0;
  int denoised = 0;
  for (const Progress& progress : steps) {
    EXPECT_GE(progress.elapsed_s, elapsed);
    elapsed = progress.elapsed_s;
    EXPECT_GT(progress.rss_bytes, 0U);
    if (progress.phase != Phase::kDenoising) continue;
    EXPECT_EQ(progress.step, denoised++);
    EXPECT_EQ(progress.steps, 3);
    EXPECT_EQ(progress.left_s >= 0, progress.step > 0);
  }
  EXPECT_EQ(denoised, 4);
  EXPECT_EQ(steps.back().phase, Phase::kDecoding);
  EXPECT_EQ(steps.back().left_s, 0);
}

}  // namespace
}  // namespace odsora
