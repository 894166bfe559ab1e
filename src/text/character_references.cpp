#include "text/character_references.h"

#include <algorithm>
#include <iterator>

#include "text/caption_scanner.h"

namespace odsora {
namespace {

struct NamedCharacter {
  CaptionView name;
  char32_t character;
};

// Sorted.
constexpr NamedCharacter kNames[] = {
    {U"aacute", 0xe1},    {U"acirc", 0xe2},    {U"acute", 0xb4},     {U"aelig", 0xe6},    {U"agrave", 0xe0},
    {U"alefsym", 0x2135}, {U"alpha", 0x3b1},   {U"amp", 0x26},       {U"and", 0x2227},    {U"ang", 0x2220},
    {U"apos", 0x27},      {U"aring", 0xe5},    {U"asymp", 0x2248},   {U"atilde", 0xe3},   {U"auml", 0xe4},
    {U"bdquo", 0x201e},   {U"beta", 0x3b2},    {U"brvbar", 0xa6},    {U"bull", 0x2022},   {U"cap", 0x2229},
    {U"ccedil", 0xe7},    {U"cedil", 0xb8},    {U"cent", 0xa2},      {U"chi", 0x3c7},     {U"circ", 0x2c6},
    {U"clubs", 0x2663},   {U"cong", 0x2245},   {U"copy", 0xa9},      {U"crarr", 0x21b5},  {U"cup", 0x222a},
    {U"curren", 0xa4},    {U"dagger", 0x2020}, {U"darr", 0x2193},    {U"deg", 0xb0},      {U"delta", 0x3b4},
    {U"diams", 0x2666},   {U"divide", 0xf7},   {U"eacute", 0xe9},    {U"ecirc", 0xea},    {U"egrave", 0xe8},
    {U"empty", 0x2205},   {U"emsp", 0x2003},   {U"ensp", 0x2002},    {U"epsilon", 0x3b5}, {U"equiv", 0x2261},
    {U"eta", 0x3b7},      {U"eth", 0xf0},      {U"euml", 0xeb},      {U"euro", 0x20ac},   {U"exist", 0x2203},
    {U"fnof", 0x192},     {U"forall", 0x2200}, {U"frac12", 0xbd},    {U"frac14", 0xbc},   {U"frac34", 0xbe},
    {U"frasl", 0x2044},   {U"gamma", 0x3b3},   {U"ge", 0x2265},      {U"gt", 0x3e},       {U"harr", 0x2194},
    {U"hearts", 0x2665},  {U"hellip", 0x2026}, {U"iacute", 0xed},    {U"icirc", 0xee},    {U"iexcl", 0xa1},
    {U"igrave", 0xec},    {U"image", 0x2111},  {U"infin", 0x221e},   {U"int", 0x222b},    {U"iota", 0x3b9},
    {U"iquest", 0xbf},    {U"isin", 0x2208},   {U"iuml", 0xef},      {U"kappa", 0x3ba},   {U"lambda", 0x3bb},
    {U"lang", 0x27e8},    {U"laquo", 0xab},    {U"larr", 0x2190},    {U"lceil", 0x2308},  {U"ldquo", 0x201c},
    {U"le", 0x2264},      {U"lfloor", 0x230a}, {U"lowast", 0x2217},  {U"loz", 0x25ca},    {U"lrm", 0x200e},
    {U"lsaquo", 0x2039},  {U"lsquo", 0x2018},  {U"lt", 0x3c},        {U"macr", 0xaf},     {U"mdash", 0x2014},
    {U"micro", 0xb5},     {U"middot", 0xb7},   {U"minus", 0x2212},   {U"mu", 0x3bc},      {U"nabla", 0x2207},
    {U"nbsp", 0xa0},      {U"ndash", 0x2013},  {U"ne", 0x2260},      {U"ni", 0x220b},     {U"not", 0xac},
    {U"notin", 0x2209},   {U"nsub", 0x2284},   {U"ntilde", 0xf1},    {U"nu", 0x3bd},      {U"oacute", 0xf3},
    {U"ocirc", 0xf4},     {U"oelig", 0x153},   {U"ograve", 0xf2},    {U"oline", 0x203e},  {U"omega", 0x3c9},
    {U"omicron", 0x3bf},  {U"oplus", 0x2295},  {U"or", 0x2228},      {U"ordf", 0xaa},     {U"ordm", 0xba},
    {U"oslash", 0xf8},    {U"otilde", 0xf5},   {U"otimes", 0x2297},  {U"ouml", 0xf6},     {U"para", 0xb6},
    {U"part", 0x2202},    {U"permil", 0x2030}, {U"perp", 0x22a5},    {U"phi", 0x3c6},     {U"pi", 0x3c0},
    {U"piv", 0x3d6},      {U"plusmn", 0xb1},   {U"pound", 0xa3},     {U"prime", 0x2032},  {U"prod", 0x220f},
    {U"prop", 0x221d},    {U"psi", 0x3c8},     {U"quot", 0x22},      {U"radic", 0x221a},  {U"rang", 0x27e9},
    {U"raquo", 0xbb},     {U"rarr", 0x2192},   {U"rceil", 0x2309},   {U"rdquo", 0x201d},  {U"real", 0x211c},
    {U"reg", 0xae},       {U"rfloor", 0x230b}, {U"rho", 0x3c1},      {U"rlm", 0x200f},    {U"rsaquo", 0x203a},
    {U"rsquo", 0x2019},   {U"sbquo", 0x201a},  {U"scaron", 0x161},   {U"sdot", 0x22c5},   {U"sect", 0xa7},
    {U"shy", 0xad},       {U"sigma", 0x3c3},   {U"sigmaf", 0x3c2},   {U"sim", 0x223c},    {U"spades", 0x2660},
    {U"sub", 0x2282},     {U"sube", 0x2286},   {U"sum", 0x2211},     {U"sup", 0x2283},    {U"sup1", 0xb9},
    {U"sup2", 0xb2},      {U"sup3", 0xb3},     {U"supe", 0x2287},    {U"szlig", 0xdf},    {U"tau", 0x3c4},
    {U"there4", 0x2234},  {U"theta", 0x3b8},   {U"thetasym", 0x3d1}, {U"thinsp", 0x2009}, {U"thorn", 0xfe},
    {U"tilde", 0x2dc},    {U"times", 0xd7},    {U"trade", 0x2122},   {U"uacute", 0xfa},   {U"uarr", 0x2191},
    {U"ucirc", 0xfb},     {U"ugrave", 0xf9},   {U"uml", 0xa8},       {U"upsih", 0x3d2},   {U"upsilon", 0x3c5},
    {U"uuml", 0xfc},      {U"weierp", 0x2118}, {U"xi", 0x3be},       {U"yacute", 0xfd},   {U"yen", 0xa5},
    {U"yuml", 0xff},      {U"zeta", 0x3b6},    {U"zwj", 0x200d},     {U"zwnj", 0x200c}};

constexpr size_t kLongestName = 8;

const NamedCharacter* find_name(CaptionView name) {
  const NamedCharacter* found =
      std::lower_bound(std::begin(kNames), std::end(kNames), name,
                       [](const NamedCharacter& row, CaptionView sought) { return row.name < sought; });
  return found != std::end(kNames) && found->name == name ? found : nullptr;
}

/// Names that HTML reads without ';' too.
bool goes_without_semicolon(const NamedCharacter& row) { return row.character < 0x100 && row.name != U"apos"; }

/// What a reference stands for and how long it is; length 0 if there is none.
struct CharacterReference {
  size_t length;
  Caption text;
};

/// 0x80 to 0x9f, of which five mean nothing in Windows-1252.
constexpr char32_t kWindows1252[] = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                     0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                     0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                     0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

Caption numbered_character(char32_t number) {
  constexpr CaptionView kReplacement = U"\ufffd";
  if (number == 0 || (number >= 0xd800 && number <= 0xdfff) || number > 0x10ffff) return Caption(kReplacement);
  if (number >= 0x80 && number <= 0x9f) return Caption(1, kWindows1252[number - 0x80]);
  const bool is_control = (number < 0x20 && !is_one_of(U"\t\n\f\r", number)) || number == 0x7f;
  const bool is_noncharacter = (number >= 0xfdd0 && number <= 0xfdef) || (number & 0xfffe) == 0xfffe;
  return is_control || is_noncharacter ? Caption() : Caption(1, number);
}

int digit_value(char32_t digit) {
  if (is_ascii_digit(digit)) return static_cast<int>(digit - U'0');
  return static_cast<int>((digit | 0x20) - U'a') + 10;
}

/// &#[0-9]+;? or &#[xX][0-9a-fA-F]+;? at the beginning of `text`.
CharacterReference read_numeric(CaptionView text) {
  constexpr char32_t kTooLarge = 0x110000;
  const bool is_hexadecimal = holds_at(text, 2, U"x") || holds_at(text, 2, U"X");
  const auto is_digit_of_it = [is_hexadecimal](char32_t character) {
    const bool is_letter_digit = (character >= U'a' && character <= U'f') || (character >= U'A' && character <= U'F');
    return is_ascii_digit(character) || (is_hexadecimal && is_letter_digit);
  };
  const size_t begin = is_hexadecimal ? 3 : 2;
  const size_t end = run_end(text, begin, is_digit_of_it);
  if (end == begin) return {0, {}};
  char32_t number = 0;
  for (const char32_t digit : text.substr(begin, end - begin)) {
    number =
        std::min<char32_t>(kTooLarge, number * (is_hexadecimal ? 16 : 10) + static_cast<char32_t>(digit_value(digit)));
  }
  return {holds_at(text, end, U";") ? end + 1 : end, numbered_character(number)};
}

/// A name with ';', or else the longest that goes without, at the beginning of `text`.
CharacterReference read_named(CaptionView text) {
  const size_t name_end = run_end(text.substr(0, 1 + kLongestName), 1, [](char32_t character) {
    return is_ascii_letter(character) || is_ascii_digit(character);
  });
  if (holds_at(text, name_end, U";")) {
    const NamedCharacter* row = find_name(text.substr(1, name_end - 1));
    if (row != nullptr) return {name_end + 1, Caption(1, row->character)};
  }
  for (size_t end = name_end; end > 1; --end) {
    const NamedCharacter* row = find_name(text.substr(1, end - 1));
    if (row != nullptr && goes_without_semicolon(*row)) return {end, Caption(1, row->character)};
  }
  return {0, {}};
}

}  // namespace

std::u32string decode_character_references(std::u32string_view text) {
  Caption result;
  result.reserve(text.size());
  while (!text.empty()) {
    CharacterReference reference = {0, {}};
    if (text[0] == U'&') reference = holds_at(text, 1, U"#") ? read_numeric(text) : read_named(text);
    if (reference.length == 0) {
      result.push_back(text[0]);
      text.remove_prefix(1);
    } else {
      result += reference.text;
      text.remove_prefix(reference.length);
    }
  }
  return result;
}

}  // namespace odsora
