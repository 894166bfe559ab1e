#include "pipeline/checkpoint_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "support/expect_error.h"
#include "support/temporary_folder.h"

namespace odsora {
namespace {

namespace fs = std::filesystem;

const HostTensor kLatent({2, 3}, {1, 2, 3, 4, 5, 6});

class CheckpointFileTest : public testing::Test {
 protected:
  CheckpointFileTest() : path_(folder_.path() / "work.safetensors") {
    write_checkpoint_file(path_, {{"recipe", "a \"sentence\""}}, {{"latent", kLatent}});
  }

  std::string bytes() const {
    std::ifstream stream(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  void expect_refused(const std::string& bytes, const std::string& part) {
    const fs::path file = folder_.write("other.safetensors", bytes);
    expect_error(ErrorCode::kInvalidArgument, {file.string(), part}, [&] { CheckpointFile{file}; });
  }

  TemporaryFolder folder_;
  fs::path path_;
};

TEST_F(CheckpointFileTest, HoldsWhatWasWritten) {
  const CheckpointFile file(path_);
  EXPECT_EQ(file.fact("recipe"), "a \"sentence\"");
  EXPECT_EQ(file.read("latent", {2, 3}).values, kLatent.values);
  EXPECT_EQ(file.read("latent", {-1, 3}).shape, kLatent.shape);
  EXPECT_FALSE(file.contains("other"));
}

TEST_F(CheckpointFileTest, IsASafetensorsFile) {
  const SafetensorsFile file(path_);
  ASSERT_EQ(file.tensors().size(), 1U);
  EXPECT_EQ(file.tensors()[0].name, "latent");
  EXPECT_EQ(file.metadata().at("odsora_checkpoint"), "1");
  EXPECT_EQ(file.data_begin() + 6 * sizeof(float), file.size());
}

TEST_F(CheckpointFileTest, EveryChangedBitIsFound) {
  const std::string whole = bytes();
  for (size_t i = 0; i < whole.size(); ++i) {
    std::string changed = whole;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const fs::path file = folder_.write("other.safetensors", changed);
    expect_error(ErrorCode::kInvalidArgument, {file.string()}, [&] { CheckpointFile{file}; });
  }
}

TEST_F(CheckpointFileTest, RefusesFilesThatAreCutOffOrOthers) {
  const std::string whole = bytes();
  for (size_t length = 0; length < whole.size(); ++length) {
    const fs::path file = folder_.write("other.safetensors", whole.substr(0, length));
    expect_error(ErrorCode::kInvalidArgument, {file.string()}, [&] { CheckpointFile{file}; });
  }
  expect_refused(whole + "more", "damaged");
  expect_refused("{\"a\": 1}", "expected a file of a checkpoint");
  expect_error(ErrorCode::kInvalidArgument, {"nowhere"}, [&] { CheckpointFile{folder_.path() / "nowhere"}; });
}

TEST_F(CheckpointFileTest, TellsWhatATensorShouldBe) {
  const CheckpointFile file(path_);
  expect_error(ErrorCode::kInvalidArgument, {path_.string(), "latent", "[3, 2]", "[2, 3]"}, [&] {
    file.read("latent", {3, 2});
  });
  expect_error(ErrorCode::kInvalidArgument, {"U8"}, [&] { file.require("latent", DType::kU8, {2, 3}); });
  expect_error(ErrorCode::kInvalidArgument, {"z", "found none"}, [&] { file.read("z", {2, 3}); });
  expect_error(ErrorCode::kInvalidArgument, {"state", "found nothing"}, [&] { file.fact("state"); });
}

TEST_F(CheckpointFileTest, AWriterThatIsLeftKeepsTheOlderFile) {
  const std::string before = bytes();
  {
    CheckpointFileWriter writer(path_, {}, {{.name = "latent", .shape = {2, 3}}});
    writer.append(std::as_bytes(std::span(kLatent.values)));
  }
  EXPECT_EQ(bytes(), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()), 1);
}

}  // namespace
}  // namespace odsora
