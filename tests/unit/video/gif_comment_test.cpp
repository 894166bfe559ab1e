#include "video/gif_comment.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/temporary_folder.h"
#include "video/generation_data.h"

namespace odsora {
namespace {

using std::string_literals::operator""s;

const std::string kHeader = "GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff"s;  // 1x1, two colours
const std::string kImage = "\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0"s;
const std::string kData = R"({"odsora":1})";

std::optional<std::string> found_in(const TemporaryFolder& folder, const std::string& blocks) {
  FileCursor file(folder.write("a.gif", kHeader + blocks));
  return find_gif_comment(file);
}

TEST(GifComment, IsCutIntoSubBlocks) {
  EXPECT_EQ(gif_comment("abc"), "\x21\xfe\x03"s + "abc\0"s);
  EXPECT_EQ(gif_comment(std::string(256, 'x')), "\x21\xfe\xff"s + std::string(255, 'x') + "\x01x\0"s);
}

TEST(GifComment, IsFoundBeforeAndAfterImages) {
  const TemporaryFolder folder;
  const std::string stranger = gif_comment("made with love"), loop = "\x21\xff\x0bNETSCAPE2.0\x03\x01\0\0\0"s;
  EXPECT_EQ(found_in(folder, gif_comment(kData) + kImage + ";"), kData);
  EXPECT_EQ(found_in(folder, loop + stranger + kImage + gif_comment(kData) + ";"), kData);
  EXPECT_EQ(found_in(folder, stranger + kImage + ";"), std::nullopt);
  EXPECT_EQ(found_in(folder, gif_comment(std::string(200'000, 'x')) + gif_comment(kData) + ";"), kData);
}

TEST(GifComment, RefusesMoreThanIsAllowedAndUnknownBlocks) {
  const TemporaryFolder folder;
  expect_error(ErrorCode::kInvalidArgument, {"a.gif", "longer than 65536 bytes"},
               [&] { found_in(folder, gif_comment(kData + std::string(100'000, ' ')) + ";"); });
  expect_error(ErrorCode::kInvalidArgument, {"a.gif", "unknown kind"}, [&] { found_in(folder, "\x22"); });
}

}  // namespace
}  // namespace odsora
