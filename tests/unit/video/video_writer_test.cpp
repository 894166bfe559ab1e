#include "video/video_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <csignal>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "odsora/odsora.h"
#include "support/expect_error.h"
#include "support/pictures.h"
#include "support/video_probe.h"

namespace odsora {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const std::vector<std::string> kExtensions = {".mp4", ".webm", ".gif", ".webp", ".png"};
const VideoFormat kSmall = {.width = 16, .height = 16, .fps = 24, .frames = 1};
const std::string kData = R"({"odsora":{"prompt":"a red panda"}})";

ErrorCode error_code_of(const std::function<void()>& action, std::string* message = nullptr) {
  try {
    action();
  } catch (const Error& error) {
    if (message != nullptr) *message = error.what();
    return error.code();
  }
  ADD_FAILURE() << "no error";
  return ErrorCode::kInternal;
}

class VideoWriterTest : public testing::Test {
 protected:
  VideoWriterTest() : folder_(testing::TempDir() + "video_writer_" + std::to_string(getpid())) {
    std::filesystem::create_directories(folder_);
  }
  ~VideoWriterTest() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path file(const std::string& name) const { return folder_ / name; }

  std::vector<std::string> files_left() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path().filename());
    std::sort(names.begin(), names.end());
    return names;
  }

  static void write_waves(const VideoFormat& format, const std::filesystem::path& output) {
    write_video(format, output, waves);
  }

  const std::filesystem::path folder_;
};

TEST_F(VideoWriterTest, Mp4RoundTrips) {
  const VideoFormat format{.width = 160, .height = 96, .fps = 24, .frames = 17};
  write_waves(format, file("out.mp4"));
  const ProbedVideo video = VideoProbe::read(file("out.mp4"));
  EXPECT_EQ(video.codec, "h264");
  EXPECT_EQ(video.width, 160);
  EXPECT_EQ(video.height, 96);
  EXPECT_DOUBLE_EQ(video.fps, 24);
  EXPECT_EQ(video.pixels, AV_PIX_FMT_YUV420P);
  EXPECT_EQ(video.matrix, AVCOL_SPC_BT709);
  EXPECT_EQ(video.range, AVCOL_RANGE_MPEG);
  ASSERT_EQ(video.frames.size(), 17U);
  for (int frame = 0; frame < 17; ++frame) {
    EXPECT_GT(psnr(video.frames[static_cast<size_t>(frame)], waves(format, frame)), 36) << "frame " << frame;
  }
  EXPECT_THAT(files_left(), ElementsAre("out.mp4"));
}

TEST_F(VideoWriterTest, Mp4KeepsFractionalRates) {
  for (const double fps : {0.5, 12.5, 23.976, 24000.0 / 1001, 29.97, 60.0}) {
    const VideoFormat format{.width = 32, .height = 32, .fps = fps, .frames = 5};
    write_waves(format, file("rate.mp4"));
    EXPECT_NEAR(VideoProbe::read(file("rate.mp4")).fps, fps, 1e-6);
  }
}

TEST_F(VideoWriterTest, Mp4OfOneFrame) {
  write_waves({.width = 32, .height = 16, .fps = 24, .frames = 1}, file("one.mp4"));
  const ProbedVideo video = VideoProbe::read(file("one.mp4"));
  EXPECT_EQ(video.frames.size(), 1U);
  EXPECT_DOUBLE_EQ(video.fps, 24);
}

TEST_F(VideoWriterTest, Mp4KeepsColours) {
  const VideoFormat format{.width = 64, .height = 64, .fps = 24, .frames = 1};
  const std::vector<Picture> colours = {solid(format, 255, 0, 0),    solid(format, 0, 255, 0),
                                        solid(format, 0, 0, 255),    solid(format, 255, 255, 255),
                                        solid(format, 200, 120, 40), solid(format, 0, 0, 0)};
  for (const Picture& colour : colours) {
    const std::unique_ptr<VideoWriter> writer = open_video_writer(format, file("colour.mp4"));
    writer->write(colour);
    writer->finish();
    const Picture read = VideoProbe::read(file("colour.mp4")).frames.at(0);
    for (size_t i = 0; i < read.size(); ++i) ASSERT_NEAR(read[i], colour[i], 4) << "channel " << i % 3;
  }
}

