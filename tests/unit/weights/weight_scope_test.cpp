#include "weights/weight_scope.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "support/safetensors_builder.h"
#include "support/temporary_folder.h"
#include "weights/tensor_headers.h"
#include "weights/tensor_log.h"
#include "weights/weight_store.h"

namespace odsora {
namespace {

class WeightScopeTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
  WeightStore store_{folder_.write("m.safetensors", SafetensorsBuilder()
                                                        .add_f32("block.3.attn.weight", {2, 2}, {1, 2, 3, 4})
                                                        .add_f32("old.query.weight", {2, 2, 1, 1}, {5, 6, 7, 8})
                                                        .add("int8", DType::kI8, {2}, raw_bytes<int8_t>({-1, 1}))
                                                        .add("flags", DType::kBool, {2}, raw_bytes<uint8_t>({0, 1}))
                                                        .bytes())};
  WeightScope root_{store_};
};

TEST_F(WeightScopeTest, StepsAreJoinedByFullStops) {
  const WeightScope attention = root_ / "block" / 3 / "attn";
  EXPECT_EQ(attention.name_of("weight"), "block.3.attn.weight");
  EXPECT_EQ(root_.name_of("weight"), "weight");
  EXPECT_TRUE(attention.contains("weight"));
  EXPECT_FALSE(attention.contains("bias"));
  EXPECT_EQ((WeightScope(store_) / "block.3").name_of("attn.weight"), "block.3.attn.weight");
}

TEST_F(WeightScopeTest, ReadsATensorOfTheExpectedShape) {
  EXPECT_EQ((root_ / "block" / 3).read_f32("attn.weight", {2, 2}).values, (std::vector<float>{1, 2, 3, 4}));
  EXPECT_EQ(root_.read("int8", {2}).dtype, DType::kI8);
  EXPECT_EQ(root_.read_f32("int8", {2}).values, (std::vector<float>{-1, 1}));
}

TEST_F(WeightScopeTest, AnotherShapeNamesFileTensorExpectedAndFound) {
  expect_bad_model({"m.safetensors", R"("block.3.attn.weight")", "expected shape [4]", "found [2, 2]"},
                   [&] { (root_ / "block" / 3).read("attn.weight", {4}); });
  expect_bad_model({"m.safetensors", R"("absent")"}, [&] { root_.read("absent", {4}); });
}

TEST_F(WeightScopeTest, BooleansAreNoWeights) {
  expect_bad_model({"m.safetensors", R"("flags")", "BOOL"}, [&] { root_.read("flags", {2}); });
  expect_bad_model({R"("flags")"}, [&] { root_.read_f32("flags", {2}); });
  expect_bad_model({R"("flags")"}, [&] { root_.read_squeezed("flags", {2}); });
}

TEST_F(WeightScopeTest, FindsOlderNames) {
  EXPECT_EQ((root_ / "old").first_present({"to_q.weight", "query.weight"}), "query.weight");
  expect_bad_model({"m.safetensors", R"("old.to_k.weight" or "old.key.weight")"}, [&] {
    (root_ / "old").first_present({"to_k.weight", "key.weight"});
  });
}

TEST_F(WeightScopeTest, SqueezesTrailingExtentsOfOne) {
  const HostArray squeezed = root_.read_squeezed("old.query.weight", {2, 2});
  EXPECT_EQ(squeezed.shape, (Shape{2, 2}));
  EXPECT_EQ(to_f32(squeezed).values, (std::vector<float>{5, 6, 7, 8}));
  EXPECT_EQ(root_.read_squeezed("block.3.attn.weight", {2, 2}).shape, (Shape{2, 2}));
  EXPECT_EQ(root_.read_squeezed("old.query.weight", {2, 2, 1}).shape, (Shape{2, 2, 1}));
  for (const Shape& wrong : {Shape{2}, Shape{4}, Shape{2, 1}, Shape{2, 2, 1, 1, 1}, Shape{}}) {
    expect_bad_model({R"("old.query.weight")", to_string(wrong), "[2, 2, 1, 1]"},
                     [&] { root_.read_squeezed("old.query.weight", wrong); });
  }
}

TEST_F(WeightScopeTest, HeadersAreCheckedWithoutReading) {
  const TensorHeaders headers(store_);
  const WeightScope root(headers);
  const HostArray weight = (root / "block" / 3).read("attn.weight", {2, 2});
  EXPECT_EQ(weight.shape, (Shape{2, 2}));
  EXPECT_EQ(weight.bytes, nullptr);
  EXPECT_EQ(root.read_f32("int8", {2}).values, (std::vector<float>{0, 0}));
  expect_bad_model({"attn.weight", "[2, 3]", "[2, 2]"}, [&] { (root / "block" / 3).read("attn.weight", {2, 3}); });
}

TEST_F(WeightScopeTest, RowsComeFromATensorOfTheExpectedShape) {
  const WeightScope attention = root_ / "block" / 3 / "attn";
  EXPECT_EQ(attention.read_rows_f32("weight", {2, 2}, 1, 1).values, (std::vector<float>{3, 4}));
  expect_bad_model({"attn.weight", "[4, 2]"}, [&] { attention.read_rows_f32("weight", {4, 2}, 1, 1); });
}

TEST_F(WeightScopeTest, ALogNotesWhatIsRead) {
  const TensorLog log(store_);
  const WeightScope root(log);
  root.read("int8", {2});
  (root / "block" / 3).read_f32("attn.weight", {2, 2});
  EXPECT_EQ(log.names(), (std::vector<std::string>{"int8", "block.3.attn.weight"}));
}

}  // namespace
}  // namespace odsora
