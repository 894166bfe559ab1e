#include "terminal_picture.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>

namespace odsora_cli {
namespace {

constexpr size_t kKittyPiece = 4096;         // the most of base64 in one of its escape sequences
constexpr const char* kKittyImage = "2068";  // any number that other programs are unlikely to take

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool starts_with(const std::string& text, std::string_view part) { return text.rfind(part, 0) == 0; }

// The first one that is set decides.
bool is_utf8_locale(const std::function<std::string(const char*)>& variable) {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    std::string value = variable(name);
    if (value.empty()) continue;
    std::transform(value.begin(), value.end(), value.begin(), [](unsigned char c) { return std::tolower(c); });
    return contains(value, "utf-8") || contains(value, "utf8");
  }
  return false;
}

std::string base64(std::span<const uint8_t> bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const size_t count = std::min<size_t>(3, bytes.size() - i);
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j) group = group << 8 | (j < count ? bytes[i + j] : 0U);
    for (size_t j = 0; j < 4; ++j) text += j <= count ? kDigits[group >> (18 - 6 * j) & 63] : '=';
  }
  return text;
}

struct Color {
  uint64_t red = 0, green = 0, blue = 0;
};

// The mean of the pixels of [first, last) of an axis of `length`, for part `index` of `parts`.
struct Range {
  size_t first, last;
};
Range part_of(int length, int index, int parts) {
  const auto whole = static_cast<size_t>(length), count = static_cast<size_t>(parts), i = static_cast<size_t>(index);
  const size_t first = i * whole / count;
  return {first, std::max((i + 1) * whole / count, first + 1)};
}

Color mean_color(std::span<const uint8_t> rgb, size_t width, Range columns, Range rows) {
  Color sum;
  for (size_t y = rows.first; y < rows.last; ++y) {
    for (size_t x = columns.first; x < columns.last; ++x) {
      const uint8_t* pixel = rgb.data() + (y * width + x) * 3;
      sum.red += pixel[0];
      sum.green += pixel[1];
      sum.blue += pixel[2];
    }
  }
  const uint64_t count = (rows.last - rows.first) * (columns.last - columns.first);
  return {(sum.red + count / 2) / count, (sum.green + count / 2) / count, (sum.blue + count / 2) / count};
}

// "\033[38;2;R;G;Bm": of the upper half, which is drawn, or the lower one, which is behind it.
std::string color_sequence(int plane, const Color& color) {
  return "\033[" + std::to_string(plane) + ";2;" + std::to_string(color.red) + ';' + std::to_string(color.green) + ';' +
         std::to_string(color.blue) + 'm';
}

std::vector<uint8_t> file_bytes(const std::string& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::string up(int rows) { return "\033[" + std::to_string(rows) + 'A'; }

// The picture on lines that are there already, so that nothing scrolls while it is drawn.
std::string on_free_lines(const std::string& picture, int rows, bool has_lines) {
  constexpr const char* kSaveCursor = "\0337";
  constexpr const char* kRestoreCursor = "\0338";
  const std::string down(static_cast<size_t>(rows), '\n');
  return (has_lines ? "" : down) + up(rows) + kSaveCursor + picture + kRestoreCursor + down;
}

}  // namespace

PictureProtocol picture_protocol(const std::function<std::string(const char* name)>& variable) {
  const std::string terminal = variable("TERM"), program = variable("TERM_PROGRAM");
  if (terminal.empty() || terminal == "dumb") return PictureProtocol::kNone;
  const bool is_inside_another = !variable("TMUX").empty() || !variable("STY").empty() ||
                                 starts_with(terminal, "tmux") || starts_with(terminal, "screen");
  if (!is_inside_another) {
    if (program == "iTerm.app" || program == "WezTerm" || variable("LC_TERMINAL") == "iTerm2") {
      return PictureProtocol::kInline;
    }
    if (terminal == "xterm-kitty" || terminal == "xterm-ghostty" || program == "ghostty" ||
        !variable("KITTY_WINDOW_ID").empty()) {
      return PictureProtocol::kKitty;
    }
  }
  const std::string colors = variable("COLORTERM");
  const bool has_colors = (colors == "truecolor" || colors == "24bit") && variable("NO_COLOR").empty();
  return has_colors && is_utf8_locale(variable) ? PictureProtocol::kHalfBlocks : PictureProtocol::kNone;
}

