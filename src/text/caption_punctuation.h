// The steps of the caption cleaner that tidy punctuation and blanks. Numbers are Open-Sora's order.
#pragma once

#include "text/caption_scanner.h"

namespace odsora {

Caption strip(CaptionView caption);                      // 27: no blanks at either end
Caption strip_and_lower_case(CaptionView caption);       // 2
Caption delete_cjk(CaptionView caption);                 // 7: U+31C0 to U+9FFF
Caption unify_dashes(CaptionView caption);               // 8: a run of dashes of any kind becomes one '-'
Caption unify_quotes(CaptionView caption);               // 9: one kind of double and one kind of single quote
Caption collapse_quotes_and_stops(CaptionView caption);  // 14: '""' becomes '"', "..." a blank
Caption blank_symbols(CaptionView caption);              // 15: a run of symbols becomes one blank
Caption blank_lone_stops(CaptionView caption);           // 16: " . " becomes one blank
Caption blank_many_dashes(CaptionView caption);          // 17: '-' and '_' become blanks if there are more than three
Caption tidy_colons(CaptionView caption);                // 23: "word : word" becomes "word: word"
Caption space_after_marks(CaptionView caption);          // 24: "cat,dog" becomes "cat, dog"
Caption collapse_spaces(CaptionView caption);            // 25: a run of white space becomes one blank
Caption trim_ends(CaptionView caption);                  // 26: quotes around the whole, a stray mark at either end

}  // namespace odsora
