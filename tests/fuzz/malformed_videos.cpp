#include <stdexcept>

#include "malformed_files.h"

namespace odsora::fuzz {
namespace {

std::string video(const std::string& name) { return seed("frame_reader/" + name); }

/// The number behind each place where a box of this name begins, replaced.
std::vector<std::string> with_numbers_behind(const std::string& file, const std::string& mark, size_t distance,
                                             const std::vector<std::string>& numbers) {
  const size_t place = file.find(mark);
  if (place == std::string::npos) throw std::runtime_error("the seed has no " + mark);
  std::vector<std::string> files;
  for (const std::string& number : numbers) files.push_back(replaced(file, place + mark.size() + distance, number));
  return files;
}

/// A codec that is not read, by the name of its box or its number.
std::vector<std::string> with_other_codecs(const std::string& mp4, const std::string& avi, const std::string& mkv) {
  std::vector<std::string> files;
  for (const char* codec : {"SVQ3", "rle ", "cvid", "png ", "xxxx"}) {
    files.push_back(replaced(mp4, mp4.find("avc1", mp4.find("stsd")), codec));
  }
  for (const char* codec : {"IV50", "CRAM", "cvid", "FPS1", "ZLIB"}) {
    std::string file = replaced(avi, avi.find("H264"), codec);  // in strh
    files.push_back(replaced(file, file.find("H264"), codec));  // and in strf
  }
  for (const char* codec : {"V_VP7", "V_XYZ", "A_VP8"}) files.push_back(replaced(mkv, mkv.find("V_VP8"), codec));
  return files;
}

}  // namespace

std::vector<MalformedFiles> malformed_videos() {
  std::vector<MalformedFiles> all;
  const auto add = [&](const std::string& kind, const std::string& good, std::vector<std::string> files) {
    all.push_back({.kind = kind, .target = "frame_reader", .good = good, .files = std::move(files)});
  };
  // One byte in 40: libav opens each.
  for (const std::string name : {"h264.mp4", "turned.mp4", "av1.mp4", "prores.mov", "h264.avi", "mjpeg.avi", "vp8.mkv",
                                 "h265.mkv", "vp9.webm"}) {
    const std::string file = video(name);
    std::string kind = name + "_cut";
    kind[kind.find('.')] = '_';
    std::vector<std::string> files = beginnings(file, 0, file.size(), 60);
    files.push_back(file.substr(0, file.size() - 1));
    add(kind, file, std::move(files));
  }
  const std::string gif = video("animated.gif");
  add("animated_gif_cut", gif, beginnings(gif, 0, gif.size() - 1, 200));
  const std::string mp4 = video("h264.mp4"), avi = video("h264.avi"), mkv = video("vp8.mkv");
  const std::vector<std::string> huge = {big_endian(0x7fffffff, 4), big_endian(0xffffffff, 4), big_endian(1 << 30, 4)};
  std::vector<std::string> indexes;
  for (const char* box : {"stsz", "stsc", "stco", "stts"}) {
    // The count behind version and flags, and behind the common size in stsz.
    for (std::string& file : with_numbers_behind(mp4, box, box == std::string("stsz") ? 8 : 4, huge)) {
      indexes.push_back(std::move(file));
    }
  }
  add("mp4_huge_indexes", mp4, std::move(indexes));
  std::vector<std::string> sides;  // behind 24 bytes of the sample entry
  for (const char* side : {"\x20\x01", "\x7f\xff", "\xff\xff"}) {
    sides.push_back(replaced(mp4, mp4.find("avc1", mp4.find("stsd")) + 4 + 24, side));
    sides.push_back(replaced(mp4, mp4.find("avc1", mp4.find("stsd")) + 4 + 26, side));
  }
  for (const uint64_t side : {8193U, 65536U, 0x7fffffffU}) {  // BITMAPINFOHEADER
    sides.push_back(replaced(avi, avi.find("strf") + 12, little_endian(side, 4)));
    sides.push_back(replaced(avi, avi.find("strf") + 16, little_endian(side, 4)));
  }
  add("video_huge_sides", mp4, std::move(sides));
  add("video_other_codecs", mp4, with_other_codecs(mp4, avi, mkv));
  return all;
}

}  // namespace odsora::fuzz
