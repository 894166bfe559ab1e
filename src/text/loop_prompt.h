// One text for several prompts: "|0| a calm sea |2| a storm" changes the prompt with the third clip of a loop.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace odsora {

/// The prompt of each of `clips` clips, in Open-Sora's syntax: a text that begins with "|0|" has segments that hold
/// from the clip they name, counted from 0, to the next one; any other text is the prompt of all clips. Segments for
/// clips that are not made are left out. Throws Error(kInvalidArgument) for segments that are empty or out of order.
std::vector<std::string> prompts_of_clips(std::string_view prompt, int clips);

}  // namespace odsora
