#include "tools/model_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/linked_model.h"
#include "support/shipped_model.h"
#include "support/temporary_folder.h"
#include "support/tiny_model.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(ModelReport, TellsWhatAModelIsAndNeeds) {
  const TemporaryFolder folder;
  link_shipped_model(folder.path() / "linked", "linked-world");
  const ModelReport report = report_model(folder.path() / "linked", 1'000'000'000);
  EXPECT_EQ(report.name, "linked-world");
  EXPECT_EQ(report.folder, folder.path() / "linked");
  EXPECT_EQ(report.error, "");
  ASSERT_TRUE(report.facts && report.needs);
  EXPECT_EQ(report.facts->width, 64);
  EXPECT_EQ(report.facts->height, 48);
  EXPECT_EQ(report.facts->frames, 5);
  EXPECT_EQ(report.facts->fps, 12.5);
  Bytes weights = 0;
  for (const char* part : {"text_encoder", "transformer", "vae"}) {
    weights += fs::file_size(fs::path(kShippedModel) / part / "model.safetensors");
  }
  EXPECT_EQ(report.facts->weights, weights);
  EXPECT_EQ(report.needs->memory_limit, 1'000'000'000U);
  EXPECT_TRUE(report.needs->fits());
  EXPECT_GT(report.needs->least_memory_limit, 50'000'000U);
}

TEST(ModelReport, TellsTheLeastLimitWhereAnotherIsTooLow) {
  const ModelReport report = report_model(kShippedModel, 1'000'000);
  EXPECT_EQ(report.error, "");
  ASSERT_TRUE(report.needs);
  EXPECT_FALSE(report.needs->fits());
  EXPECT_GT(report.needs->least_memory_limit, 50'000'000U);
  EXPECT_GT(report.needs->seconds, 0);
}

TEST(ModelReport, SaysWhatIsWrong) {
  const TemporaryFolder folder;
  write_tiny_configs(folder);  // no weights
  const ModelReport report = report_model(folder.path());
  EXPECT_EQ(report.name, "tiny");
  EXPECT_THAT(report.error, HasSubstr((folder.path() / "text_encoder").string()));
  EXPECT_FALSE(report.facts);
  EXPECT_FALSE(report.needs);
}

TEST(ModelReport, NamesAModelByItsFolderWhereTheManifestCannotBeRead) {
  const TemporaryFolder folder;
  folder.write("some/odsora.json", "{");
  folder.write("other/transformer/config.json", "");
  EXPECT_EQ(model_name(folder.path() / "some"), "some");
  EXPECT_EQ(model_name(folder.path() / "some" / ""), "some");
  EXPECT_EQ(model_name(folder.path() / "other"), "open-sora-v1.2");  // as the published one, which has no manifest
}

TEST(ModelReport, KnowsWhatLooksLikeAModel) {
  const TemporaryFolder folder;
  folder.write("a/odsora.json", "");
  folder.write("b/transformer/config.json", "");
  folder.write("c/config.json", "");
  EXPECT_TRUE(looks_like_model(folder.path() / "a"));
  EXPECT_TRUE(looks_like_model(folder.path() / "b"));
  EXPECT_FALSE(looks_like_model(folder.path() / "c"));
  EXPECT_FALSE(looks_like_model(folder.path() / "c" / "config.json"));
  EXPECT_FALSE(looks_like_model(folder.path() / "nothing"));
}

}  // namespace
}  // namespace odsora
