// Open-Sora's prompts for videos of several clips: "|0| a quiet street |2| it begins to rain".
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace odsora {

/// The text for each of `clips` clips, at least 1. A prompt that begins with "|0|" holds segments, each behind the
/// number of the first clip that it describes; it serves until the next segment's clip, the last one to the end, and
/// segments for later clips than there are serve none. Any other prompt is the text of all clips, as it is, with the
/// '|' in it. Segments lose the blanks around them; inside one, "|" without digits and another "|" behind is text.
/// Throws Error(kInvalidArgument) if a segment is empty, a clip's number is no larger than the one before or larger
/// than 9999, or the prompt is not valid UTF-8.
std::vector<std::string> prompts_of_clips(std::string_view prompt, int clips);

}  // namespace odsora
