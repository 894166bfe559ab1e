#include "video/png_text.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "video/generation_data.h"

namespace odsora {
namespace {

using std::string_literals::operator""s;

const std::string kSignature = "\x89PNG\r\n\x1a\n";
const std::string kEnd = "\0\0\0\0IEND\xae\x42\x60\x82"s;
const std::string kData = R"({"odsora":1})";

std::optional<std::string> found_in(const TemporaryFolder& folder, const std::string& chunks) {
  FileCursor file(folder.write("a.png", kSignature + chunks));
  return find_png_text(file);
}

// The CRC is zlib's crc32 of "iTXt" and what follows.
TEST(PngText, IsAChunkAsTheStandardHasIt) {
  EXPECT_EQ(png_text_chunk(kData), "\0\0\0\x17iTXtodsora\0\0\0\0\0{\"odsora\":1}\x5a\x7c\x86\xb6"s);
}

TEST(PngText, IsFoundAmongOthers) {
  const TemporaryFolder folder;
  const std::string other = png_text_chunk("a stranger's");
  EXPECT_EQ(found_in(folder, other + png_text_chunk(kData) + kEnd), kData);
  EXPECT_EQ(found_in(folder, other + kEnd), std::nullopt);
  EXPECT_EQ(found_in(folder, kEnd + png_text_chunk(kData)), std::nullopt);
}

TEST(PngText, RefusesAWrongCrc) {
  const TemporaryFolder folder;
  std::string chunk = png_text_chunk(kData);
  chunk[25] ^= 1;
  expect_error(ErrorCode::kInvalidArgument, {"a.png", "does not fit its CRC"}, [&] { found_in(folder, chunk + kEnd); });
}

TEST(PngText, RefusesMoreThanIsAllowed) {
  const TemporaryFolder folder;
  for (const size_t size : {kMaxGenerationData + 1, size_t{300'000}}) {
    const std::filesystem::path file =
        folder.write("long.png", kSignature + png_text_chunk(kData + std::string(size - kData.size(), ' ')) + kEnd);
    expect_error(ErrorCode::kInvalidArgument, {"long.png", "longer than 65536 bytes"},
                 [&] { read_generation_data(file); });
  }
}

}  // namespace
}  // namespace odsora
