// The strip that is shown while a video is denoised, with the shipped model.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "support/environment_variable.h"
#include "support/expect_error.h"
#include "support/linked_model.h"
#include "support/pictures.h"
#include "support/short_clip.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr int kFactor = 8;        // pixels of a latent pixel
constexpr int kLatentFrames = 5;  // of 17 frames: the first one, then four each

struct Shown {
  std::vector<Preview> previews;
  std::vector<std::string> notes;

  Observer observer() {
    return {.on_note = [this](const std::string& note) { notes.push_back(note); },
            .on_preview = [this](const Preview& preview) { previews.push_back(preview); }};
  }
};

// What a perfect strip would show: the mean pixels of each latent pixel. [latent frames, height, width, 3]
std::vector<double> mean_pixels(const Video& video) {
  const int height = video.height / kFactor, width = video.width / kFactor;
  std::vector<double> means(static_cast<size_t>(kLatentFrames * height * width * 3));
  for (int frame = 0; frame < video.frames; ++frame) {
    const int latent_frame = (frame + 3) / 4;
    const double share = 1.0 / (kFactor * kFactor * (frame == 0 ? 1 : 4));
    for (int y = 0; y < video.height; ++y) {
      for (int x = 0; x < video.width; ++x) {
        const auto from = static_cast<size_t>((frame * video.height + y) * video.width + x) * 3;
        const auto to = static_cast<size_t>((latent_frame * height + y / kFactor) * width + x / kFactor) * 3;
        for (size_t color = 0; color < 3; ++color) means[to + color] += video.rgb[from + color] * share;
      }
    }
  }
  return means;
}

// The strip's squares in the same order.
std::vector<double> shown_pixels(const Preview& preview, const Video& video) {
  const int height = video.height / kFactor, width = video.width / kFactor;
  const int square = preview.height / height;
  EXPECT_EQ(preview.width, kLatentFrames * width * square);
  std::vector<double> pixels;
  for (int frame = 0; frame < kLatentFrames; ++frame) {
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const auto at = static_cast<size_t>(y * square * preview.width + (frame * width + x) * square) * 3;
        pixels.insert(pixels.end(), preview.rgb.begin() + static_cast<ptrdiff_t>(at),
                      preview.rgb.begin() + static_cast<ptrdiff_t>(at) + 3);
      }
    }
  }
  return pixels;
}

double psnr(const std::vector<double>& a, const std::vector<double>& b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / squares);
}

double correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto count = static_cast<double>(a.size());
  const double mean_a = std::accumulate(a.begin(), a.end(), 0.0) / count;
  const double mean_b = std::accumulate(b.begin(), b.end(), 0.0) / count;
  double both = 0, only_a = 0, only_b = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    both += (a[i] - mean_a) * (b[i] - mean_b);
    only_a += (a[i] - mean_a) * (a[i] - mean_a);
    only_b += (b[i] - mean_b) * (b[i] - mean_b);
  }
  return both / std::sqrt(only_a * only_b);
}

TEST(Previews, LookLikeTheirVideoFromTheFirstStepOn) {
  const TemporaryFolder folder;
  Engine engine(test::in_f32());
  Request request = test::short_clip(10);
  request.width = request.height = 128;
  const Video video = engine.generate(request);
  Shown shown;
  engine.generate(request, {.path = folder.path() / "clip.mp4", .preview = folder.path() / "look.png"},
                  shown.observer());
  EXPECT_THAT(shown.notes, IsEmpty());
  ASSERT_GE(shown.previews.size(), 2U);
  EXPECT_EQ(shown.previews.front().step, 1);
  EXPECT_EQ(shown.previews.back().step, 10);

  // A linear map leaves a part of the colours unexplained (docs/preview.md); what is there is that of this video.
  const std::vector<double> expected = mean_pixels(video);
  const std::vector<double> last = shown_pixels(shown.previews.back(), video);
  EXPECT_GT(psnr(last, expected), 15);
  EXPECT_GT(correlation(last, expected), 0.65);
  EXPECT_GT(correlation(shown_pixels(shown.previews.front(), video), expected), 0.65);
  request.prompt = "a red car on a green meadow";
  EXPECT_LT(correlation(last, mean_pixels(engine.generate(request))), 0.4);
}

TEST(Previews, DoNotChangeTheVideo) {
  const TemporaryFolder folder;
  Engine engine(test::in_f32());
  const auto bytes_with = [&](const std::string& preview) {
    engine.generate(test::short_clip(3), {.path = folder.path() / "clip.mp4", .preview = preview});
    return bytes_of(folder.path() / "clip.mp4");
  };
  const std::string without = bytes_with("");
  EXPECT_EQ(bytes_with(folder.path() / "look.png"), without);
  EXPECT_TRUE(std::filesystem::exists(folder.path() / "look.png"));
}

