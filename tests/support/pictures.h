// Pictures to write as videos, and how near two of them are.
#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "video/video_writer.h"

namespace odsora {

using Picture = std::vector<uint8_t>;

inline Picture solid(const VideoFormat& format, uint8_t red, uint8_t green, uint8_t blue) {
  Picture picture;
  for (int i = 0; i < format.width * format.height; ++i) picture.insert(picture.end(), {red, green, blue});
  return picture;
}

/// Smooth colours that drift with time.
inline Picture waves(const VideoFormat& format, int frame) {
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
inline Picture noise(const VideoFormat& format, int frame) {
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
inline double psnr(const Picture& a, const Picture& b) {
  double squares = 0;
  for (size_t i = 0; i < a.size(); ++i) squares += (a[i] - b[i]) * (a[i] - b[i]);
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.size()) / squares);
}

/// Writes as many frames as the format has, each made by `picture(format, index)`.
template <typename MakePicture>
void write_video(const VideoFormat& format, const std::filesystem::path& output, const MakePicture& picture) {
  const std::unique_ptr<VideoWriter> writer = open_video_writer(format, output);
  for (int frame = 0; frame < format.frames; ++frame) writer->write(picture(format, frame));
  writer->finish();
}

inline std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << stream.rdbuf();
  return bytes.str();
}

}  // namespace odsora
