#include "video/generation_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/process_memory.h"
#include "support/expect_error.h"
#include "support/pictures.h"
#include "support/temporary_folder.h"
#include "support/webp_probe.h"

namespace odsora {
namespace {

using testing::HasSubstr;
using testing::Not;

const std::vector<std::string> kExtensions = {".mp4", ".webm", ".gif", ".webp", ".png"};
const std::string kPlain = R"({"odsora":{"prompt":"a red panda","seed":7}})";

void write_with(const std::string& data, int frames, const std::filesystem::path& output) {
  write_video({.width = 32, .height = 16, .fps = 24, .frames = frames, .generation_data = data}, output, waves);
}

TEST(GenerationData, ComesBackFromEveryFormat) {
  const TemporaryFolder folder;
  const std::vector<std::string> texts = {
      kPlain,
      kPlain + " ",  // of another parity
      R"({"odsora":{"prompt":"„Panda“ 🐼 -- ]]> <&> & ' \" \\ \u0007 &amp; &#13; </odsora:generation> ?>"}})",
      "{\"odsora\":{\r\n\t\"prompt\":\"two\r\nlines\"}}\n",
      "{\"odsora\":\"" + std::string(255 - 13, 'x') + "\"}",  // whole sub-blocks of a GIF
      "{\"odsora\":\"" + std::string(510 - 13, '&') + "\"}",
      "{\"odsora\":\"" + std::string(kMaxGenerationData - 13, '&') + "\"}",
  };
  for (const std::string& extension : kExtensions) {
    for (const std::string& text : texts) {
      for (const int frames : {1, 3}) {
        if (extension == ".png" && frames != 1) continue;
        write_with(text, frames, folder.path() / ("out" + extension));
        EXPECT_EQ(read_generation_data(folder.path() / ("out" + extension)), text) << extension;
      }
    }
  }
}

TEST(GenerationData, IsInEveryPictureOfASequence) {
  const TemporaryFolder folder;
  write_with(kPlain, 3, folder.path() / "out.png");
  for (const std::string name : {"out_0001.png", "out_0002.png", "out_0003.png"}) {
    EXPECT_EQ(read_generation_data(folder.path() / name), kPlain);
  }
}

TEST(GenerationData, IsFoundWhateverTheFileIsCalled) {
  const TemporaryFolder folder;
  for (const std::string& extension : kExtensions) {
    write_with(kPlain, 1, folder.path() / ("out" + extension));
    std::filesystem::rename(folder.path() / ("out" + extension), folder.path() / "http:a file");
    EXPECT_EQ(read_generation_data(folder.path() / "http:a file"), kPlain) << extension;
  }
}

TEST(GenerationData, OthersDecodeWhatTheyWouldWithoutIt) {
  const TemporaryFolder folder;
  const std::string longest = "{\"odsora\":\"" + std::string(kMaxGenerationData - 13, '<') + "\"}";
  for (const std::string& extension : kExtensions) {
    const std::filesystem::path with = folder.path() / ("with" + extension),
                                without = folder.path() / ("no" + extension);
    const int frames = extension == ".png" ? 1 : 3;
    write_with(longest, frames, with);
    write_with("", frames, without);
    EXPECT_GT(std::filesystem::file_size(with), std::filesystem::file_size(without) + kMaxGenerationData) << extension;
    if (extension == ".webp") {
      EXPECT_EQ(WebpProbe::read(with).frames, WebpProbe::read(without).frames);
      write_with(longest, 1, with);  // a still one, as any decoder reads it
      write_with("", 1, without);
    }
    EXPECT_EQ(VideoProbe::read(with).frames, VideoProbe::read(without).frames) << extension;
  }
}

TEST(GenerationData, FilesWithoutItSaySo) {
  const TemporaryFolder folder;
  for (const std::string& extension : kExtensions) {
    const std::filesystem::path file = folder.path() / ("out" + extension);
    write_with("", 1, file);
    expect_error(ErrorCode::kInvalidArgument, {file.string(), "does not tell how it was made"},
                 [&] { read_generation_data(file); });
  }
}

