#include "video/gif_comment.h"

#include "video/generation_data.h"

namespace odsora {
namespace {

// GIF89a, sections 18 to 27.
constexpr uint8_t kExtension = 0x21, kImage = 0x2C, kTrailer = 0x3B, kCommentLabel = 0xFE;
constexpr size_t kLongestSubBlock = 255;
constexpr uint64_t kSignatureBytes = 6;

void skip_color_table(uint8_t flags, FileCursor& file) {
  constexpr uint8_t kHasTable = 0x80, kSizeMask = 7;
  if ((flags & kHasTable) != 0) file.skip(uint64_t{3} << ((flags & kSizeMask) + 1));
}

void skip_sub_blocks(FileCursor& file) {
  while (const uint8_t length = file.byte()) file.skip(length);
}

/// The text of a comment's sub-blocks, if it is ours.
std::optional<std::string> read_comment(FileCursor& file) {
  std::string text;
  while (const uint8_t length = file.byte()) {
    if (text.size() > kMaxGenerationData) {
      if (is_generation_data(text)) fail_for_length(file.name());
      file.skip(length);
    } else {
      text += file.text(length);
    }
  }
  if (!is_generation_data(text)) return {};
  return text;
}

}  // namespace

std::string gif_comment(const std::string& data) {
  std::string bytes = {static_cast<char>(kExtension), static_cast<char>(kCommentLabel)};
  for (size_t begin = 0; begin < data.size(); begin += kLongestSubBlock) {
    const std::string block = data.substr(begin, kLongestSubBlock);
    bytes += static_cast<char>(block.size());
    bytes += block;
  }
  bytes += '\0';
  return bytes;
}

std::optional<std::string> find_gif_comment(FileCursor& file) {
  file.skip(kSignatureBytes + 4);  // width, height
  const uint8_t screen_flags = file.byte();
  file.skip(2);  // background, aspect ratio
  skip_color_table(screen_flags, file);
  while (true) {
    const uint8_t introducer = file.byte();
    if (introducer == kTrailer) return {};
    if (introducer == kExtension) {
      if (file.byte() == kCommentLabel) {
        if (std::optional<std::string> text = read_comment(file)) return text;
      } else {
        skip_sub_blocks(file);
      }
    } else if (introducer == kImage) {
      file.skip(8);  // place and size
      skip_color_table(file.byte(), file);
      file.skip(1);  // size of the first codes
      skip_sub_blocks(file);
    } else {
      file.fail_with("the GIF has a block of an unknown kind");
    }
  }
}

}  // namespace odsora
