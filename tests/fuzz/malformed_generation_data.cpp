#include "malformed_files.h"

namespace odsora::fuzz {
namespace {

constexpr const char* kMark = "{\"odsora\":";

/// Behind the last byte of the text. GIF cuts it into pieces, but not there.
size_t end_of_text(const std::string& file) {
  constexpr std::string_view kLast = "\"bf16\"}";
  return file.find(kLast) + kLast.size();
}

/// All that ends before the text does.
std::vector<std::string> cut(const std::string& file) { return beginnings(file, 0, end_of_text(file), 300); }

/// The text in place, with parts that are no recipe any more.
std::vector<std::string> spoiled(const std::string& file) {
  std::vector<std::string> files;
  const size_t begin = file.find(kMark);
  for (const auto& [good, bad] :
       {std::pair{kMark, "{\"odsorb\":"}, std::pair{kMark, "{ odsora\":"}, std::pair{"prompt", "promqt"},
        std::pair{"steps\":", "steps\"="}, std::pair{"\"bf16\"", "\"f161\""}, std::pair{"\"seed\":7", "\"seed\":x"},
        std::pair{"red panda",
                  "red \xff"
                  "anda"},
        std::pair{"red panda", "red \x1b[2mx"}}) {
    const size_t place = file.find(good, begin);
    if (place != std::string::npos) files.push_back(replaced(file, place, bad));
  }
  return files;
}

/// Each byte of the text's chunk and checksum, changed.
std::vector<std::string> wrong_checksums(const std::string& png) {
  const size_t begin = png.find("iTXt");
  const size_t end = end_of_text(png) + 4;
  std::vector<std::string> files;
  for (size_t place = begin; place < end; ++place) {
    files.push_back(replaced(png, place, std::string(1, static_cast<char>(png[place] ^ 0x21))));
  }
  return files;
}

std::vector<std::string> without_text() {
  std::vector<std::string> files;
  for (const char* name :
       {"plain.png", "palette.png", "one.gif", "animated.gif", "lossy.webp", "lossless.webp", "vp8.mkv", "vp9.webm",
        "h264.mp4", "av1.mp4", "fragmented.mp4", "baseline.jpg", "plain.bmp", "h264.avi"}) {
    files.push_back(seed(std::string("frame_reader/") + name));
  }
  for (const char* bytes : {"", "a", "\x89PNG\r\n\x1a\n", "GIF89a", "\x1a\x45\xdf\xa3", "{\"odsora\":\"0.1.0\"}"})
    files.emplace_back(bytes);
  return files;
}

}  // namespace

std::vector<MalformedFiles> malformed_generation_data() {
  std::vector<MalformedFiles> all;
  for (const std::string format : {"png", "gif", "webp", "webm", "mp4"}) {
    const std::string file = seed("generation_data/made." + format);
    all.push_back({.kind = "data_" + format + "_cut", .target = "generation_data", .good = file, .files = cut(file)});
    all.push_back(
        {.kind = "data_" + format + "_spoiled", .target = "generation_data", .good = file, .files = spoiled(file)});
  }
  const std::string png = seed("generation_data/made.png");
  all.push_back(
      {.kind = "data_png_checksums", .target = "generation_data", .good = png, .files = wrong_checksums(png)});
  all.push_back({.kind = "data_absent", .target = "generation_data", .good = png, .files = without_text()});
  return all;
}

}  // namespace odsora::fuzz
