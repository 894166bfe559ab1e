// Small pictures in a terminal, where it can show them.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "odsora/odsora.h"

namespace odsora_cli {

enum class PictureProtocol {
  kNone,
  kKitty,       // the graphics protocol of kitty; Ghostty has it too
  kInline,      // the inline images of iTerm2; WezTerm has them too
  kHalfBlocks,  // two pixels a character, in 24-bit colours
};

/// What the terminal can show, by its environment: `variable` gives a value, empty where there is none. Nothing is
/// asked of the terminal itself, whose answers would be read as typing. Inside tmux and screen, which swallow pictures,
/// and elsewhere, half blocks need COLORTERM to promise 24-bit colours and the locale to be UTF-8; NO_COLOR forbids
/// them.
PictureProtocol picture_protocol(const std::function<std::string(const char* name)>& variable);

struct Cells {
  int columns = 0, rows = 0;  // characters

  bool operator==(const Cells&) const = default;
};

/// The cells that a picture of this size gets: the terminal's width, less the last column, but no more than a third of
/// its height, and one row at least. A cell counts as twice as high as it is wide.
Cells picture_cells(int width, int height, Cells terminal);

/// Escape sequences that show the bytes of a PNG in these cells, from the cursor on, whose place then is not defined.
/// The first one replaces what it drew before.
std::string kitty_picture(std::span<const uint8_t> png, Cells cells);
std::string inline_picture(std::span<const uint8_t> png, Cells cells);

/// Lines of half blocks, each ended; every half is the mean of the pixels that it covers. `rgb`: [height, width, 3].
std::string half_blocks(std::span<const uint8_t> rgb, int width, int height, Cells cells);

/// A picture above the line of progress: each one replaces the one before as long as nothing else was written since.
class TerminalPicture {
 public:
  explicit TerminalPicture(PictureProtocol protocol) : protocol_(protocol) {}

  /// What to write with the cursor at the beginning of an empty line; it ends on such a line below the picture. Empty
  /// where nothing can be shown.
  std::string show(const odsora::Preview& preview, Cells terminal);

  /// Other lines have been written since: the next picture goes below them.
  void leave() { shown_ = {}; }

 private:
  PictureProtocol protocol_;
  Cells terminal_;
  Cells shown_;  // of the picture just above the cursor; none where that is something else
};

}  // namespace odsora_cli
