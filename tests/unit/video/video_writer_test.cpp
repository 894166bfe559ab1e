#include "video/video_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "odsora/odsora.h"
#include "support/video_probe.h"

namespace odsora {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

using Picture = std::vector<uint8_t>;

Picture solid(const VideoFormat& format, uint8_t red, uint8_t green, uint8_t blue) {
  Picture picture;
  for (int i = 0; i < format.width * format.height; ++i) picture.insert(picture.end(), {red, green, blue});
  return picture;
}

/// Smooth colours that drift with time.
Picture waves(const VideoFormat& format, int frame) {
  Picture picture;
  for (int y = 0; y < format.height; ++y) {
    for (int x = 0; x < format.width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        const double phase = 0.04 * x + 0.03 * y + 2 * channel + 0.1 * frame;
        picture.push_back(static_cast<uint8_t>(128 + 100 * std::sin(phase)));
      }
    }
  }
  return picture;
}

/// Moving stripes with much detail.
Picture noise(const VideoFormat& format, int frame) {
  Picture picture;
  for (int y = 0; y < format.height; ++y) {
    for (int x = 0; x < format.width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        picture.push_back(static_cast<uint8_t>(x * 3 + y * 2 + frame * 7 * channel + (x * y * 13) % 17));
      }
    }
  }
  return picture;
}

/// Peak signal to noise ratio in dB.
double psnr(const Picture& a, const Picture& b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / squares);
}

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

  static std::string bytes_of(const std::filesystem::path& path) {
    std::ifstream stream(path, std::ios::binary);
    std::ostringstream bytes;
    bytes << stream.rdbuf();
    return bytes.str();
  }

  static void write_waves(const VideoFormat& format, const std::filesystem::path& output) {
    const std::unique_ptr<VideoWriter> writer = open_video_writer(format, output);
    for (int frame = 0; frame < format.frames; ++frame) writer->write(waves(format, frame));
    writer->finish();
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
  for (const std::string extension : {".mp4", ".png"}) {
    const VideoFormat format{.width = 160, .height = 128, .fps = 24, .frames = extension == ".mp4" ? 30 : 1};
    write_waves(format, file("first" + extension));
    write_waves(format, file("another name" + extension));
    EXPECT_EQ(bytes_of(file("first" + extension)), bytes_of(file("another name" + extension)));
  }
}

// x264 has read memory that it had not written; glibc fills fresh memory with what it is told here.
TEST_F(VideoWriterTest, BytesDoNotDependOnWhatMemoryHeldBefore) {
  const VideoFormat format{.width = 96, .height = 64, .fps = 8, .frames = 17};
  for (const int perturbation : {0, 85, 170}) {
    mallopt(M_PERTURB, perturbation);
    const std::unique_ptr<VideoWriter> writer = open_video_writer(format, file("noise.mp4"));
    for (int frame = 0; frame < format.frames; ++frame) writer->write(noise(format, frame));
    writer->finish();
    std::filesystem::rename(file("noise.mp4"), file("noise" + std::to_string(perturbation)));
  }
  mallopt(M_PERTURB, 0);
  EXPECT_EQ(bytes_of(file("noise0")), bytes_of(file("noise85")));
  EXPECT_EQ(bytes_of(file("noise0")), bytes_of(file("noise170")));
}

TEST_F(VideoWriterTest, NothingAppearsBeforeTheEndOrIsLeftBehind) {
  std::ofstream(file("out.mp4")) << "older";
  for (const std::string name : {"out.mp4", "out.png"}) {
    const VideoFormat format{.width = 16, .height = 16, .fps = 24, .frames = 4};
    const std::unique_ptr<VideoWriter> writer = open_video_writer(format, file(name));
    writer->write(waves(format, 0));
    writer->write(waves(format, 1));
    EXPECT_EQ(bytes_of(file("out.mp4")), "older");
    EXPECT_FALSE(std::filesystem::exists(file("out_0001.png")));
  }
  EXPECT_THAT(files_left(), ElementsAre("out.mp4"));
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
  limit.rlim_cur = 1000;  // bytes: writing beyond fails as on a full disk
  setrlimit(RLIMIT_FSIZE, &limit);
  for (const std::string name : {"out.mp4", "out.png"}) {
    std::string message;
    EXPECT_EQ(
        error_code_of([&] { write_waves({.width = 160, .height = 96, .fps = 24, .frames = 3}, file(name)); }, &message),
        ErrorCode::kOutput);
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
    EXPECT_EQ(error_code_of([&] { check_output_path(file(name), 1); }, &message), ErrorCode::kInvalidArgument) << name;
    EXPECT_THAT(message, HasSubstr(".mp4 or .png"));
  }
  EXPECT_EQ(error_code_of([] { check_output_path("", 1); }), ErrorCode::kInvalidArgument);
}

TEST_F(VideoWriterTest, RefusesPathsThatTakeNoFile) {
  std::ofstream(file("a file")) << "x";
  std::filesystem::create_directory(file("folder.mp4"));
  std::filesystem::create_directory(file("out_0002.png"));
  const auto refuses = [](const std::filesystem::path& output, int frames) {
    std::string message;
    EXPECT_EQ(error_code_of([&] { check_output_path(output, frames); }, &message), ErrorCode::kOutput) << output;
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
  check_output_path(file("out.mp4"), 51);
  check_output_path(file("OUT.Mp4"), 51);
  check_output_path(file("c:d%s.png"), 51);
  EXPECT_THAT(files_left(), IsEmpty());
}

TEST_F(VideoWriterTest, StrangeNamesAreOnlyNames) {
  write_waves({.width = 16, .height = 16, .fps = 24, .frames = 1}, file("http:a%d b.mp4"));
  EXPECT_THAT(files_left(), ElementsAre("http:a%d b.mp4"));
}

TEST_F(VideoWriterTest, RefusesSizesAndRatesThatAVideoCannotHave) {
  const auto code = [this](const VideoFormat& format) {
    return error_code_of([&] { open_video_writer(format, file("out.mp4")); });
  };
  EXPECT_EQ(code({.width = 33, .height = 32, .fps = 24, .frames = 1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.width = 32, .height = 31, .fps = 24, .frames = 1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.width = 0, .height = 32, .fps = 24, .frames = 1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.width = 32, .height = 32, .fps = 0, .frames = 1}), ErrorCode::kInvalidArgument);
  EXPECT_EQ(code({.width = 32, .height = 32, .fps = std::nan(""), .frames = 1}), ErrorCode::kInvalidArgument);
  EXPECT_THAT(files_left(), IsEmpty());
}

}  // namespace
}  // namespace odsora
