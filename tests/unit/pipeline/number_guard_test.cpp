#include "pipeline/number_guard.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/float_formats.h"
#include "pipeline/guarded_computation.h"
#include "support/expect_error.h"

namespace odsora {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

TEST(NumberGuard, NamesTheFirstWrongNumber) {
  EXPECT_EQ(wrong_number(std::vector<float>{-5, 0, 5}, 5), "");
  EXPECT_EQ(wrong_number(std::vector<float>{}, 5), "");
  EXPECT_EQ(wrong_number(std::vector<float>{0, NAN, 9}, 5), "NaN");
  EXPECT_EQ(wrong_number(std::vector<float>{0, -kInfinity}, 5), "infinity");
  EXPECT_EQ(wrong_number(std::vector<float>{0, -6, NAN}, 5), "-6");
}

TEST(NumberGuard, LatentsAreFlatWhereNoChannelDiffersFromPlaceToPlace) {
  HostTensor latent({2, 1, 2, 2}, {3, 3, 3, 3, -1, -1, -1, -1});
  EXPECT_TRUE(is_flat(latent));
  latent.values[6] = -1.01F;
  EXPECT_FALSE(is_flat(latent));
}

TEST(NumberGuard, APictureIsFlatUntilAFrameShowsSomething) {
  FlatPicture picture(1, 2);
  const std::vector<uint8_t> one_colour = {9, 100, 200, 9, 100, 200}, almost = {9, 100, 200, 11, 98, 200},
                             something = {9, 100, 200, 12, 100, 200};
  for (const auto& frame : {one_colour, almost, one_colour}) picture.add(frame);
  EXPECT_TRUE(picture.is_flat());
  picture.add(something);
  picture.add(one_colour);
  EXPECT_FALSE(picture.is_flat());
}

TEST(NumberGuard, OfAPictureTheMiddleCounts) {
  constexpr size_t kSide = 16;
  std::vector<uint8_t> frame(kSide * kSide * 3, 7);
  FlatPicture framed(kSide, kSide), dotted(kSide, kSide);
  for (size_t i = 0; i < kSide * 3; ++i) frame[i] = static_cast<uint8_t>(10 * i);
  framed.add(frame);
  EXPECT_TRUE(framed.is_flat());
  frame[(kSide * kSide / 2 + kSide / 2) * 3 + 1] = 10;
  dotted.add(frame);
  EXPECT_FALSE(dotted.is_flat());
}

TEST(NumberGuard, FindsTheFirstLayerInEitherFormat) {
  std::vector<float> good = {1, 2, 3, 4}, bad = {1, 2, kInfinity, 4};
  std::vector<uint16_t> bad16;
  for (const float value : bad) bad16.push_back(bf16_from_f32(value));
  const auto f32 = [](std::vector<float>& values) {
    return Tensor(DType::kF32, {2, 2}, reinterpret_cast<std::byte*>(values.data()));
  };
  LayerSearch search(LayerSearch::Fault::kWrongNumber);
  const Probe probe = search.probe();
  probe("first", f32(good));
  EXPECT_EQ(search.layer(), "");
  probe("second", Tensor(DType::kBF16, {2, 2}, reinterpret_cast<std::byte*>(bad16.data())));
  probe("third", f32(bad));
  EXPECT_EQ(search.layer(), "second");

  std::vector<float> flat = {7, -2, 7, -2};
  LayerSearch flat_search(LayerSearch::Fault::kFlat);
  flat_search.probe()("good", f32(good));
  flat_search.probe()("flat", f32(flat));
  EXPECT_EQ(flat_search.layer(), "flat");
}

TEST(GuardedComputation, FallsBackOnceAndNamesTheLayerWhereThatDoesNotHelp) {
  int computed = 0;
  int reopened = 0;
  bool heals = true;
  std::vector<std::string> notes;
  bool in_f32 = false;
  std::vector<float> bad = {NAN, 0};
  const GuardedComputation computation = {
      .what = "denoising, step 3",
      .most = 10,
      .compute =
          [&](const Probe& search) {
            ++computed;
            if (search) search("spatial4.mlp", Tensor(DType::kF32, {1, 2}, reinterpret_cast<std::byte*>(bad.data())));
            return HostTensor({1}, {in_f32 && heals ? 1.0F : NAN});
          },
      .fall_back = [&] { return !std::exchange(in_f32, true); },
      .reopen = [&] { ++reopened; },
      .note = [&](const std::string& sentence) { notes.push_back(sentence); }};
  EXPECT_EQ(compute_guarded(computation).values[0], 1.0F);
  EXPECT_EQ(computed, 2);
  EXPECT_EQ(compute_guarded(computation).values[0], 1.0F);
  EXPECT_EQ(computed, 3);  // it stays in f32
  EXPECT_EQ(notes.size(), 1U);
  EXPECT_EQ(reopened, 0);
  heals = false;
  expect_error(ErrorCode::kNumbers, {"denoising, step 3", "NaN", "spatial4.mlp"},
               [&] { compute_guarded(computation); });
  EXPECT_EQ(reopened, 1);
}

}  // namespace
}  // namespace odsora
