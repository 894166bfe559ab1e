#include "video/nearest_color.h"

#include <gtest/gtest.h>

#include <random>

namespace odsora {
namespace {

int squared_distance(const Color& a, const Color& b) {
  int sum = 0;
  for (size_t channel = 0; channel < 3; ++channel) sum += (a[channel] - b[channel]) * (a[channel] - b[channel]);
  return sum;
}

TEST(NearestColor, IsTheFirstOfTheNearest) {
  std::minstd_rand random(3);
  const auto any = [&] { return static_cast<uint8_t>(random() >> 8); };
  for (const size_t size : {size_t{1}, size_t{2}, size_t{40}, size_t{256}}) {
    Palette palette;
    for (size_t i = 0; i < size; ++i) palette.push_back({any(), any(), any()});
    palette.back() = palette.front();
    NearestColor nearest(palette);
    for (int i = 0; i < 5000; ++i) {
      const Color color = {any(), any(), any()};
      const auto best = std::min_element(palette.begin(), palette.end(), [&](const Color& a, const Color& b) {
        return squared_distance(a, color) < squared_distance(b, color);
      });
      ASSERT_EQ(nearest.find(color), best - palette.begin());
    }
  }
}

}  // namespace
}  // namespace odsora
