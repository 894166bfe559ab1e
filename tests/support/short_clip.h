// A short clip of the shipped model, and how near two of them are.
#pragma once

#include <gtest/gtest.h>

#include <cmath>

#include "odsora/odsora.h"
#include "support/shipped_model.h"

namespace odsora::test {

inline Request short_clip(int steps) {
  Request request;
  request.prompt = "a panda bouncing over the ocean at sunset";
  request.seed = 1;
  request.width = request.height = 96;
  request.frames = 17;
  request.steps = steps;
  return request;
}

inline EngineOptions in_f32(int threads = 2) {
  return {.model_folder = kShippedModel, .precision = Precision::kF32, .threads = threads, .prompt_cache = false};
}

inline Video generate(const Request& request, int threads = 2) { return Engine(in_f32(threads)).generate(request); }

/// Peak signal-to-noise ratio in dB.
inline double psnr(const Video& a, const Video& b) {
  EXPECT_EQ(a.rgb.size(), b.rgb.size());
  double squares = 0;
  for (size_t i = 0; i < a.rgb.size(); ++i) {
    const double difference = static_cast<double>(a.rgb[i]) - b.rgb[i];
    squares += difference * difference;
  }
  return 10 * std::log10(255.0 * 255.0 * static_cast<double>(a.rgb.size()) / squares);
}

}  // namespace odsora::test
