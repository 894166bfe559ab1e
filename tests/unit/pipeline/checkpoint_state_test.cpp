#include "pipeline/checkpoint_state.h"

#include <gtest/gtest.h>

#include <cmath>

#include "support/expect_error.h"

namespace odsora {
namespace {

TEST(CheckpointState, ComesBackToTheBit) {
  const CheckpointState state = {
      .clip = 2,
      .evaluations = 7,
      .straightness = {.best = 0.1 + 0.2, .patience_left = 3},
      .in_f32 = true,
      .path = {{.step = 1, .t = 1000, .cosine = NAN, .merged_blocks = 0, .decision = "go on"},
               {.step = 2, .t = 1.0 / 3, .cosine = 0.7, .merged_blocks = 4, .decision = "leap"}}};
  const CheckpointState back = parse_checkpoint_state(to_json(state), "file");
  EXPECT_EQ(back.clip, 2);
  EXPECT_EQ(back.evaluations, 7);
  EXPECT_EQ(back.straightness.best, 0.1 + 0.2);
  EXPECT_EQ(back.straightness.patience_left, 3);
  EXPECT_TRUE(back.in_f32);
  ASSERT_EQ(back.path.size(), 2U);
  EXPECT_TRUE(std::isnan(back.path[0].cosine));
  EXPECT_EQ(back.path[1].t, 1.0 / 3);
  EXPECT_EQ(back.path[1].cosine, 0.7);
  EXPECT_EQ(back.path[1].decision, "leap");
}

TEST(CheckpointState, RefusesWhatWeDoNotWrite) {
  const std::string good =
      to_json(CheckpointState{.path = {{.step = 1, .t = 5, .cosine = 1, .merged_blocks = 0, .decision = ""}}});
  const auto refused = [&](const std::string& from, const std::string& to, const std::string& part) {
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    expect_error(ErrorCode::kInvalidArgument, {"file", part}, [&] { parse_checkpoint_state(text, "file"); });
  };
  refused("\"clip\":1", "\"clip\":0", "clip");
  refused("\"clip\":1", "\"clap\":1", "clap");
  refused("\"evaluations\":0", "\"evaluations\":-1", "evaluations");
  refused("\"in_f32\":false", "\"in_f32\":0", "in_f32");
  refused("[{", "[7,{", "path");
  refused("\"step\":1", "\"step\":\"1\"", "path[0].step");
  refused("}", "", "file");
}

}  // namespace
}  // namespace odsora
