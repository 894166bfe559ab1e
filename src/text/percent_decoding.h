// Step 1 of the caption cleaner: what urllib.parse.unquote_plus does.
#pragma once

#include "text/caption_scanner.h"

namespace odsora {

/// '+' becomes a blank and each run of %xx the characters that its bytes are in UTF-8, with U+FFFD for what is none. A
/// '%' without two hexadecimal digits behind it stays.
Caption decode_percents(CaptionView caption);

}  // namespace odsora
