#include "weights/tensor_recorder.h"

#include <gtest/gtest.h>

#include "support/expect_error.h"
#include "weights/tensor_log.h"
#include "weights/weight_scope.h"

namespace odsora {
namespace {

TEST(TensorRecorder, NotesEachTensorOnceInTheOrderOfAsking) {
  const TensorRecorder recorder(DType::kBF16);
  const WeightScope root(recorder);
  EXPECT_EQ(root.first_present({"new.weight", "old.weight"}), "new.weight");
  root.require("z", {2, 3});
  EXPECT_EQ(root.read_f32("a", {2}).values, (std::vector<float>{0, 0}));
  (root / "block" / 1).read_squeezed("weight", {4, 4});
  EXPECT_EQ(root.read_rows_f32("z", {2, 3}, 1, 1).shape, (Shape{1, 3}));
  EXPECT_EQ(root.read("z", {2, 3}).bytes, nullptr);

  ASSERT_EQ(recorder.tensors().size(), 3U);
  EXPECT_EQ(recorder.tensors()[0].name, "z");
  EXPECT_EQ(recorder.tensors()[0].shape, (Shape{2, 3}));
  EXPECT_EQ(recorder.tensors()[0].dtype, DType::kBF16);
  EXPECT_EQ(recorder.tensors()[0].byte_count, 12U);
  EXPECT_EQ(recorder.tensors()[1].name, "a");
  EXPECT_EQ(recorder.tensors()[2].name, "block.1.weight");
}

TEST(TensorRecorder, HearsThroughALog) {
  const TensorRecorder recorder;
  const TensorLog log(recorder);
  WeightScope(log).read("a", {5});
  ASSERT_EQ(recorder.tensors().size(), 1U);
  EXPECT_EQ(recorder.tensors()[0].shape, Shape{5});
}

TEST(TensorRecorder, RefusesContradictions) {
  const TensorRecorder recorder;
  recorder.expect("a", {5});
  expect_error(ErrorCode::kInternal, {"a", "[5]", "[6]"}, [&] { recorder.expect("a", {6}); });
  expect_error(ErrorCode::kInternal, {"b"}, [&] { recorder.info("b"); });
}

}  // namespace
}  // namespace odsora