TEST(Previews, OfAVideoThatIsHeldInItsFirstFramesShowThem) {
  const TemporaryFolder folder;
  const std::filesystem::path red = folder.path() / "red.png";
  const VideoFormat format = {.width = 96, .height = 96, .fps = 1, .frames = 1};
  write_video(format, red, [](const VideoFormat& size, int) { return solid(size, 200, 20, 20); });
  Request request = test::short_clip(2);
  request.conditioning.init_image.path = red;
  Shown shown;
  Engine(test::in_f32())
      .generate(request, {.path = folder.path() / "clip.mp4", .preview = folder.path() / "look.png"}, shown.observer());
  ASSERT_FALSE(shown.previews.empty());
  const std::vector<uint8_t>& rgb = shown.previews.front().rgb;  // after the first of two steps
  EXPECT_NEAR(rgb[0], 200, 40);
  EXPECT_LT(rgb[1], 80);
  EXPECT_LT(rgb[2], 80);
}

TEST(Previews, OfAModelWithoutColoursAreGreyOnce) {
  const TemporaryFolder folder;
  const EnvironmentVariable cache("ODSORA_CACHE_DIR", (folder.path() / "cache").c_str());
  link_shipped_model(folder.path() / "model", "linked");
  const auto generate = [&] {
    Shown shown;
    Request request = test::short_clip(4);
    EngineOptions options = {.model_folder = folder.path() / "model", .precision = Precision::kF32, .threads = 2};
    Engine(options).generate(request, {.path = folder.path() / "clip.mp4", .preview = folder.path() / "look.png"},
                             shown.observer());
    return shown;
  };
  const Shown first = generate(), second = generate();
  EXPECT_THAT(first.notes, testing::ElementsAre(HasSubstr("grey")));
  EXPECT_THAT(second.notes, IsEmpty());
  const auto is_grey = [](const Preview& preview) {
    for (size_t i = 0; i < preview.rgb.size(); i += 3) {
      if (preview.rgb[i] != preview.rgb[i + 1] || preview.rgb[i] != preview.rgb[i + 2]) return false;
    }
    return true;
  };
  EXPECT_TRUE(is_grey(first.previews.back()));
  EXPECT_FALSE(is_grey(second.previews.back()));

  Request request = test::short_clip(4);  // the same video
  const Video video = Engine(test::in_f32()).generate(request);
  EXPECT_GT(psnr(shown_pixels(second.previews.back(), video), mean_pixels(video)), 16);
}

TEST(Previews, ThatCannotBeWrittenAreANoteAndTheVideoIsMade) {
  const TemporaryFolder folder;
  const std::filesystem::path place = folder.path() / "place";
  std::filesystem::create_directory(place);
  Shown shown;
  Observer observer = shown.observer();
  observer.on_start = [&](const Report&) { std::filesystem::remove(place); };
  Engine(test::in_f32())
      .generate(test::short_clip(3), {.path = folder.path() / "clip.mp4", .preview = place / "look.png"}, observer);
  EXPECT_THAT(shown.notes, testing::ElementsAre(HasSubstr("no preview: cannot write")));
  EXPECT_THAT(shown.previews, IsEmpty());
  EXPECT_GT(bytes_of(folder.path() / "clip.mp4").size(), 1000U);
}

TEST(Previews, WhoseNameCannotBeAreRefusedBeforeAnyWork) {
  const TemporaryFolder folder;
  Engine engine(test::in_f32());
  Request request = test::short_clip(3);
  request.frames = 1;
  const std::string clip = folder.path() / "clip.png";
  const auto refuse = [&](ErrorCode code, const std::string& preview) {
    expect_error(code, {preview}, [&] { engine.check(request, {.path = clip, .preview = preview}); });
    expect_error(code, {preview}, [&] { engine.generate(request, {.path = clip, .preview = preview}); });
  };
  refuse(ErrorCode::kInvalidArgument, clip);
  refuse(ErrorCode::kInvalidArgument, folder.path() / "look.gif");
  refuse(ErrorCode::kOutput, folder.path() / "absent" / "look.png");
  request.frames = 17;
  refuse(ErrorCode::kInvalidArgument, folder.path() / "clip_0003.png");
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(Previews, AreCountedInTheMemoryPlan) {
  const TemporaryFolder folder;
  Engine engine(test::in_f32());
  const auto planned = [&](const std::string& preview) {
    uint64_t least = 0;
    CancelToken cancel;
    const Observer observer = {.on_start = [&](const Report& report) {
      least = report.plan.least_memory_limit;
      cancel.request();
    }};
    engine.generate(test::short_clip(3), {.path = folder.path() / "clip.mp4", .preview = preview}, observer, &cancel);
    return static_cast<double>(least);
  };
  planned("");  // the first one loads code
  const double without = planned(""), with = planned(folder.path() / "look.png");
  EXPECT_NEAR(with - without, 7e6, 2.5e6);
}

}  // namespace
}  // namespace odsora
