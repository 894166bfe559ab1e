// Step 5 of the caption cleaner: the text of a caption that may be HTML.
#pragma once

#include "text/caption_scanner.h"

namespace odsora {

/// What BeautifulSoup's .text gives with Python's html.parser (as of Python 3.11): tags, comments, declarations and
/// processing instructions go, script and style with all they hold (to the end of the caption if they are not closed),
/// and character references are decoded in what stays.
///
/// Markup begins with '<' and a letter, '/', '!' or '?'; any other '<' is text ("a < b", "<3"). Markup that is never
/// closed is text up to the next '>', or else up to the next '<'. A start tag ends at the first '>' that is not in
/// quotes behind a '='. CDATA sections count as comments, as the HTML standard has it, and a template's text stays.
Caption text_of_html(CaptionView caption);

}  // namespace odsora
