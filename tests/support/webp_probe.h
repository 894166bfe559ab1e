// Reads an animated WebP, of which libavcodec 59 decodes the pictures but not the animation, for tests.
#pragma once

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "support/pictures.h"
#include "support/video_probe.h"

namespace odsora {

struct ProbedAnimation {
  int width = 0, height = 0;
  int loop_count = -1;                       // 0 is endless
  std::vector<int> milliseconds;             // for which each frame is shown
  std::vector<std::vector<uint8_t>> frames;  // each [height, width, 3]
  std::vector<std::string> chunks;           // their kinds, in order
};

class WebpProbe {
 public:
  /// Throws std::runtime_error if the file is no animation whose frames have the full size. Writes each frame to a file
  /// beside it, to have libav decode it.
  static ProbedAnimation read(const std::filesystem::path& file) {
    WebpProbe probe;
    probe.still_ = file.string() + ".still.webp";
    probe.read_chunks(bytes_of(file));
    std::filesystem::remove(probe.still_);
    return std::move(probe.animation_);
  }

 private:
  static void require(bool condition, const char* what) {
    if (!condition) throw std::runtime_error(std::string("cannot read the animation: ") + what);
  }

  static size_t number(const std::string& bytes, size_t at, size_t count) {
    require(at + count <= bytes.size(), "a number");
    size_t value = 0;
    for (size_t i = count; i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[at + i]);
    return value;
  }

  static std::string four(size_t value) {
    std::string bytes;
    for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> 8 * i);
    return bytes;
  }

  void read_chunks(const std::string& bytes) {
    require(bytes.starts_with("RIFF") && bytes.substr(8, 4) == "WEBP", "signature");
    require(number(bytes, 4, 4) + 8 == bytes.size(), "size");
    for (size_t at = 12; at < bytes.size();) {
      const size_t length = number(bytes, at + 4, 4);
      require(at + 8 + length <= bytes.size(), "chunk");
      animation_.chunks.push_back(bytes.substr(at, 4));
      read_chunk(animation_.chunks.back(), bytes.substr(at + 8, length));
      at += 8 + length + length % 2;
    }
  }

  void read_chunk(const std::string& kind, const std::string& body) {
    if (kind == "VP8X") {
      animation_.width = static_cast<int>(number(body, 4, 3)) + 1;
      animation_.height = static_cast<int>(number(body, 7, 3)) + 1;
    } else if (kind == "ANIM") {
      animation_.loop_count = static_cast<int>(number(body, 4, 2));
    } else if (kind == "ANMF") {
      require(number(body, 0, 6) == 0, "place");
      require(number(body, 6, 3) + 1 == static_cast<size_t>(animation_.width), "width");
      require(number(body, 9, 3) + 1 == static_cast<size_t>(animation_.height), "height");
      animation_.milliseconds.push_back(static_cast<int>(number(body, 12, 3)));
      const std::string picture = body.substr(16);
      std::ofstream(still_, std::ios::binary) << "RIFF" << four(picture.size() + 4) << "WEBP" << picture;
      const ProbedVideo still = VideoProbe::read(still_);
      require(still.frames.size() == 1, "picture");
      animation_.frames.push_back(still.frames[0]);
    }
  }

  std::filesystem::path still_;
  ProbedAnimation animation_;
};

}  // namespace odsora
