#include "weights/model_manifest.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

constexpr std::string_view kDefaults =
    R"("width":128,"height":96,"frames":34,"fps":8,"steps":20,"guidance_scale":4.5,"aesthetic_score":null)";

ModelManifest read_text(const std::string& text) {
  const TemporaryFolder folder;
  folder.write("odsora.json", text);
  return read_manifest(folder.path());
}

std::string manifest_with(std::string_view defaults) {
  return join(R"({"format":"odsora-model","version":1,"name":"emoji-world","defaults":{)", defaults, "}}");
}

/// The manifest with one of its defaults replaced; `field` is as it stands in kDefaults.
std::string manifest_with(const std::string& field, const std::string& replacement) {
  std::string defaults(kDefaults);
  return manifest_with(defaults.replace(defaults.find(field), field.size(), replacement));
}

TEST(ModelManifest, ReadsEveryField) {
  const ModelManifest manifest = read_text(manifest_with(kDefaults));
  EXPECT_EQ(manifest.name, "emoji-world");
  EXPECT_EQ(manifest.width, 128);
  EXPECT_EQ(manifest.height, 96);
  EXPECT_EQ(manifest.frames, 34);
  EXPECT_EQ(manifest.fps, 8);
  EXPECT_EQ(manifest.steps, 20);
  EXPECT_EQ(manifest.guidance_scale, 4.5);
  EXPECT_EQ(manifest.aesthetic_score, std::nullopt);
}

TEST(ModelManifest, TheAestheticScoreMayBeGivenOrAbsent) {
  EXPECT_EQ(read_text(manifest_with(R"("aesthetic_score":null)", R"("aesthetic_score":6.5)")).aesthetic_score, 6.5);
  EXPECT_EQ(read_text(manifest_with(R"(,"aesthetic_score":null)", "")).aesthetic_score, std::nullopt);
}

TEST(ModelManifest, ThePresetIsExactUnlessNamed) {
  EXPECT_EQ(read_text(manifest_with(kDefaults)).preset, Preset::kExact);
  for (const Preset preset : kPresets) {
    const std::string field = std::string(R"("preset":")") + preset_name(preset) + '"';
    EXPECT_EQ(read_text(manifest_with(R"("aesthetic_score":null)", field)).preset, preset);
  }
}

ModelManifest with_preview(const std::string& preview) {
  std::string text = manifest_with(kDefaults);
  return read_text(text.insert(text.size() - 1, R"(,"preview":)" + preview));
}

TEST(ModelManifest, TheColoursOfPreviewsMayBeThere) {
  EXPECT_FALSE(read_text(manifest_with(kDefaults)).preview);
  EXPECT_FALSE(with_preview("null").preview);
  const auto map = with_preview(R"({"weights": [[1, 2], [3, 4], [5, 6.5]], "offset": [0.25, 0.5, -1]})").preview;
  ASSERT_TRUE(map);
  EXPECT_EQ(map->channels(), 2U);
  EXPECT_EQ(map->weights, (std::array<std::vector<double>, 3>{{{1, 2}, {3, 4}, {5, 6.5}}}));
  EXPECT_EQ(map->offset, (std::array<double, 3>{0.25, 0.5, -1}));
}

TEST(ModelManifest, RefusesColoursThatAreNoMap) {
  for (const char* weights : {"[[1], [2]]", "[[1], [2], [3], [4]]", "[[1, 2], [3], [4, 5]]", "[[], [], []]",
                              "[1, 2, 3]", "[[1], [2], [1001]]", R"([[1], [2], ["3"]])", "1", "null"}) {
    SCOPED_TRACE(weights);
    expect_bad_model({"odsora.json", R"("preview.weights")", "3 arrays of numbers from -1000 to 1000"},
                     [&] { with_preview(join(R"({"weights": )", weights, R"(, "offset": [0, 0, 0]})")); });
  }
  for (const char* offset : {"[0, 0]", "[0, 0, 0, 0]", "0", "[0, 0, 2000]", "null"}) {
    SCOPED_TRACE(offset);
    expect_bad_model({R"("preview.offset")"},
                     [&] { with_preview(join(R"({"weights": [[1], [2], [3]], "offset": )", offset, "}")); });
  }
  expect_bad_model({R"("preview.bias")"},
                   [] { with_preview(R"({"weights": [[1], [2], [3]], "offset": [0, 0, 0], "bias": 1})"); });
  expect_bad_model({R"("preview")", "an object"}, [] { with_preview("[]"); });
}

TEST(ModelManifest, AFolderWithoutOneHoldsThePublishedCheckpoints) {
  const TemporaryFolder folder;
  const ModelManifest manifest = read_manifest(folder.path());
  EXPECT_EQ(manifest.name, "open-sora-v1.2");
  EXPECT_EQ(manifest.width, 256);
  EXPECT_EQ(manifest.height, 256);
  EXPECT_EQ(manifest.frames, 68);
  EXPECT_EQ(manifest.fps, 24);
  EXPECT_EQ(manifest.steps, 30);
  EXPECT_EQ(manifest.guidance_scale, 7.0);
  EXPECT_EQ(manifest.aesthetic_score, 6.5);
}