TEST_F(VideoWriterTest, Mp4HasItsIndexInFront) {
  write_waves({.width = 32, .height = 32, .fps = 24, .frames = 3}, file("out.mp4"));
  const std::string bytes = bytes_of(file("out.mp4"));
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

TEST_F(VideoWriterTest, PngIsExact) {
  const VideoFormat format{.width = 33, .height = 17, .fps = 24, .frames = 1};
  write_waves(format, file("out.PNG"));
  const ProbedVideo picture = VideoProbe::read(file("out.PNG"));
  EXPECT_EQ(picture.codec, "png");
  EXPECT_EQ(picture.width, 33);
  EXPECT_EQ(picture.height, 17);
  EXPECT_THAT(picture.frames, ElementsAre(waves(format, 0)));
  EXPECT_THAT(files_left(), ElementsAre("out.PNG"));
}

TEST_F(VideoWriterTest, PngOfSeveralFramesIsNumbered) {
  const VideoFormat format{.width = 16, .height = 16, .fps = 24, .frames = 3};
  write_waves(format, file("out.png"));
  EXPECT_THAT(files_left(), ElementsAre("out_0001.png", "out_0002.png", "out_0003.png"));
  EXPECT_THAT(VideoProbe::read(file("out_0003.png")).frames, ElementsAre(waves(format, 2)));
}

TEST_F(VideoWriterTest, SamePixelsSameBytes) {
  for (const std::string& extension : kExtensions) {
    const VideoFormat format{
        .width = 160, .height = 128, .fps = 24, .frames = extension == ".png" ? 1 : 20, .generation_data = kData};
    write_video(format, file("first" + extension), noise);
    std::atomic<bool> done = false;
    std::thread busy([&] {
      while (!done) continue;
    });
    write_video(format, file("another name" + extension), noise);
    done = true;
    busy.join();
    EXPECT_EQ(bytes_of(file("first" + extension)), bytes_of(file("another name" + extension))) << extension;
  }
}

// x264 has read memory that it had not written; glibc fills fresh memory with what it is told here.
TEST_F(VideoWriterTest, BytesDoNotDependOnWhatMemoryHeldBefore) {
  for (const std::string& extension : kExtensions) {
    const VideoFormat format{.width = 96, .height = 64, .fps = 8, .frames = extension == ".png" ? 1 : 17};
    for (const int perturbation : {0, 85, 170}) {
      mallopt(M_PERTURB, perturbation);
      write_video(format, file("noise" + extension), noise);
      std::filesystem::rename(file("noise" + extension), file("noise" + std::to_string(perturbation)));
    }
    mallopt(M_PERTURB, 0);
    EXPECT_EQ(bytes_of(file("noise0")), bytes_of(file("noise85"))) << extension;
    EXPECT_EQ(bytes_of(file("noise0")), bytes_of(file("noise170"))) << extension;
  }
}

TEST_F(VideoWriterTest, NothingAppearsBeforeTheEndOrIsLeftBehind) {
  for (const std::string& extension : kExtensions) {
    std::ofstream(file("out" + extension)) << "older";
    const VideoFormat format{.width = 16, .height = 16, .fps = 24, .frames = 4};
    const std::unique_ptr<VideoWriter> writer = open_video_writer(format, file("out" + extension));
    for (int frame = 0; frame < 4; ++frame) writer->write(waves(format, frame));
    EXPECT_EQ(bytes_of(file("out" + extension)), "older");
    EXPECT_FALSE(std::filesystem::exists(file("out_0001.png")));
  }
  EXPECT_THAT(files_left(), ElementsAre("out.gif", "out.mp4", "out.png", "out.webm", "out.webp"));
}

TEST_F(VideoWriterTest, AnOlderFileIsReplacedAtTheEnd) {
  for (const std::string& extension : kExtensions) {
    std::ofstream(file("out" + extension)) << "older";
    write_waves({.width = 16, .height = 16, .fps = 24, .frames = 1}, file("out" + extension));
    EXPECT_EQ(VideoProbe::read(file("out" + extension)).width, 16) << extension;
  }
}

TEST_F(VideoWriterTest, AFailedNumberedPictureTakesTheOthersWithIt) {
  const VideoFormat format{.width = 16, .height = 16, .fps = 24, .frames = 3};
  {
    const std::unique_ptr<VideoWriter> writer = open_video_writer(format, file("out.png"));
    for (int frame = 0; frame < 3; ++frame) writer->write(waves(format, frame));
    std::filesystem::create_directory(file("out_0003.png"));
    std::string message;
    EXPECT_EQ(error_code_of([&] { writer->finish(); }, &message), ErrorCode::kOutput);
    EXPECT_THAT(message, HasSubstr(file("out_0003.png").string()));
  }
  EXPECT_THAT(files_left(), ElementsAre("out_0003.png"));
}

TEST_F(VideoWriterTest, AFullDiskIsAnErrorWithAReason) {
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  rlimit old_limit{};
  getrlimit(RLIMIT_FSIZE, &old_limit);
  rlimit limit = old_limit;
  limit.rlim_cur = 400;  // bytes: writing beyond fails as on a full disk
  setrlimit(RLIMIT_FSIZE, &limit);
  for (const std::string& extension : kExtensions) {
    std::string message;
    EXPECT_EQ(
        error_code_of(
            [&] { write_video({.width = 160, .height = 96, .fps = 24, .frames = 3}, file("out" + extension), noise); },
            &message),
        ErrorCode::kOutput)
        << extension;
    EXPECT_THAT(message, HasSubstr("File too large"));
    EXPECT_THAT(message, HasSubstr(folder_.string()));
  }
  setrlimit(RLIMIT_FSIZE, &old_limit);
  std::signal(SIGXFSZ, old_handler);
  EXPECT_THAT(files_left(), IsEmpty());
}

TEST_F(VideoWriterTest, RefusesUnknownExtensions) {
  for (const std::string name : {"out.avi", "out", ".mp4", "out.mp4.part", ""}) {
    std::string message;
    EXPECT_EQ(error_code_of([&] { check_output(kSmall, file(name)); }, &message), ErrorCode::kInvalidArgument) << name;
    EXPECT_THAT(message, HasSubstr(".mp4, .webm, .gif, .webp or .png"));
  }
  EXPECT_EQ(error_code_of([] { check_output(kSmall, ""); }), ErrorCode::kInvalidArgument);
}

TEST_F(VideoWriterTest, RefusesPathsThatTakeNoFile) {
  std::ofstream(file("a file")) << "x";
  std::filesystem::create_directory(file("folder.mp4"));
  std::filesystem::create_directory(file("out_0002.png"));
  const auto refuses = [](const std::filesystem::path& output, int frames) {
    std::string message;
    EXPECT_EQ(error_code_of([&] { check_output({.width = 16, .height = 16, .fps = 24, .frames = frames}, output); },
                            &message),
              ErrorCode::kOutput)
        << output;
    EXPECT_THAT(message, HasSubstr("cannot write "));
  };
  refuses(file("absent") / "out.mp4", 1);
  refuses(file("a file") / "out.mp4", 1);
  refuses(file("folder.mp4"), 1);
  refuses(file("out.png"), 2);
  refuses("/proc/out.mp4", 1);  // takes no files even from root
  refuses(file(std::string(300, 'a') + ".mp4"), 1);
  EXPECT_THAT(files_left(), ElementsAre("a file", "folder.mp4", "out_0002.png"));
}

TEST_F(VideoWriterTest, AcceptsGoodPathsAndLeavesNoTrace) {
  for (const std::string name : {"out.mp4", "OUT.Mp4", "out.WEBM", "a.gif", "a.b.webp", "c:d%s.png"}) {
    check_output({.width = 16, .height = 16, .fps = 24, .frames = 51}, file(name));
  }
  EXPECT_THAT(files_left(), IsEmpty());
}

TEST_F(VideoWriterTest, StrangeNamesAreOnlyNames) {
  write_waves({.width = 16, .height = 16, .fps = 24, .frames = 1}, file("http:a%d b.mp4"));
  EXPECT_THAT(files_left(), ElementsAre("http:a%d b.mp4"));
}

TEST_F(VideoWriterTest, RefusesSizesAndRatesThatAFileCannotHave) {
  const auto refuses = [this](const std::string& name, const VideoFormat& format) {
    expect_error(ErrorCode::kInvalidArgument, {"found "}, [&] { check_output(format, file(name)); });
    expect_error(ErrorCode::kInvalidArgument, {"found "}, [&] { open_video_writer(format, file(name)); });
  };
  for (const std::string name : {"out.mp4", "out.webm"}) {
    refuses(name, {.width = 33, .height = 32, .fps = 24, .frames = 1});
    refuses(name, {.width = 32, .height = 31, .fps = 24, .frames = 1});
  }
  for (const std::string& extension : kExtensions) {
    refuses("out" + extension, {.width = 0, .height = 32, .fps = 24, .frames = 1});
    refuses("out" + extension, {.width = 32, .height = 16386, .fps = 24, .frames = 1});
    refuses("out" + extension, {.width = 32, .height = 32, .fps = 0, .frames = 1});
    refuses("out" + extension, {.width = 32, .height = 32, .fps = std::nan(""), .frames = 1});
  }
  refuses("out.webp", {.width = 16384, .height = 32, .fps = 24, .frames = 1});
  refuses("out.gif", {.width = 32, .height = 32, .fps = 50.1, .frames = 1});
  EXPECT_THAT(files_left(), IsEmpty());
}

TEST_F(VideoWriterTest, OddSizesOfPictures) {
  for (const std::string name : {"out.gif", "out.webp", "out.png"}) {
    write_waves({.width = 33, .height = 17, .fps = 24, .frames = 1}, file(name));
    const ProbedVideo video = VideoProbe::read(file(name));
    EXPECT_EQ(video.width, 33) << name;
    EXPECT_EQ(video.height, 17) << name;
    EXPECT_EQ(video.frames.size(), 1U) << name;
  }
}

TEST_F(VideoWriterTest, GreaterQualityIsNearerAndLarger) {
  for (const std::string extension : {".mp4", ".webm", ".webp"}) {
    VideoFormat format{.width = 64, .height = 64, .fps = 24, .frames = 1};
    const auto sized = [&](std::optional<int> quality) {
      format.quality = quality;
      write_waves(format, file("out" + extension));
      return std::filesystem::file_size(file("out" + extension));
    };
    const auto nearness = [&] {
      return psnr(VideoProbe::read(file("out" + extension)).frames.at(0), waves(format, 0));
    };
    const uintmax_t least = sized(1);
    const double least_psnr = nearness();
    const uintmax_t middle = sized(60);
    EXPECT_LT(least, middle) << extension;
    EXPECT_LT(middle, sized(100)) << extension;
    EXPECT_GT(nearness(), least_psnr + 5) << extension;
    EXPECT_EQ(sized({}), sized(80)) << extension;
    EXPECT_NE(sized({}), sized(70)) << extension;
  }
}

TEST_F(VideoWriterTest, RefusesQualitiesThatAFileCannotHave) {
  for (const std::string extension : {".gif", ".png"}) {
    VideoFormat format = kSmall;
    format.quality = 80;
    expect_error(ErrorCode::kInvalidArgument, {"quality: a " + extension + " has no such setting"},
                 [&] { check_output(format, file("out" + extension)); });
  }
  for (const int quality : {-1, 0, 101}) {
    VideoFormat format = kSmall;
    format.quality = quality;
    expect_error(ErrorCode::kInvalidArgument, {"quality: expected 1 to 100, found " + std::to_string(quality)},
                 [&] { check_output(format, file("out.webm")); });
  }
}

TEST_F(VideoWriterTest, RefusesTooMuchGenerationData) {
  VideoFormat format = kSmall;
  format.generation_data = kData + std::string(65536 - kData.size() + 1, ' ');
  expect_error(ErrorCode::kInvalidArgument, {"at most 65536 bytes, found 65537"},
               [&] { check_output(format, file("out.png")); });
}

}  // namespace
}  // namespace odsora
