#include "terminal_picture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <numeric>

#include "support/temporary_folder.h"

namespace odsora_cli {
namespace {

using Variables = std::map<std::string, std::string>;

PictureProtocol protocol_of(const Variables& variables) {
  return picture_protocol([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::string() : found->second;
  });
}

Variables with(Variables variables, const Variables& more) {
  for (const auto& [name, value] : more) variables[name] = value;
  return variables;
}

TEST(PictureProtocol, TerminalsAreKnownByTheirEnvironment) {
  EXPECT_EQ(protocol_of({{"TERM", "xterm-kitty"}}), PictureProtocol::kKitty);
  EXPECT_EQ(protocol_of({{"TERM", "xterm-256color"}, {"KITTY_WINDOW_ID", "1"}}), PictureProtocol::kKitty);
  EXPECT_EQ(protocol_of({{"TERM", "xterm-ghostty"}}), PictureProtocol::kKitty);
  EXPECT_EQ(protocol_of({{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "ghostty"}}), PictureProtocol::kKitty);
  EXPECT_EQ(protocol_of({{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "iTerm.app"}}), PictureProtocol::kInline);
  EXPECT_EQ(protocol_of({{"TERM", "xterm-256color"}, {"TERM_PROGRAM", "WezTerm"}}), PictureProtocol::kInline);
  EXPECT_EQ(protocol_of({{"TERM", "xterm-256color"}, {"LC_TERMINAL", "iTerm2"}}), PictureProtocol::kInline);
}

TEST(PictureProtocol, OthersShowHalfBlocksWhereColoursAndLettersAllow) {
  const Variables able = {{"TERM", "xterm-256color"}, {"COLORTERM", "truecolor"}, {"LANG", "de_DE.UTF-8"}};
  EXPECT_EQ(protocol_of(able), PictureProtocol::kHalfBlocks);
  EXPECT_EQ(protocol_of(with(able, {{"COLORTERM", "24bit"}, {"LANG", "C.utf8"}})), PictureProtocol::kHalfBlocks);
  EXPECT_EQ(protocol_of(with(able, {{"COLORTERM", ""}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of(with(able, {{"COLORTERM", "yes"}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of(with(able, {{"LANG", "de_DE"}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of(with(able, {{"LANG", ""}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of(with(able, {{"LC_ALL", "C"}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of(with(able, {{"LANG", "C"}, {"LC_CTYPE", "C.UTF-8"}})), PictureProtocol::kHalfBlocks);
  EXPECT_EQ(protocol_of(with(able, {{"NO_COLOR", "1"}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of(with(able, {{"TERM", "dumb"}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of(with(able, {{"TERM", ""}})), PictureProtocol::kNone);
  EXPECT_EQ(protocol_of({}), PictureProtocol::kNone);
}

TEST(PictureProtocol, NothingIsSentThroughTmuxOrScreenThatTheySwallow) {
  const Variables kitty = {{"TERM", "xterm-kitty"}, {"KITTY_WINDOW_ID", "1"}, {"TERM_PROGRAM", "iTerm.app"}};
  const Variables able = {{"COLORTERM", "truecolor"}, {"LANG", "C.UTF-8"}};
  for (const Variables& inside : {Variables{{"TMUX", "/tmp/tmux-0/default,1,0"}}, Variables{{"STY", "1.pts"}},
                                  Variables{{"TERM", "tmux-256color"}}, Variables{{"TERM", "screen"}}}) {
    EXPECT_EQ(protocol_of(with(kitty, inside)), PictureProtocol::kNone);
    EXPECT_EQ(protocol_of(with(with(kitty, able), inside)), PictureProtocol::kHalfBlocks);
  }
}

TEST(PictureCells, FillTheWidthUpToAThirdOfTheHeight) {
  EXPECT_EQ(picture_cells(512, 64, {.columns = 80, .rows = 24}), (Cells{.columns = 79, .rows = 5}));
  EXPECT_EQ(picture_cells(512, 64, {.columns = 200, .rows = 24}), (Cells{.columns = 128, .rows = 8}));
  EXPECT_EQ(picture_cells(64, 64, {.columns = 80, .rows = 24}), (Cells{.columns = 16, .rows = 8}));
  EXPECT_EQ(picture_cells(1600, 4, {.columns = 80, .rows = 24}), (Cells{.columns = 79, .rows = 1}));
  EXPECT_EQ(picture_cells(4, 1600, {.columns = 80, .rows = 24}), (Cells{.columns = 1, .rows = 8}));
  EXPECT_EQ(picture_cells(512, 64, {.columns = 2, .rows = 2}), (Cells{.columns = 1, .rows = 1}));
}

std::vector<uint8_t> bytes(const std::string& text) { return {text.begin(), text.end()}; }

TEST(KittyPicture, IsSentInPiecesOfBase64) {
  EXPECT_EQ(kitty_picture(bytes("any png"), {.columns = 40, .rows = 3}),
            "\033_Ga=T,f=100,i=2068,p=1,c=40,r=3,C=1,q=2,m=0;YW55IHBuZw==\033\\");
  const std::string two = kitty_picture(std::vector<uint8_t>(3075, 0), {.columns = 1, .rows = 1});
  EXPECT_EQ(two,
            "\033_Ga=T,f=100,i=2068,p=1,c=1,r=1,C=1,q=2,m=1;" + std::string(4096, 'A') + "\033\\\033_Gm=0;AAAA\033\\");
}

TEST(InlinePicture, TellsItsSizeInBytesAndCells) {
  EXPECT_EQ(inline_picture(bytes("\xff\xfe\xfd\xfb"), {.columns = 40, .rows = 3}),
            "\033]1337;File=inline=1;size=4;width=40;height=3;preserveAspectRatio=1://79+w==\a");
}

TEST(HalfBlocks, ShowTwoPixelsACharacter) {
  const std::vector<uint8_t> rgb = {1, 2, 3, 10, 20, 30, 255, 0, 0, 0, 0, 255};  // 2 x 2
  EXPECT_EQ(half_blocks(rgb, 2, 2, {.columns = 2, .rows = 1}),
            "\033[38;2;1;2;3m\033[48;2;255;0;0m\xe2\x96\x80"
            "\033[38;2;10;20;30m\033[48;2;0;0;255m\xe2\x96\x80\033[0m\033[K\n");
  // The means of the columns, rounded.
  EXPECT_EQ(half_blocks(rgb, 2, 2, {.columns = 1, .rows = 1}),
            "\033[38;2;6;11;17m\033[48;2;128;0;128m\xe2\x96\x80\033[0m\033[K\n");
}

TEST(HalfBlocks, EveryPixelCountsOnce) {
  std::vector<uint8_t> rgb(size_t{5} * 4 * 3);
  std::iota(rgb.begin(), rgb.end(), uint8_t{0});
  const std::string lines = half_blocks(rgb, 5, 4, {.columns = 2, .rows = 1});
  // Columns [0, 2) and [2, 5), rows [0, 2) and [2, 4) of 5 x 4 pixels whose red is 3 (5 y + x).
  EXPECT_EQ(lines.substr(0, lines.find("\xe2")), "\033[38;2;9;10;11m\033[48;2;39;40;41m");
  // Larger than the picture: pixels are shown several times.
  const std::string wide = half_blocks(std::vector<uint8_t>{7, 8, 9}, 1, 1, {.columns = 2, .rows = 1});
  EXPECT_EQ(wide,
            "\033[38;2;7;8;9m\033[48;2;7;8;9m\xe2\x96\x80\033[38;2;7;8;9m\033[48;2;7;8;9m\xe2\x96\x80\033[0m\033[K\n");
}

odsora::Preview one_colour(const std::string& file = "absent.png") {
  return {.file = file, .step = 1, .clip = 1, .clips = 1, .width = 2, .height = 2, .rgb = std::vector<uint8_t>(12, 9)};
}

TEST(TerminalPicture, ReplacesThePictureBeforeUnlessSomethingStandsBetween) {
  const Cells terminal = {.columns = 80, .rows = 24}, other = {.columns = 70, .rows = 24};
  TerminalPicture picture(PictureProtocol::kHalfBlocks);
  const std::string first = picture.show(one_colour(), terminal);
  EXPECT_THAT(first, testing::StartsWith("\033[38;2;9;9;9m"));
  EXPECT_EQ(std::count(first.begin(), first.end(), '\n'), 8);
  EXPECT_EQ(picture.show(one_colour(), terminal), "\033[8A" + first);
  picture.leave();
  EXPECT_EQ(picture.show(one_colour(), terminal), first);
  EXPECT_EQ(picture.show(one_colour(), other), first);  // lines may have been wrapped
  EXPECT_EQ(picture.show(one_colour(), other), "\033[8A" + first);
}

TEST(TerminalPicture, GraphicsAreDrawnOnLinesThatAreFree) {
  const odsora::TemporaryFolder folder;
  const std::string file = folder.write("look.png", "any png");
  const Cells terminal = {.columns = 80, .rows = 9};
  const std::string kitty = kitty_picture(bytes("any png"), {.columns = 6, .rows = 3});
  TerminalPicture picture(PictureProtocol::kKitty);
  EXPECT_EQ(picture.show(one_colour(file), terminal), "\n\n\n\033[3A\0337" + kitty + "\0338\n\n\n");
  EXPECT_EQ(picture.show(one_colour(file), terminal), "\033[3A\0337" + kitty + "\0338\n\n\n");
  TerminalPicture with_inline(PictureProtocol::kInline);
  EXPECT_EQ(with_inline.show(one_colour(file), terminal),
            "\n\n\n\033[3A\0337" + inline_picture(bytes("any png"), {.columns = 6, .rows = 3}) + "\0338\n\n\n");
}

TEST(TerminalPicture, NothingIsShownWhereNothingCan) {
  EXPECT_EQ(TerminalPicture(PictureProtocol::kNone).show(one_colour(), {.columns = 80, .rows = 24}), "");
  EXPECT_EQ(TerminalPicture(PictureProtocol::kHalfBlocks).show(one_colour(), {}), "");  // its size is not known
  EXPECT_EQ(TerminalPicture(PictureProtocol::kKitty).show(one_colour(), {.columns = 80, .rows = 24}), "");
}

}  // namespace
}  // namespace odsora_cli
