// The text cleaner that Open-Sora applies to captions in training and to prompts.
#pragma once

#include <string>
#include <string_view>

namespace odsora {

/// Cleans a caption twice, as Open-Sora v1.2 does (opensora/datasets/utils: text_preprocessing). Both are UTF-8.
/// Has the steps that change ordinary prompts; the ones against scraped web text (URLs, HTML, file names, ids,
/// advertising) are absent. Throws Error(kInvalidArgument) if the caption is not valid UTF-8.
std::string clean_caption(std::string_view caption);

}  // namespace odsora
