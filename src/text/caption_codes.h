// The steps of the caption cleaner that delete what catalogues write: numbers of articles, codes, sizes. Numbers are
// Open-Sora's order. \d and \w are Unicode's, as far as character_class.h knows them; letters are ASCII's.
#pragma once

#include "text/caption_scanner.h"

namespace odsora {

Caption delete_long_numbers(CaptionView caption);  // 12: "#12", "#12345", "123456"; "#1234" and "12345" stay
Caption delete_codes(CaptionView caption);         // 19: "jc6640", "jc6640vc", "6640vc231"
Caption blank_mixed_codes(CaptionView caption);    // 21: "j2d1a2a" becomes a blank
Caption delete_sizes(CaptionView caption);         // 22: "10×20", "1.5х2.5"

}  // namespace odsora
