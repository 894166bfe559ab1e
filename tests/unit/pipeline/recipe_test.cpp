#include "pipeline/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/expect_error.h"

namespace odsora {
namespace {

Recipe full_recipe() {
  return {.version = "1.2.3",
          .model_name = "m",
          .model_digest = "d",
          .precision = Precision::kBF16,
          .quality = 60,
          .request = {.prompt = "\"é\" <&> -- ]]>",
                      .negative_prompt = "rain",
                      .raw_prompt = true,
                      .motion_score = 2.5,
                      .width = 64,
                      .height = 48,
                      .frames = 34,
                      .clips = 2,
                      .conditioning = {.init_image = {.path = "a.png", .sha256 = "00"}, .mask_strategy = "0"},
                      .fps = 7.5,
                      .steps = 9,
                      .leap = Leap{.rule = Leap::Rule::kGrowing, .evaluations = 4},
                      .tdtm = TokenMerging{.rule = TokenMerging::Rule::kAuthors, .steps = {2, 5}},
                      .guidance_scale = 7.3,
                      .seed = 18446744073709551615U}};
}

TEST(Recipe, SurvivesJson) {
  const std::string json = recipe_json(full_recipe());
  EXPECT_THAT(json, testing::StartsWith("{\"odsora\":\"1.2.3\""));
  const Recipe again = parse_recipe(json, "test");
  EXPECT_EQ(recipe_json(again), json);
  EXPECT_EQ(again.request.seed, full_recipe().request.seed);
  EXPECT_EQ(again.request.guidance_scale, 7.3);
  EXPECT_EQ(again.request.tdtm->steps.last, 5);
  EXPECT_EQ(again.request.tdtm->blocks.last, CountedRange::kEnd);
  EXPECT_EQ(again.request.conditioning.init_image.sha256, "00");
  EXPECT_FALSE(again.request.preset.has_value());
}

TEST(Recipe, ChangesOnlyWhatItNames) {
  Recipe defaults;
  defaults.request = {.prompt = "a", .seconds = 2, .preset = Preset::kFast};
  const Recipe more = parse_recipe(R"({"prompt": "b", "frames": 17, "init_image": "c.png"})", "line 3", defaults);
  EXPECT_EQ(more.request.prompt, "b");
  EXPECT_EQ(more.request.frames, 17);
  EXPECT_FALSE(more.request.seconds.has_value());  // frames take its place
  EXPECT_EQ(more.request.preset, Preset::kFast);
  EXPECT_EQ(more.request.conditioning.init_image.path, "c.png");
  EXPECT_FALSE(parse_recipe(R"({"leap": {"rule": "auto"}})", "x", defaults).request.preset.has_value());
}

TEST(Recipe, RefusesWithPlaceAndField) {
  const auto refused = [](const char* json, const char* sentence) {
    expect_error(ErrorCode::kInvalidArgument, {"line 3", sentence}, [&] { parse_recipe(json, "line 3"); });
  };
  refused("", "line 3");
  refused("[]", "expected a JSON object");
  refused(R"({"promt": "a"})", "\"promt\" is not known");
  refused(R"({"frames": 2.5})", "\"frames\": expected an integer");
  refused(R"({"seed": -1})", "\"seed\": expected an integer >= 0, found -1");
  refused(R"({"fps": "8"})", "\"fps\": expected a number");
  refused(R"({"preset": "quick"})", "expected one of \"exact\", \"balanced\", \"fast\", \"draft\", found \"quick\"");
  refused(R"({"leap": {"rule": "far"}})", "\"leap.rule\": expected one of");
  refused(R"({"tdtm": {"rule": "mean", "steps": 3, "blocks": {"first": 1}}})", "tdtm.steps");
  refused(R"({"init_image": {"name": "a"}})", "sha256");
  refused(R"({"prompt": 7})", "\"prompt\": expected a string");
}

}  // namespace
}  // namespace odsora
