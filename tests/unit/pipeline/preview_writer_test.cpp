#include "pipeline/preview_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "techniques/linear_proportional_leap.h"
#include "video/frame_reader.h"
#include "video/png_writer.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

void expect_refusal(ErrorCode code, const std::string& part, const fs::path& preview,
                    const std::vector<fs::path>& others = {}) {
  expect_error(code, {part}, [&] { check_preview(preview, others); });
}

TEST(CheckPreview, TakesAPngInAFolderThatIsThere) {
  const TemporaryFolder folder;
  const std::vector<fs::path> others = {folder.path() / "clip.mp4", folder.write("dog.png", "a dog"), ""};
  EXPECT_NO_THROW(check_preview(folder.path() / "look.png", others));
  EXPECT_NO_THROW(check_preview(folder.path() / "look.PNG", others));
  EXPECT_TRUE(fs::exists(folder.path() / "dog.png"));
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()), 1);
}

TEST(CheckPreview, RefusesAnotherFormat) {
  const TemporaryFolder folder;
  for (const char* name : {"look.jpg", "look", "png", ".png", "look.png.mp4"}) {
    expect_refusal(ErrorCode::kInvalidArgument, "preview: expected a name that ends in .png, found ",
                   folder.path() / name);
  }
}

TEST(CheckPreview, RefusesAPlaceThatTakesNoFiles) {
  const TemporaryFolder folder;
  expect_refusal(ErrorCode::kOutput, "there is no folder", folder.path() / "absent" / "look.png");
  fs::create_directory(folder.path() / "look.png");
  expect_refusal(ErrorCode::kOutput, "it is a folder", folder.path() / "look.png");
}

TEST(CheckPreview, RefusesAFileThatWouldBeLost) {
  const TemporaryFolder folder;
  const fs::path dog = folder.write("dog.png", "a dog");
  fs::create_symlink(dog, folder.path() / "link.png");
  const std::vector<fs::path> others = {folder.path() / "clip.png", dog};
  const fs::path around = folder.path() / ".." / folder.path().filename();
  for (const fs::path& preview : {folder.path() / "clip.png", dog, folder.path() / "." / "dog.png", around / "clip.png",
                                  folder.path() / "link.png"}) {
    expect_refusal(ErrorCode::kInvalidArgument, "preview: expected a file of its own", preview, others);
  }
}

TEST(CheckPreview, RelativeNamesOfFilesThatAreNotThereYetAreCompared) {
  const std::vector<fs::path> others = {"absent-clip.png"};
  expect_refusal(ErrorCode::kInvalidArgument, "preview: expected a file of its own", "./absent-clip.png", others);
  expect_refusal(ErrorCode::kInvalidArgument, "preview: expected a file of its own",
                 fs::current_path() / "absent-clip.png", others);
}

TEST(PreviewMemory, StaysUnderTenMegabytesForVideosOfUsualSizes) {
  for (const int64_t side : {16, 32, 64, 90, 128, 160, 240}) {
    EXPECT_LT(preview_memory(strip_layout(20, side, side)), 10'000'000U) << side;
    EXPECT_LT(preview_memory(strip_layout(1, side, side)), 10'000'000U) << side;
  }
}

class PreviewWriterTest : public testing::Test {
 protected:
  /// Tells the writer of `count` evaluations, as after the last one.
  void run_steps(PreviewWriter& writer, int count) const {
    const HostTensor z({1, 2, 3, 8, 8});
    const LeapDecision decision = {};
    for (int step = 0; step < count; ++step) {
      writer.step_done({.step = step,
                        .evaluations = step + 1,
                        .most_evaluations = count,
                        .z = z,
                        .velocity = z,
                        .moving = {},
                        .cosine = {},
                        .decision = decision});
    }
  }

  TemporaryFolder folder_;
  std::vector<std::string> notes_;
  std::vector<Preview> previews_;
  Observer observer_ = {.on_note = [this](const std::string& note) { notes_.push_back(note); },
                        .on_preview = [this](const Preview& preview) { previews_.push_back(preview); }};
  ProgressMeter progress_{observer_};
};

TEST_F(PreviewWriterTest, WritesAPngAndTells) {
  const fs::path file = folder_.path() / "look.png";
  LatentColorMap grey;
  grey.weights.fill({0, 0});
  grey.offset = {0.2, 0.4, 0.6};
  PreviewWriter writer({.file = file, .colors = grey, .clips = 2}, observer_, progress_);
  writer.begin_clip(1);
  run_steps(writer, 3);
  ASSERT_GE(previews_.size(), 2U);
  EXPECT_EQ(previews_.front().step, 1);
  EXPECT_EQ(previews_.back().step, 3);
  EXPECT_EQ(previews_.back().clip, 2);
  EXPECT_EQ(previews_.back().clips, 2);
  EXPECT_EQ(previews_.back().file, file.string());
  EXPECT_THAT(notes_, testing::IsEmpty());
  FrameReader reader(file, {.width = 3 * 64, .height = 64});
  std::vector<uint8_t> rgb(size_t{3} * 64 * 64 * 3);
  ASSERT_TRUE(reader.read(rgb));
  EXPECT_EQ(rgb, previews_.back().rgb);
  EXPECT_EQ(rgb[0], 51);
  EXPECT_EQ(rgb[1], 102);
  EXPECT_EQ(rgb[2], 153);
}

TEST_F(PreviewWriterTest, TroubleIsANoteOnceAndNoError) {
  const fs::path file = folder_.path() / "gone" / "look.png";
  PreviewWriter writer({.file = file, .colors = LatentColorMap{{std::vector<double>{0, 0}, {0, 0}, {0, 0}}, {}}},
                       observer_, progress_);
  writer.begin_clip(0);
  run_steps(writer, 3);
  EXPECT_THAT(notes_, testing::ElementsAre(testing::HasSubstr("no preview: cannot write " + file.string())));
  EXPECT_THAT(previews_, testing::IsEmpty());
}

TEST_F(PreviewWriterTest, UnknownColoursAreTold) {
  PreviewWriter writer({.file = folder_.path() / "look.png"}, observer_, progress_);
  writer.begin_clip(0);
  run_steps(writer, 2);
  writer.begin_clip(1);
  run_steps(writer, 2);
  EXPECT_THAT(notes_, testing::ElementsAre(testing::HasSubstr("the preview is grey")));
  EXPECT_EQ(previews_.size(), 4U);
}

}  // namespace
}  // namespace odsora
