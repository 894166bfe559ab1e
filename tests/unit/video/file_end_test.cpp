#include "video/file_end.h"

#include <gtest/gtest.h>

#include <string>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

using std::string_literals::operator""s;

void check(const std::string& bytes) {
  const TemporaryFolder folder;
  MediaFile file(folder.write("given", bytes));
  check_end(file);
}

void expect_cut(const std::string& bytes) {
  expect_error(ErrorCode::kInvalidArgument, {"given", "ends too early"}, [&] { check(bytes); });
}

const std::string kEbmlHeader = "\x1a\x45\xdf\xa3\x84\x42\x86\x81\x01"s;  // of 4 bytes
const std::string kVoid = "\xec\x82\x00\x00"s;

// A segment of 10 bytes, whose length has 1 byte or 8.
const std::string kSegment = "\x18\x53\x80\x67\x8a"s + std::string(10, 'x');
const std::string kSegmentWithLongLength = "\x18\x53\x80\x67\x01\0\0\0\0\0\0\x0a"s + std::string(10, 'x');

std::string riff(const std::string& kind, const std::string& body) {
  return "RIFF" + std::string(1, static_cast<char>(4 + body.size())) + "\0\0\0"s + kind + body;
}

TEST(FileEnd, MatroskaEndsWithItsSegment) {
  for (const std::string& segment : {kSegment, kSegmentWithLongLength}) {
    const std::string file = kEbmlHeader + kVoid + segment;
    check(file);
    check(file + "something behind it");
    for (size_t missing = 1; missing <= 10; ++missing) expect_cut(file.substr(0, file.size() - missing));
  }
}

TEST(FileEnd, MatroskaThatWasWrittenToAPipePasses) {
  check(kEbmlHeader + "\x18\x53\x80\x67\xff"s);
  check(kEbmlHeader + "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xff"s + "some clusters");
}

TEST(FileEnd, MatroskaOfWrongNumbersIsRefused) {
  expect_error(ErrorCode::kInvalidArgument, {"given"}, [] { check(kEbmlHeader); });
  expect_error(ErrorCode::kInvalidArgument, {"given"}, [] { check(kEbmlHeader + "\0\0\0\0"s); });
  expect_cut(kEbmlHeader + "\x18\x53\x80\x67\x01\xff\xff\xff\xff\xff\xff\xfe"s);
}

TEST(FileEnd, AviEndsWithItsLastChunk) {
  const std::string file = riff("AVI ", "frames") + riff("AVIX", "more frames");
  check(file);
  check(file + "something behind it");
  check(riff("AVI ", "an odd one") + "\0"s + riff("AVIX", "more"));
  for (size_t missing = 1; missing <= 11; ++missing) expect_cut(file.substr(0, file.size() - missing));
  expect_cut(riff("AVI ", "frames").substr(0, 17));
}

TEST(FileEnd, AviThatWasWrittenToAPipePasses) { check("RIFF\0\0\0\0AVI some frames"s); }

TEST(FileEnd, Mp4EndsWithItsLastBox) {
  const std::string box =
                        "\0\0\0\x10"
                        "ftypisommp42"s,
                    long_box =
                        "\0\0\0\x01"
                        "mdat\0\0\0\0\0\0\0\x14"
                        "1234"s;
  for (const std::string& file : {box + box, box + long_box}) {
    check(file);
    check(file + "\x01\x02\x03\x04\x05\x06\x07\x08 behind it");
    for (size_t missing = 1; missing <= 4; ++missing) expect_cut(file.substr(0, file.size() - missing));
  }
  check(box +
        "\0\0\0\0"
        "mdat to the end of the file"s);
}

}  // namespace
}  // namespace odsora
