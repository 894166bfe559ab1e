// The steps of the caption cleaner that delete what scraped captions hold of the web around them. Numbers are
// Open-Sora's order. A blank in a rule is one or more characters of white space.
#pragma once

#include "text/caption_scanner.h"

namespace odsora {

Caption name_person(CaptionView caption);                 // 3: "<person>" becomes "person"
Caption delete_handles(CaptionView caption);              // 6: '@' and the word characters behind it
Caption delete_reference_remains(CaptionView caption);    // 10: "&quot", "&quot;" and "&amp"
Caption delete_addresses_and_times(CaptionView caption);  // 11: "192.168.0.1", "1:23 " at the end, "\n" in letters
Caption delete_file_names(CaptionView caption);           // 13: "img_20.jpg"
Caption delete_advertising(CaptionView caption);          // 20: "free shipping", "click for more", "png image" …

}  // namespace odsora
