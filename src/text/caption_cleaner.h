// The text cleaner that Open-Sora applies to captions in training and to prompts.
#pragma once

#include <string>
#include <string_view>

namespace odsora {

/// Cleans a caption twice, as Open-Sora v1.2 does (opensora/datasets/utils: text_preprocessing), with all of its 27
/// steps but one part: nothing is done for ftfy's repair of text that was decoded wrongly ("â€™" for an apostrophe),
/// docs/decisions/0008-what-the-caption-cleaner-leaves-out.md says why. Character classes are those of
/// character_class.h. Both captions are UTF-8. The time is linear in the caption's length, whatever it holds. Throws
/// Error(kInvalidArgument) if the caption is not valid UTF-8.
std::string clean_caption(std::string_view caption);

}  // namespace odsora
