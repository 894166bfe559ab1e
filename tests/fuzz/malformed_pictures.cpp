extern "C" {
#include <libavutil/crc.h>
}

#include "malformed_files.h"

namespace odsora::fuzz {
namespace {

constexpr const char* kTarget = "frame_reader";
constexpr size_t kPngSignatureBytes = 8;

std::string picture(const std::string& name) { return seed("frame_reader/" + name); }

std::string png_chunk(const std::string& type_and_data) {
  const uint32_t crc = ~av_crc(av_crc_get_table(AV_CRC_32_IEEE_LE), ~0U,
                               reinterpret_cast<const uint8_t*>(type_and_data.data()), type_and_data.size());
  return big_endian(type_and_data.size() - 4, 4) + type_and_data + big_endian(crc, 4);
}

/// The picture with the 13 bytes of IHDR changed at `place`, and a checksum that fits.
std::string with_png_header(const std::string& png, size_t place, const std::string& by) {
  const std::string header = replaced(png.substr(kPngSignatureBytes + 4, 4 + 13), 4 + place, by);
  return png.substr(0, kPngSignatureBytes) + png_chunk(header) + png.substr(kPngSignatureBytes + 25);
}

std::vector<std::string> wrong_png_headers(const std::string& png) {
  std::vector<std::string> files;
  for (const size_t place : {0, 4}) {  // width, height
    for (const uint64_t side : {0U, 8193U, 65536U, 1U << 30, 0x7fffffffU, 0x80000000U, 0xffffffffU}) {
      files.push_back(with_png_header(png, place, big_endian(side, 4)));
    }
  }
  files.push_back(with_png_header(png, 0, big_endian(8192, 4) + big_endian(8192, 4)));
  for (const uint64_t depth : {0U, 3U, 5U, 7U, 9U, 32U, 255U})
    files.push_back(with_png_header(png, 8, big_endian(depth, 1)));
  for (const uint64_t color : {1U, 5U, 7U, 8U, 255U}) files.push_back(with_png_header(png, 9, big_endian(color, 1)));
  files.push_back(with_png_header(png, 10, "\x07"));  // compression
  return files;
}

/// Every byte of pixels and palette and of their checksums, changed: the checksum does not fit.
std::vector<std::string> wrong_png_checksums(const std::string& png) {
  std::vector<std::string> files;
  for (size_t at = kPngSignatureBytes; at + 12 <= png.size();) {
    const size_t length = static_cast<uint8_t>(png[at + 2]) * size_t{256} + static_cast<uint8_t>(png[at + 3]);
    const std::string type = png.substr(at + 4, 4);
    if (type == "IHDR" || type == "PLTE" || type == "IDAT") {
      for (size_t i = at + 8; i < at + 12 + length; ++i) {
        files.push_back(replaced(png, i, std::string(1, static_cast<char>(png[i] ^ 0x55))));
      }
    }
    at += 12 + length;
  }
  return files;
}

std::vector<std::string> wrong_png_chunks(const std::string& png) {
  const std::string signature = png.substr(0, kPngSignatureBytes), header = png.substr(kPngSignatureBytes, 25);
  const std::string rest = png.substr(kPngSignatureBytes + 25), end = png_chunk("IEND");
  return {signature + rest,
          signature + header + end,
          signature + header + png_chunk("IDAT") + end,
          signature + header + png_chunk("IDAT" + std::string(100, '\xff')) + end,
          signature + header + png_chunk("IDATnot compressed at all") + end,
          signature + header + big_endian(0xffffffff, 4) + rest.substr(4),
          signature + header + big_endian(0x7fffffff, 4) + rest.substr(4),
          signature + big_endian(12, 4) + header.substr(4) + rest};
}

/// The place of the frame header in a JPEG: its marker, two bytes of length, precision, height, width.
size_t jpeg_frame(const std::string& jpeg) {
  for (size_t at = 2;;
       at += 2 + static_cast<uint8_t>(jpeg.at(at + 2)) * size_t{256} + static_cast<uint8_t>(jpeg.at(at + 3))) {
    const auto marker = static_cast<uint8_t>(jpeg.at(at + 1));
    if (marker >= 0xc0 && marker <= 0xc2) return at;
  }
}

std::vector<std::string> wrong_jpegs(const std::string& jpeg) {
  const size_t frame = jpeg_frame(jpeg);
  std::vector<std::string> files;
  for (const size_t place : {frame + 5, frame + 7}) {
    for (const uint64_t side : {0U, 8193U, 65535U}) files.push_back(replaced(jpeg, place, big_endian(side, 2)));
  }
  for (const char* precision : {"\x01", "\x0c", "\x10", "\xff"}) files.push_back(replaced(jpeg, frame + 4, precision));
  for (const char* marker : {"\xc3", "\xc5", "\xc9", "\xcf"}) files.push_back(replaced(jpeg, frame + 1, marker));
  for (const char* marker : {"\x01", "\x7f", "\xfe"}) files.push_back(replaced(jpeg, frame, marker));
  const size_t scan = jpeg.find("\xff\xda");
  std::string scans = jpeg.substr(0, scan);
  for (int i = 0; i < 101; ++i) scans += jpeg.substr(scan, jpeg.size() - 2 - scan);
  files.push_back(scans + "\xff\xd9");
  files.push_back(jpeg.substr(0, 2) + jpeg.substr(scan));               // no size before the scan
  files.push_back(jpeg.substr(0, scan) + "\xff\xd9");                   // no scan
  files.push_back(replaced(jpeg, frame + 2, std::string("\xff\xff")));  // a segment beyond the file
  return files;
}

std::vector<std::string> wrong_webps(const std::string& lossy, const std::string& lossless) {
  std::vector<std::string> files;
  for (const uint64_t length :
       {uint64_t{lossy.size()}, uint64_t{1} << 20, uint64_t{0x7fffffff}, uint64_t{0xffffffff}}) {
    files.push_back(replaced(lossy, 4, little_endian(length, 4)));
    files.push_back(replaced(lossless, 4, little_endian(length, 4)));
  }
  const size_t sides = lossy.find("\x9d\x01\x2a") + 3;
  for (const size_t place : {sides, sides + 2}) {
    for (const uint64_t side : {0U, 8193U, 16383U}) files.push_back(replaced(lossy, place, little_endian(side, 2)));
  }
  for (const char* type : {"VP8X", "VP8Q", "    ", "ICCP"}) files.push_back(replaced(lossless, 12, type));
  const auto extended = [&](uint64_t flags, uint64_t width, uint64_t height) {
    const std::string body = "WEBPVP8X" + little_endian(10, 4) + little_endian(flags, 4) + little_endian(width - 1, 3) +
                             little_endian(height - 1, 3) + lossy.substr(12);
    return "RIFF" + little_endian(body.size(), 4) + body;
  };
  files.push_back(extended(2, 32, 24));  // an animation
  for (const uint64_t side : {8193U, 65536U, 16777216U}) {
    files.push_back(extended(0, side, 24));
    files.push_back(extended(0, 32, side));
  }
  return files;
}

std::vector<std::string> wrong_bmps(const std::string& bmp) {
  std::vector<std::string> files;
  for (const size_t place : {18, 22}) {
    for (const uint64_t side : {0U, 8193U, 1U << 30, 0x7fffffffU, 0x80000000U}) {
      files.push_back(replaced(bmp, place, little_endian(side, 4)));
    }
  }
  files.push_back(replaced(bmp, 18, little_endian(0xffffffff, 4)));  // a negative width
  for (const uint64_t bits : {0U, 2U, 3U, 7U, 64U, 65535U}) files.push_back(replaced(bmp, 28, little_endian(bits, 2)));
  for (const uint64_t method : {7U, 99U, 0xffffffffU}) files.push_back(replaced(bmp, 30, little_endian(method, 4)));
  for (const uint64_t header : {0U, 11U, 13U, 0xffffffffU})
    files.push_back(replaced(bmp, 14, little_endian(header, 4)));
  for (const uint64_t pixels : {0xffffffffU, 0x7fffffffU}) files.push_back(replaced(bmp, 10, little_endian(pixels, 4)));
  return files;
}

std::vector<std::string> of_no_kind() {
  std::vector<std::string> files = {"",
                                    "a",
                                    "only text",
                                    "#EXTM3U\n/etc/passwd\n",
                                    "ffconcat version 1.0\nfile '/etc/passwd'\n",
                                    "<svg xmlns=\"http://www.w3.org/2000/svg\"/>",
                                    "%PDF-1.7\n",
                                    "RIFF\x04\x00\x00\x00WAVE",
                                    "OggS",
                                    "\x7f"
                                    "ELF",
                                    "FLV\x01",
                                    "PK\x03\x04"};
  for (const char* start : {"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a", "BM", "\x1a\x45\xdf\xa3"}) {
    files.emplace_back(start);
    files.push_back(start + std::string(200, '\0'));
    files.push_back(start + std::string(200, '\xff'));
  }
  return files;
}

}  // namespace

std::vector<MalformedFiles> malformed_pictures() {
  std::vector<MalformedFiles> all;
  const auto add = [&](const std::string& kind, const std::string& good, std::vector<std::string> files) {
    all.push_back({.kind = kind, .target = kTarget, .good = good, .files = std::move(files)});
  };
  for (const std::string name : {"plain.png", "palette.png", "deep.png", "gray.png", "baseline.jpg", "progressive.jpg",
                                 "lossy.webp", "lossless.webp", "plain.bmp"}) {
    const std::string file = picture(name);
    std::string kind = name + "_cut";
    kind[kind.find('.')] = '_';
    add(kind, file, beginnings(file, 0, file.size()));
  }
  const std::string png = picture("plain.png"), palette = picture("palette.png"), jpeg = picture("baseline.jpg");
  const std::string gif = picture("one.gif"), lossy = picture("lossy.webp"), bmp = picture("plain.bmp");
  add("gif_cut", gif, beginnings(gif, 0, gif.size() - 1));  // the last byte only says that there is no more
  add("png_headers", png, wrong_png_headers(png));
  add("png_checksums", png, wrong_png_checksums(png));
  add("png_palette_checksums", palette, wrong_png_checksums(palette));
  add("png_chunks", png, wrong_png_chunks(png));
  add("jpeg_headers", jpeg, wrong_jpegs(jpeg));
  add("webp_headers", lossy, wrong_webps(lossy, picture("lossless.webp")));
  add("bmp_headers", bmp, wrong_bmps(bmp));
  add("no_picture", png, of_no_kind());
  return all;
}

}  // namespace odsora::fuzz