// Our files with another mark are what strangers' comments look like.
TEST(GenerationData, StrangersCommentsAreNotTakenForIt) {
  const TemporaryFolder folder;
  for (const std::string extension : {".mp4", ".webm", ".gif", ".webp"}) {
    write_with(kPlain, 1, folder.path() / ("out" + extension));
    std::string bytes = bytes_of(folder.path() / ("out" + extension));
    const size_t mark = bytes.find(kGenerationDataMark);
    ASSERT_NE(mark, std::string::npos);
    bytes[mark + 2] = 'O';
    const std::filesystem::path file = folder.write("stranger", bytes);
    expect_error(ErrorCode::kInvalidArgument, {"does not tell how it was made"}, [&] { read_generation_data(file); });
  }
}

TEST(GenerationData, RefusesOtherFiles) {
  const TemporaryFolder folder;
  const auto refuses = [](const std::filesystem::path& file, const std::string& part) {
    expect_error(ErrorCode::kInvalidArgument, {file.string(), part}, [&] { read_generation_data(file); });
  };
  refuses(folder.path() / "absent.png", "cannot open");
  refuses(folder.path(), "expected a regular file");
  refuses(folder.write("empty.png", ""), "expected an MP4, WebM, GIF, WebP or PNG file");
  refuses(folder.write("text.png", kPlain), "expected an MP4, WebM, GIF, WebP or PNG file");
  refuses(folder.write("wave.webp", "RIFF\x04\0\0\0WAVE"), "expected an MP4, WebM, GIF, WebP or PNG file");
}

TEST(GenerationData, EveryTruncatedFileIsAnError) {
  const TemporaryFolder folder;
  for (const std::string extension : {".gif", ".webp", ".png"}) {
    write_with("", extension == std::string(".png") ? 1 : 2, folder.path() / ("out" + extension));
    const std::string bytes = bytes_of(folder.path() / ("out" + extension));
    for (size_t length = 12; length < bytes.size() - 4; length += 1 + length / 40) {  // a PNG may lack its last CRC
      const std::filesystem::path file = folder.write("cut", bytes.substr(0, length));
      expect_error(ErrorCode::kInvalidArgument, {file.string(), "cut short"}, [&] { read_generation_data(file); });
    }
  }
}

/// The data that the bytes hold, or nothing after an error of the right kind.
std::string read_or_nothing(const TemporaryFolder& folder, const std::string& bytes) {
  const std::filesystem::path file = folder.write("mutated", bytes);
  try {
    return read_generation_data(file);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_THAT(error.what(), HasSubstr(file.string()));
    EXPECT_THAT(error.what(), Not(HasSubstr("\n")));
    return {};
  }
}

TEST(GenerationData, MutatedFilesAreReadOrRefused) {
  constexpr int kMutants = 300;
  const TemporaryFolder folder;
  std::minstd_rand random(1);
  const Bytes before = peak_resident_bytes();
  for (const std::string& extension : kExtensions) {
    write_with(kPlain, extension == ".png" ? 1 : 3, folder.path() / ("out" + extension));
    const std::string bytes = bytes_of(folder.path() / ("out" + extension));
    for (int mutant = 0; mutant < kMutants; ++mutant) {
      std::string mutated = bytes;
      for (unsigned changes = 1 + random() % 4; changes > 0; --changes) {
        // Lengths and kinds stand near the beginning, and hostile ones are extreme.
        const size_t near_begin = random() % std::min<size_t>(mutated.size(), 256);
        const size_t place = random() % 2 == 0 ? near_begin : random() % mutated.size();
        const char extreme = random() % 2 == 0 ? '\xFF' : '\0';
        mutated[place] = random() % 2 == 0 ? extreme : static_cast<char>(random());
      }
      if (random() % 4 == 0) mutated.resize(random() % mutated.size());
      const std::string data = read_or_nothing(folder, mutated);
      EXPECT_LE(data.size(), kMaxGenerationData);
      EXPECT_TRUE(data.empty() || is_generation_data(data));
    }
  }
  EXPECT_LT(peak_resident_bytes() - before, 100'000'000U);
}

}  // namespace
}  // namespace odsora
