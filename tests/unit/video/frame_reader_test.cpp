#include "video/frame_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "odsora/odsora.h"
#include "support/temporary_folder.h"
#include "video/video_writer.h"

namespace odsora {
namespace {

constexpr FrameSize kSize = {.width = 64, .height = 48};
constexpr int kFrames = 6;

// Smooth colours that drift with time, [height, width, 3].
std::vector<uint8_t> waves(FrameSize size, int frame) {
  std::vector<uint8_t> rgb;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      for (int channel = 0; channel < 3; ++channel) {
        rgb.push_back(static_cast<uint8_t>(128 + 100 * std::sin(0.04 * x + 0.03 * y + 2 * channel + 0.1 * frame)));
      }
    }
  }
  return rgb;
}

double mean_difference(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::abs(int{a[i]} - int{b[i]});
  return sum / static_cast<double>(a.size());
}

class FrameReaderTest : public testing::Test {
 protected:
  std::filesystem::path write(const std::string& name, int frames) const {
    const std::filesystem::path file = folder_.path() / name;
    const auto writer = open_video_writer(
        {.width = kSize.width, .height = kSize.height, .fps = 8, .frames = frames, .quality = {}}, file);
    for (int i = 0; i < frames; ++i) writer->write(waves(kSize, i));
    writer->finish();
    return file;
  }

  static std::string bytes_of(const std::filesystem::path& file) {
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return bytes.str();
  }

  // How many frames a file has, or -1 where reading it is an error.
  int frames_in(const std::string& bytes) const {
    const std::filesystem::path file = folder_.path() / "given";
    std::ofstream(file, std::ios::binary) << bytes;
    try {
      FrameReader reader(file, kSize);
      std::vector<uint8_t> rgb(static_cast<size_t>(kSize.width) * static_cast<size_t>(kSize.height) * 3);
      int frames = 0;
      while (reader.read(rgb)) ++frames;
      return frames;
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kInternal) << error.what();
      return -1;
    }
  }

  TemporaryFolder folder_;
};

TEST_F(FrameReaderTest, GivesBackThePixelsOfAPicture) {
  FrameReader reader(write("a.png", 1), kSize);
  EXPECT_TRUE(reader.is_picture());
  std::vector<uint8_t> rgb(waves(kSize, 0).size());
  ASSERT_TRUE(reader.read(rgb));
  EXPECT_EQ(rgb, waves(kSize, 0));
  EXPECT_FALSE(reader.read(rgb));
}

TEST_F(FrameReaderTest, GivesBackTheFramesOfAVideo) {
  for (const char* name : {"a.mp4", "a.webm", "a.gif"}) {
    FrameReader reader(write(name, kFrames), kSize);
    EXPECT_FALSE(reader.is_picture()) << name;
    std::vector<uint8_t> rgb(waves(kSize, 0).size());
    for (int i = 0; i < kFrames; ++i) {
      ASSERT_TRUE(reader.read(rgb)) << name << i;
      EXPECT_LT(mean_difference(rgb, waves(kSize, i)), 4) << name << i;
    }
    EXPECT_FALSE(reader.read(rgb)) << name;
  }
}

TEST_F(FrameReaderTest, CoversTheSizeAndCutsTheMiddle) {
  const std::filesystem::path file = write("a.png", 1);
  constexpr FrameSize kSquare = {.width = 48, .height = 48};
  FrameReader reader(file, kSquare);
  std::vector<uint8_t> rgb(waves(kSquare, 0).size());
  ASSERT_TRUE(reader.read(rgb));
  const std::vector<uint8_t> whole = waves(kSize, 0);
  std::vector<uint8_t> middle;
  for (int y = 0; y < 48; ++y) {
    const auto row = whole.begin() + (y * kSize.width + 8) * 3;
    middle.insert(middle.end(), row, row + 48 * 3);
  }
  EXPECT_EQ(rgb, middle);
}

TEST_F(FrameReaderTest, RefusesFilesThatAreCutOff) {
  for (const auto& [name, frames] : {std::pair{"a.png", 1}, std::pair{"a.mp4", kFrames}, std::pair{"a.webm", kFrames},
                                     std::pair{"a.gif", kFrames}}) {
    const std::string whole = bytes_of(write(name, frames));
    ASSERT_EQ(frames_in(whole), frames) << name;
    for (size_t part = 0; part < 16; ++part) {
      EXPECT_EQ(frames_in(whole.substr(0, whole.size() * part / 16)), -1) << name << " " << part;
    }
  }
}

TEST_F(FrameReaderTest, SurvivesChangedBytes) {
  for (const auto& [name, frames] : {std::pair{"a.png", 1}, std::pair{"a.mp4", kFrames}, std::pair{"a.webm", kFrames},
                                     std::pair{"a.gif", kFrames}, std::pair{"b.webp", 1}}) {
    const std::string whole = bytes_of(write(name, frames));
    uint32_t state = 1;
    for (int mutant = 0; mutant < 100; ++mutant) {
      std::string bytes = whole;
      for (int change = 0; change < 3; ++change) {
        state = state * 1664525 + 1013904223;
        bytes[(state >> 8) % bytes.size()] = static_cast<char>(state >> 3);
      }
      EXPECT_LE(frames_in(bytes), 10'000) << name << mutant;
    }
  }
}

TEST_F(FrameReaderTest, OpensNothingButTheFile) {
  EXPECT_EQ(frames_in("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n"), -1);
  EXPECT_EQ(frames_in("ffconcat version 1.0\nfile '/etc/passwd'\n"), -1);
  EXPECT_EQ(frames_in(""), -1);
  EXPECT_EQ(frames_in("only text"), -1);
}

}  // namespace
}  // namespace odsora
