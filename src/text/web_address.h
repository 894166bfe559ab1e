// Step 4 of the caption cleaner: URLs and host names.
#pragma once

#include "text/caption_scanner.h"

namespace odsora {

/// Deletes, from a word boundary on: "http:" and "https:" with one to three slashes or one of [a-zA-Z0-9%] behind; and
/// host names that end in .com .co .ru .net .org .edu .gov .it, with the path that follows in [\w/-]* up to a word
/// boundary and one more '/', unless '@' follows. Then the same again with "www:" instead of the scheme.
Caption delete_web_addresses(CaptionView caption);

}  // namespace odsora
