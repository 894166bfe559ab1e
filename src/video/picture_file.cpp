#include "video/picture_file.h"

#include <algorithm>
#include <array>
#include <new>
#include <string_view>

#include "base/error.h"

namespace odsora {
namespace {

constexpr Bytes kMostBytes = Bytes{256} << 20;  // what 32 million pixels of 16 bits and four channels take
constexpr int kMostChunks = 100'000;            // of a PNG
constexpr int kMostScans = 100;                 // ten are usual

[[noreturn]] void fail_damaged(MediaFile& file, const char* what) {
  fail(ErrorCode::kInvalidArgument, file.name(), ": the picture is damaged: ", what);
}

template <size_t kCount>
std::array<uint8_t, kCount> bytes_at(MediaFile& file, uint64_t offset) {
  std::array<uint8_t, kCount> bytes;
  if (offset > file.size() || file.size() - offset < kCount) fail_damaged(file, "the file ends too early");
  file.read(offset, bytes);
  return bytes;
}

/// Numbers of `count` bytes, most or least significant byte first.
uint32_t big_endian(const uint8_t* bytes, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i) value = value << 8 | bytes[i];
  return value;
}
uint32_t little_endian(const uint8_t* bytes, int count) {
  uint32_t value = 0;
  for (int i = count; i-- > 0;) value = value << 8 | bytes[i];
  return value;
}

/// A side that is no side of any picture becomes 0.
int side(int64_t length) { return length > 0 && length <= INT32_MAX ? static_cast<int>(length) : 0; }

std::string_view text(const uint8_t* bytes) { return {reinterpret_cast<const char*>(bytes), 4}; }

struct PngChunk {
  uint64_t offset, bytes;  // with length, type and checksum
  std::array<uint8_t, 8> head;
  std::string_view type() const { return text(head.data() + 4); }
};

constexpr uint64_t kPngSignatureBytes = 8;

PngChunk png_chunk(MediaFile& file, uint64_t offset) {
  const auto head = bytes_at<8>(file, offset);
  const PngChunk chunk{.offset = offset, .bytes = 12 + uint64_t{big_endian(head.data(), 4)}, .head = head};
  if (file.size() - offset < chunk.bytes) fail_damaged(file, "the file ends too early");
  return chunk;
}

PictureHeader png_header(MediaFile& file) {
  if (png_chunk(file, kPngSignatureBytes).type() != "IHDR") fail_damaged(file, "it does not begin with its size");
  const auto fields = bytes_at<9>(file, kPngSignatureBytes + 8);
  return {.codec = AV_CODEC_ID_PNG,
          .size = {side(big_endian(&fields[0], 4)), side(big_endian(&fields[4], 4))},
          .decoded_bytes = fields[8] == 16 ? 8 : 4,
          .pixels_from = kPngSignatureBytes};
}

/// Walks the segments before the first scan to the one that holds the size.
PictureHeader jpeg_header(MediaFile& file) {
  PictureHeader header{.codec = AV_CODEC_ID_MJPEG, .size = {}, .decoded_bytes = 0, .pixels_from = 0};
  for (uint64_t offset = 2;;) {
    const auto head = bytes_at<4>(file, offset);
    if (head[0] != 0xff) fail_damaged(file, "a segment does not begin where the one before it ends");
    const int marker = head[1];
    if (marker == 0xff) {  // padding
      ++offset;
      continue;
    }
    if (marker == 0xda) {
      if (header.decoded_bytes == 0) fail_damaged(file, "it does not tell its size");
      header.pixels_from = offset;
      return header;
    }
    const bool is_frame = marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
    if (is_frame) {
      const auto fields = bytes_at<5>(file, offset + 4);
      if (marker > 0xc2 || fields[0] != 8) {
        fail(ErrorCode::kInvalidArgument, file.name(), ": expected a baseline or progressive JPEG of 8 bits");
      }
      header.size = {side(big_endian(&fields[3], 2)), side(big_endian(&fields[1], 2))};
      header.decoded_bytes = marker == 0xc2 ? 12 : 4;  // a progressive one gathers its coefficients
    }
    offset += 2 + std::max<uint64_t>(2, big_endian(&head[2], 2));
  }
}

PictureHeader webp_header(MediaFile& file) {
  const auto head = bytes_at<30>(file, 0);
  if (file.size() - 8 < little_endian(&head[4], 4)) fail_damaged(file, "the file ends too early");
  // Palettes and colour codes of a lossless picture, or of the transparency of a lossy one, are pictures as well.
  PictureHeader header{.codec = AV_CODEC_ID_WEBP, .size = {}, .decoded_bytes = 12, .pixels_from = 0};
  const std::string_view type = text(&head[12]);
  if (type == "VP8X") {
    constexpr int kAnimation = 2;
    if ((head[20] & kAnimation) != 0) {
      fail(ErrorCode::kInvalidArgument, file.name(),
           ": animated WebP cannot be read by the installed libavcodec; convert it to MP4 or GIF");
    }
    header.size = {side(1 + int64_t{little_endian(&head[24], 3)}), side(1 + int64_t{little_endian(&head[27], 3)})};
  } else if (type == "VP8L") {
    const uint32_t sides = little_endian(&head[21], 4);
    header.size = {side(1 + (sides & 0x3fff)), side(1 + (sides >> 14 & 0x3fff))};
  } else if (type == "VP8 ") {
    header.size = {side(little_endian(&head[26], 2) & 0x3fff), side(little_endian(&head[28], 2) & 0x3fff)};
  } else {
    fail_damaged(file, "it does not begin with its size");
  }
  return header;
}

PictureHeader bmp_header(MediaFile& file) {
  const auto head = bytes_at<26>(file, 0);
  PictureHeader header{.codec = AV_CODEC_ID_BMP, .size = {}, .decoded_bytes = 4, .pixels_from = 0};
  constexpr uint32_t kOldHeaderBytes = 12;
  if (little_endian(&head[14], 4) == kOldHeaderBytes) {
    header.size = {side(little_endian(&head[18], 2)), side(little_endian(&head[20], 2))};
  } else {
    const int64_t height = static_cast<int32_t>(little_endian(&head[22], 4));  // negative: first row on top
    header.size = {side(static_cast<int32_t>(little_endian(&head[18], 4))), side(height < 0 ? -height : height)};
  }
  return header;
}

PictureHeader gif_header(MediaFile& file) {
  const auto sides = bytes_at<4>(file, 6);
  return {.codec = AV_CODEC_ID_GIF,
          .size = {side(little_endian(&sides[0], 2)), side(little_endian(&sides[2], 2))},
          .decoded_bytes = 12,  // the picture, the one before it and the one shown
          .pixels_from = 0};
}

/// Bytes of the table of colours that the packed field announces.
uint64_t gif_table_bytes(uint8_t packed) { return (packed & 0x80) != 0 ? uint64_t{3} << ((packed & 7) + 1) : 0; }

uint64_t after_gif_blocks(MediaFile& file, uint64_t offset) {
  while (true) {
    const uint64_t length = bytes_at<1>(file, offset)[0];
    offset += 1 + length;
    if (length == 0) return offset;
  }
}

void append(Packet& packet, MediaFile& file, uint64_t offset, uint64_t bytes) {
  const int before = packet->size;
  if (av_grow_packet(packet.get(), static_cast<int>(bytes)) < 0) throw std::bad_alloc();
  file.read(offset, {packet->data + before, static_cast<size_t>(bytes)});
}

Packet read_png(MediaFile& file) {
  Packet packet = make_packet();
  append(packet, file, 0, kPngSignatureBytes);
  uint64_t offset = kPngSignatureBytes;
  for (int chunks = 0; chunks < kMostChunks; ++chunks) {
    const PngChunk chunk = png_chunk(file, offset);
    const std::string_view type = chunk.type();
    const bool is_of_pixels = type == "IHDR" || type == "PLTE" || type == "tRNS" || type == "IDAT" || type == "IEND";
    if (is_of_pixels) append(packet, file, offset, chunk.bytes);
    if (type == "IEND") return packet;
    offset += chunk.bytes;
  }
  fail_damaged(file, "it has too many chunks");
}

/// A mark of the end cannot occur among compressed pixels.
void check_jpeg_end(MediaFile& file, std::span<const uint8_t> pixels) {
  constexpr std::array<uint8_t, 2> kEnd = {0xff, 0xd9};
  if (std::search(pixels.begin(), pixels.end(), kEnd.begin(), kEnd.end()) == pixels.end()) {
    fail_damaged(file, "the file ends too early");
  }
}

}  // namespace