Cells picture_cells(int width, int height, Cells terminal) {
  const int most_rows = std::max(terminal.rows / 3, 1);
  const int most_columns = std::max(terminal.columns - 1, 1);
  const double rows_per_column = 0.5 * height / width;
  const int columns = std::clamp(static_cast<int>(most_rows / rows_per_column), 1, most_columns);
  const int rows = std::clamp(static_cast<int>(columns * rows_per_column + 0.5), 1, most_rows);
  return {.columns = columns, .rows = rows};
}

std::string kitty_picture(std::span<const uint8_t> png, Cells cells) {
  const std::string data = base64(png);
  // Show it now, a PNG, in place of what has this number, in these cells; leave the cursor; answer nothing.
  std::string keys = std::string("a=T,f=100,i=") + kKittyImage + ",p=1,c=" + std::to_string(cells.columns) +
                     ",r=" + std::to_string(cells.rows) + ",C=1,q=2";
  std::string sequences;
  for (size_t begin = 0; begin < data.size(); begin += kKittyPiece) {
    const bool is_last = begin + kKittyPiece >= data.size();
    sequences += "\033_G" + keys + (keys.empty() ? "m=" : ",m=") + (is_last ? '0' : '1') + ';' +
                 data.substr(begin, kKittyPiece) + "\033\\";
    keys.clear();
  }
  return sequences;
}

std::string inline_picture(std::span<const uint8_t> png, Cells cells) {
  return "\033]1337;File=inline=1;size=" + std::to_string(png.size()) + ";width=" + std::to_string(cells.columns) +
         ";height=" + std::to_string(cells.rows) + ";preserveAspectRatio=1:" + base64(png) + '\a';
}

std::string half_blocks(std::span<const uint8_t> rgb, int width, int height, Cells cells) {
  std::string lines;
  for (int row = 0; row < cells.rows; ++row) {
    for (int column = 0; column < cells.columns; ++column) {
      const Range across = part_of(width, column, cells.columns);
      const auto stride = static_cast<size_t>(width);
      lines += color_sequence(38, mean_color(rgb, stride, across, part_of(height, 2 * row, 2 * cells.rows)));
      lines += color_sequence(48, mean_color(rgb, stride, across, part_of(height, 2 * row + 1, 2 * cells.rows)));
      lines += "\u2580";  // upper half block
    }
    lines += "\033[0m\033[K\n";
  }
  return lines;
}

std::string TerminalPicture::show(const odsora::Preview& preview, Cells terminal) {
  if (protocol_ == PictureProtocol::kNone || terminal.columns < 2 || terminal.rows < 2) return "";
  const Cells cells = picture_cells(preview.width, preview.height, terminal);
  // Another size of the terminal may have wrapped the lines of the picture before.
  const bool replaces = shown_ == cells && terminal_ == terminal;
  std::string text;
  if (protocol_ == PictureProtocol::kHalfBlocks) {
    text = (replaces ? up(cells.rows) : "") + half_blocks(preview.rgb, preview.width, preview.height, cells);
  } else {
    const std::vector<uint8_t> png = file_bytes(preview.file);
    if (png.empty()) return "";  // somebody has taken it away already
    const std::string picture =
        protocol_ == PictureProtocol::kKitty ? kitty_picture(png, cells) : inline_picture(png, cells);
    text = on_free_lines(picture, cells.rows, replaces);
  }
  shown_ = cells;
  terminal_ = terminal;
  return text;
}

}  // namespace odsora_cli
