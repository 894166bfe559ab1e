#include "text/character_class.h"

#include <algorithm>
#include <iterator>

namespace odsora {
namespace {

struct Range {
  char32_t first, last;
};

constexpr Range kSpaces[] = {{0x09, 0x0d},     {0x1c, 0x20},     {0x85, 0x85},     {0xa0, 0xa0},     {0x1680, 0x1680},
                             {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f}, {0x205f, 0x205f}, {0x3000, 0x3000}};

constexpr Range kDigits[] = {{'0', '9'}, {0x660, 0x669}, {0x6f0, 0x6f9}, {0x966, 0x96f}, {0xff10, 0xff19}};

constexpr Range kNotWords[] =
    {
        {0x00, '0' - 1},     {'9' + 1, 'A' - 1}, {'Z' + 1, '_' - 1}, {'_' + 1, 'a' - 1}, {'z' + 1, 0xa9},
        {0xab, 0xb1},        {0xb4, 0xb4},       {0xb6, 0xb8},       {0xbb, 0xbb},       {0xbf, 0xbf},
        {0xd7, 0xd7},        {0xf7, 0xf7},       {0x2c2, 0x2c5},     {0x2d2, 0x2df},     {0x2e5, 0x2eb},
        {0x2ed, 0x2ed},      {0x2ef, 0x36f},                                            // spacing and combining accents
        {0x37e, 0x37e},      {0x387, 0x387},     {0x1680, 0x1680},   {0x2000, 0x206f},  // general punctuation
        {0x207a, 0x207e},    {0x208a, 0x208e},   {0x20a0, 0x2101},  // currency, combining marks for symbols
        {0x2116, 0x2118},    {0x211e, 0x2123},   {0x2190, 0x245f},  // arrows, mathematics, technical
        {0x249c, 0x24e9},    {0x2500, 0x2775},                      // boxes, shapes, dingbats
        {0x2794, 0x2bff},    {0x2e00, 0x2e2e},   {0x2e30, 0x3004},   {0x3008, 0x3020},   {0x302a, 0x3030},
        {0x31c0, 0x31ef},    {0x3200, 0x321f},   {0x322a, 0x3247},   {0x3250, 0x3250},   {0x3260, 0x327f},
        {0x328a, 0x32b0},    {0x32c0, 0x33ff},   {0x4dc0, 0x4dff},  // strokes, enclosed, squared, hexagrams
        {0xe000, 0xf8ff},    {0xfe00, 0xfe6f},   {0xfeff, 0xff0f},   {0xff1a, 0xff20},   {0xff3b, 0xff40},
        {0xff5b, 0xff65},    {0xffe0, 0xffff},   {0x1f10d, 0x1fbef},  // emoji and other pictures
        {0xe0000, 0x10ffff},
};

/// A sorted, disjoint table.
template <size_t N>
bool contains(const Range (&ranges)[N], char32_t code_point) {
  const Range* range = std::lower_bound(std::begin(ranges), std::end(ranges), code_point,
                                        [](const Range& r, char32_t c) { return r.last < c; });
  return range != std::end(ranges) && range->first <= code_point;
}

/// Capitals first, first + stride, … last, each `distance` below its small letter.
struct Capitals {
  char32_t first, last;
  int stride, distance;
};

constexpr Capitals kCapitals[] = {
    {'A', 'Z', 1, 32},       {0xc0, 0xd6, 1, 32},     {0xd8, 0xde, 1, 32},                                // Latin-1
    {0x100, 0x12e, 2, 1},    {0x132, 0x136, 2, 1},    {0x139, 0x147, 2, 1},       {0x14a, 0x176, 2, 1},   // Extended-A
    {0x178, 0x178, 1, -121}, {0x179, 0x17d, 2, 1},    {0x370, 0x372, 2, 1},       {0x376, 0x376, 1, 1},   // Greek
    {0x37f, 0x37f, 1, 116},  {0x386, 0x386, 1, 38},   {0x388, 0x38a, 1, 37},      {0x38c, 0x38c, 1, 64},  //
    {0x38e, 0x38f, 1, 63},   {0x391, 0x3a1, 1, 32},   {0x3a3, 0x3ab, 1, 32},      {0x3cf, 0x3cf, 1, 8},   //
    {0x3d8, 0x3ee, 2, 1},    {0x3f4, 0x3f4, 1, -60},  {0x3f7, 0x3f7, 1, 1},       {0x3f9, 0x3f9, 1, -7},  //
    {0x3fa, 0x3fa, 1, 1},    {0x3fd, 0x3ff, 1, -130}, {0x400, 0x40f, 1, 80},      {0x410, 0x42f, 1, 32},  // Cyrillic
    {0x460, 0x480, 2, 1},    {0x48a, 0x4be, 2, 1},    {0x4c0, 0x4c0, 1, 15},      {0x4c1, 0x4cd, 2, 1},   //
    {0x4d0, 0x52e, 2, 1},    {0x1e00, 0x1e94, 2, 1},  {0x1e9e, 0x1e9e, 1, -7615},                         // Additional
    {0x1ea0, 0x1efe, 2, 1},  {0xff21, 0xff3a, 1, 32},                                                     // full width
};

char32_t lower_case_of(char32_t code_point) {
  const Capitals* row = std::lower_bound(std::begin(kCapitals), std::end(kCapitals), code_point,
                                         [](const Capitals& r, char32_t c) { return r.last < c; });
  if (row == std::end(kCapitals) || code_point < row->first) return code_point;
  const bool is_capital = (code_point - row->first) % static_cast<char32_t>(row->stride) == 0;
  return is_capital ? static_cast<char32_t>(static_cast<int>(code_point) + row->distance) : code_point;
}

}  // namespace

bool is_space(char32_t code_point) { return contains(kSpaces, code_point); }

bool is_digit(char32_t code_point) { return contains(kDigits, code_point); }

bool is_word(char32_t code_point) { return !contains(kNotWords, code_point); }

std::u32string lower_case(std::u32string_view text) {
  std::u32string lowered;
  lowered.reserve(text.size());
  for (const char32_t code_point : text) {
    if (code_point == U'\u0130') {
      lowered += U"i\u0307";  // the one capital that becomes two code points
    } else {
      lowered.push_back(lower_case_of(code_point));
    }
  }
  return lowered;
}

}  // namespace odsora