PictureHeader read_picture_header(MediaFile& file) {
  if (file.size() > kMostBytes) {
    fail(ErrorCode::kInvalidArgument, file.name(), ": a picture of ", file.size(), " bytes; at most ", kMostBytes,
         " are read");
  }
  switch (file.kind()) {
    case MediaKind::kPng: return png_header(file);
    case MediaKind::kJpeg: return jpeg_header(file);
    case MediaKind::kWebp: return webp_header(file);
    case MediaKind::kBmp: return bmp_header(file);
    case MediaKind::kGif: return gif_header(file);
    default: fail(ErrorCode::kInternal, "a video was taken for a picture");
  }
}

bool is_animated(MediaFile& gif) {
  constexpr int kMostPictures = 10'000;
  int pictures = 0;
  uint64_t offset = 13 + gif_table_bytes(bytes_at<1>(gif, 10)[0]);
  while (pictures <= kMostPictures && offset < gif.size()) {  // to its end, or it is cut off
    constexpr uint8_t kPicture = 0x2c, kExtension = 0x21;
    const uint8_t mark = bytes_at<1>(gif, offset)[0];
    if (mark == kPicture) {
      ++pictures;
      offset = after_gif_blocks(gif, offset + 11 + gif_table_bytes(bytes_at<1>(gif, offset + 9)[0]));
    } else if (mark == kExtension) {
      offset = after_gif_blocks(gif, offset + 2);
    } else {
      break;
    }
  }
  if (pictures == 0) fail_damaged(gif, "it holds no pixels");
  return pictures > 1;
}

Packet read_picture(MediaFile& file, const PictureHeader& header) {
  if (file.kind() == MediaKind::kPng) return read_png(file);
  Packet packet = make_packet();
  append(packet, file, 0, file.size());
  if (file.kind() == MediaKind::kJpeg) {
    const std::span<const uint8_t> jpeg(packet->data, static_cast<size_t>(packet->size));
    check_jpeg_scans(jpeg, file.name());
    check_jpeg_end(file, jpeg.subspan(static_cast<size_t>(header.pixels_from)));
  }
  return packet;
}

void check_jpeg_scans(std::span<const uint8_t> jpeg, const std::string& name) {
  int scans = 0;
  for (size_t i = 0; i + 1 < jpeg.size(); ++i) {
    if (jpeg[i] == 0xff && jpeg[i + 1] == 0xda) ++scans;
  }
  if (scans > kMostScans) {
    fail(ErrorCode::kInvalidArgument, name, ": a JPEG in it has ", scans, " scans; at most ", kMostScans, " are read");
  }
}

}  // namespace odsora
