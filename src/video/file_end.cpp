#include "video/file_end.h"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <string_view>

#include "base/error.h"

namespace odsora {
namespace {

[[noreturn]] void fail_cut(MediaFile& file, uint64_t expected) {
  fail(ErrorCode::kInvalidArgument, file.name(), ": the video is damaged or ends too early: expected at least ",
       expected, " bytes, found ", file.size());
}

/// The head of an element of EBML (RFC 8794, 4 to 6).
struct Element {
  uint64_t id = 0;
  uint64_t body = 0;               // where it begins
  std::optional<uint64_t> length;  // of the body; unknown where it was written to a pipe
};

/// A number of variable length, its marker left in place, and how many bytes it has.
struct VariableNumber {
  uint64_t value = 0;
  int bytes = 0;
  bool is_all_ones() const { return value == (uint64_t{2} << (7 * bytes)) - 1; }
  uint64_t without_marker() const { return value & ~(uint64_t{1} << (7 * bytes)); }
};

VariableNumber read_number(MediaFile& file, uint64_t offset) {
  std::array<uint8_t, 8> bytes{};
  file.read(offset, std::span(bytes).first(1));
  VariableNumber number{.value = bytes[0], .bytes = std::countl_zero(bytes[0]) + 1};
  if (number.bytes > 8) fail(ErrorCode::kInvalidArgument, file.name(), ": the video is damaged at byte ", offset);
  file.read(offset, std::span(bytes).first(static_cast<size_t>(number.bytes)));
  for (int i = 1; i < number.bytes; ++i) number.value = number.value << 8 | bytes[static_cast<size_t>(i)];
  return number;
}

Element read_element(MediaFile& file, uint64_t offset) {
  const VariableNumber id = read_number(file, offset);
  const VariableNumber length = read_number(file, offset + static_cast<uint64_t>(id.bytes));
  Element element{.id = id.value, .body = offset + static_cast<uint64_t>(id.bytes + length.bytes), .length = {}};
  if (!length.is_all_ones()) element.length = length.without_marker();
  return element;
}

/// The video is in the first segment, behind a short header.
void check_matroska(MediaFile& file) {
  constexpr uint64_t kSegment = 0x18538067;
  constexpr int kMostElements = 16;
  uint64_t offset = 0;
  for (int elements = 0; elements < kMostElements; ++elements) {
    const Element element = read_element(file, offset);
    if (!element.length) return;
    if (*element.length > file.size() - element.body) fail_cut(file, element.body + *element.length);
    if (element.id == kSegment) return;
    offset = element.body + *element.length;
  }
}

/// A long video has several RIFF chunks, one behind the other (OpenDML 2.0).
void check_avi(MediaFile& file) {
  constexpr uint64_t kHeadBytes = 8;
  for (uint64_t offset = 0; file.size() - offset >= kHeadBytes;) {
    std::array<uint8_t, kHeadBytes> head{};
    file.read(offset, head);
    const std::string_view name(reinterpret_cast<const char*>(head.data()), 4);
    const uint64_t length = head[4] | uint64_t{head[5]} << 8 | uint64_t{head[6]} << 16 | uint64_t{head[7]} << 24;
    if (name != "RIFF" || length == 0) return;  // something that others have put behind it; of unknown length
    if (length > file.size() - offset - kHeadBytes) fail_cut(file, offset + kHeadBytes + length);
    offset = std::min(file.size(), offset + kHeadBytes + length + length % 2);
  }
}

/// The boxes of ISO 14496-12, 4.2, one behind the other.
void check_mov(MediaFile& file) {
  constexpr uint64_t kHeadBytes = 8, kLongHeadBytes = 16;
  for (uint64_t offset = 0; file.size() - offset >= kHeadBytes;) {
    std::array<uint8_t, kLongHeadBytes> head{};
    file.read(offset, std::span(head).first(std::min(kLongHeadBytes, file.size() - offset)));
    const auto number = [&](size_t begin, size_t end) {
      uint64_t value = 0;
      for (size_t i = begin; i < end; ++i) value = value << 8 | head[i];
      return value;
    };
    const bool has_name = std::all_of(head.begin() + 4, head.begin() + 8, [](uint8_t byte) { return byte >= 0x20; });
    const bool is_long = number(0, 4) == 1;
    const uint64_t length = is_long ? number(8, 16) : number(0, 4);
    if (!has_name || length < (is_long ? kLongHeadBytes : kHeadBytes)) return;  // as above; 0 reaches to the end
    if (length > file.size() - offset) fail_cut(file, offset + length);
    offset += length;
  }
}

}  // namespace

void check_end(MediaFile& file) {
  if (file.kind() == MediaKind::kMatroska) check_matroska(file);
  if (file.kind() == MediaKind::kAvi) check_avi(file);
  if (file.kind() == MediaKind::kMov) check_mov(file);
}

}  // namespace odsora
