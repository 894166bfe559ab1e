// The scores that Open-Sora v1.2 was trained to read at the end of a caption.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace odsora {

/// What to append; absent values and an empty camera_motion append nothing.
struct ScoreSuffix {
  std::optional<double> aesthetic;  // 4 to 7 in the training data, higher is prettier; must be finite
  std::optional<double> motion;     // strength of the optical flow; must be finite
  std::string camera_motion;        // e.g. "pan left"
};

/// The prompt with " aesthetic score: 6.5. motion score: 10.0. camera motion: pan left.": each part only if it is set
/// and the prompt does not contain its name already. To be called before the caption is cleaned.
std::string append_scores(std::string_view prompt, const ScoreSuffix& scores);

}  // namespace odsora
