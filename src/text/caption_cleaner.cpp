#include "text/caption_cleaner.h"

#include "text/caption_codes.h"
#include "text/caption_punctuation.h"
#include "text/caption_web_text.h"
#include "text/character_references.h"
#include "text/html_text.h"
#include "text/percent_decoding.h"
#include "text/utf8.h"
#include "text/web_address.h"

namespace odsora {
namespace {

/// What is left of ftfy's step. Step 15 lets no '&' through, so only the blanks at the ends go.
Caption decode_references_twice(CaptionView caption) {
  return strip(decode_character_references(decode_character_references(caption)));
}

struct Step {
  int number;  // in Open-Sora's order
  Caption (*apply)(CaptionView);
};

constexpr Step kSteps[] = {
    {1, decode_percents},
    {2, strip_and_lower_case},
    {3, name_person},
    {4, delete_web_addresses},
    {5, text_of_html},
    {6, delete_handles},
    {7, delete_cjk},
    {8, unify_dashes},
    {9, unify_quotes},
    {10, delete_reference_remains},
    {11, delete_addresses_and_times},
    {12, delete_long_numbers},
    {13, delete_file_names},
    {14, collapse_quotes_and_stops},
    {15, blank_symbols},
    {16, blank_lone_stops},
    {17, blank_many_dashes},
    {18, decode_references_twice},
    {19, delete_codes},
    {20, delete_advertising},
    {21, blank_mixed_codes},
    {22, delete_sizes},
    {23, tidy_colons},
    {24, space_after_marks},
    {25, collapse_spaces},
    {26, trim_ends},
    {27, strip},
};

constexpr int kPasses = 2;

}  // namespace

std::string clean_caption(std::string_view caption) {
  Caption cleaned = decode_utf8(caption);
  for (int pass = 0; pass < kPasses; ++pass) {
    for (const Step& step : kSteps) cleaned = step.apply(cleaned);
  }
  return encode_utf8(cleaned);
}

}  // namespace odsora
