#include "text/score_suffix.h"

#include <gtest/gtest.h>

namespace odsora {
namespace {

TEST(ScoreSuffix, AppendsWhatIsSetInOrder) {
  EXPECT_EQ(append_scores("a dog", {}), "a dog");
  EXPECT_EQ(append_scores("a dog", {.aesthetic = 6.5, .motion = {}, .camera_motion = {}}),
            "a dog aesthetic score: 6.5.");
  EXPECT_EQ(append_scores("a dog", {.aesthetic = 6, .motion = 10, .camera_motion = "pan left"}),
            "a dog aesthetic score: 6.0. motion score: 10.0. camera motion: pan left.");
}

TEST(ScoreSuffix, KeepsWhatThePromptSays) {
  EXPECT_EQ(append_scores("a dog aesthetic score: 4.0.", {.aesthetic = 6.5, .motion = 2, .camera_motion = {}}),
            "a dog aesthetic score: 4.0. motion score: 2.0.");
  EXPECT_EQ(append_scores("camera motion: tilt up.", {.aesthetic = {}, .motion = {}, .camera_motion = "zoom in"}),
            "camera motion: tilt up.");
}

TEST(ScoreSuffix, RoundsAsPythonDoes) {
  const auto score = [](double value) {
    return append_scores("", {.aesthetic = value, .motion = {}, .camera_motion = {}});
  };
  EXPECT_EQ(score(6.25), " aesthetic score: 6.2.");  // a tie, to even
  EXPECT_EQ(score(6.35), " aesthetic score: 6.3.");  // below the tie in binary
  EXPECT_EQ(score(6.75), " aesthetic score: 6.8.");
  EXPECT_EQ(score(1e308).size(), 309 + 2 + std::string(" aesthetic score: .").size());
}

}  // namespace
}  // namespace odsora