TEST(ModelManifest, RefusesWhatIsNoFolderOrCannotBeRead) {
  const TemporaryFolder folder;
  expect_bad_model({"absent", "a model folder"}, [&] { read_manifest(folder.path() / "absent"); });
  std::filesystem::create_symlink("nowhere", folder.path() / "odsora.json");
  expect_bad_model({"odsora.json", "cannot open"}, [&] { read_manifest(folder.path()); });
}

TEST(ModelManifest, RefusesAnotherFormatOrANewerVersion) {
  expect_bad_model({"odsora.json", R"("format")", R"("odsora-model")"}, [] { read_text("{}"); });
  expect_bad_model({R"("format")", R"("gguf")"}, [] { read_text(R"({"format":"gguf","version":1})"); });
  expect_bad_model({R"("version")", "nothing"}, [] { read_text(R"({"format":"odsora-model"})"); });
  expect_bad_model({R"("version")"}, [] { read_text(R"({"format":"odsora-model","version":0})"); });
  expect_bad_model({"odsora.json", "version 2", "up to 1", "newer odsora"},
                   [] { read_text(R"({"format":"odsora-model","version":2,"novelty":true})"); });
}

TEST(ModelManifest, RefusesUnknownKeys) {
  expect_bad_model({R"("colour")"},
                   [] { read_text(R"({"format":"odsora-model","version":1,"name":"x","defaults":{},"colour":1})"); });
  expect_bad_model({R"("defaults.heigth")", "height"}, [] { read_text(manifest_with(R"("height")", R"("heigth")")); });
}

TEST(ModelManifest, EveryDefaultMustBeThere) {
  expect_bad_model({R"("name")"}, [] { read_text(R"({"format":"odsora-model","version":1,"defaults":{}})"); });
  expect_bad_model({R"("name")"}, [] {
    read_text(R"({"format":"odsora-model","version":1,"name":"","defaults":{)" + std::string(kDefaults) + "}}");
  });
  expect_bad_model({R"("defaults")"}, [] { read_text(R"({"format":"odsora-model","version":1,"name":"x"})"); });
  for (const char* field : {"width", "height", "frames", "fps", "steps", "guidance_scale"}) {
    expect_bad_model({join(R"("defaults.)", field, '"'), "found null"}, [&] {
      std::string text = manifest_with(kDefaults);
      const size_t value = text.find(':', text.find(join('"', field, '"'))) + 1;
      read_text(text.replace(value, text.find(',', value) - value, "null"));
    });
  }
}

TEST(ModelManifest, RefusesValuesOutOfRange) {
  const struct {
    const char* field;
    const char* replacement;
    const char* expected;
  } kCases[] = {
      {R"("width":128)", R"("width":14)", "from 16 to 4096"},
      {R"("width":128)", R"("width":4098)", "from 16 to 4096"},
      {R"("width":128)", R"("width":129)", "even"},
      {R"("width":128)", R"("width":"128")", "an integer"},
      {R"("height":96)", R"("height":97)", "even"},
      {R"("height":96)", R"("height":0)", "from 16 to 4096"},
      {R"("frames":34)", R"("frames":0)", "from 1 to 10000"},
      {R"("frames":34)", R"("frames":10001)", "from 1 to 10000"},
      {R"("fps":8)", R"("fps":0)", "above 0"},
      {R"("fps":8)", R"("fps":-1)", "from 0 to 240"},
      {R"("fps":8)", R"("fps":241)", "from 0 to 240"},
      {R"("fps":8)", R"("fps":1e999)", "out of range"},
      {R"("steps":20)", R"("steps":0)", "from 1 to 1000"},
      {R"("steps":20)", R"("steps":20.5)", "from 1 to 1000"},
      {R"("guidance_scale":4.5)", R"("guidance_scale":101)", "from 0 to 100"},
      {R"("aesthetic_score":null)", R"("preset":"quick")", "preset"},
      {R"("aesthetic_score":null)", R"("preset":2)", "preset"},
      {R"("guidance_scale":4.5)", R"("guidance_scale":true)", "from 0 to 100"},
      {R"("aesthetic_score":null)", R"("aesthetic_score":11)", "from 0 to 10"},
      {R"("aesthetic_score":null)", R"("aesthetic_score":"6.5")", "a number"},
  };
  for (const auto& [field, replacement, expected] : kCases) {
    SCOPED_TRACE(replacement);
    expect_bad_model({"odsora.json", expected}, [&] { read_text(manifest_with(field, replacement)); });
  }
}

}  // namespace
}  // namespace odsora
