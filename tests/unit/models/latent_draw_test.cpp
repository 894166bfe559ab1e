#include "models/latent_draw.h"

#include <gtest/gtest.h>

#include <cmath>

#include "base/noise.h"

namespace odsora {
namespace {

// Two channels, so each position holds two means and then two logarithms of variances.
HostTensor moments() { return {{2, 4}, {1, 0, 0, -40, 3, 4, 2, 60}}; }

TEST(LatentDraw, WithoutASeedIsTheMean) {
  LatentDraw draw;
  for (int call = 0; call < 2; ++call) {
    const HostTensor latent = draw.from(moments());
    EXPECT_EQ(latent.shape, (Shape{2, 2}));
    EXPECT_EQ(latent.values, (std::vector<float>{1, 0, 3, 4}));
  }
}

TEST(LatentDraw, EachCallHasTheNextStreamOfItsSeed) {
  const std::vector<float> mean = {1, 0, 3, 4}, log_variance = {0, -30, 2, 20};  // -40 and 60 are out of bounds
  LatentDraw draw(7);
  for (uint64_t stream = 0; stream < 3; ++stream) {
    std::vector<float> noise(4);
    fill_normal(7, stream, noise);
    const HostTensor latent = draw.from(moments());
    for (size_t i = 0; i < 4; ++i) {
      const float expected = mean[i] + std::exp(0.5F * log_variance[i]) * noise[i];
      EXPECT_NEAR(latent.values[i], expected, 1e-5F * std::abs(expected)) << "stream " << stream << ", value " << i;
    }
  }
}

}  // namespace
}  // namespace odsora
