#include "nn/position.h"

#include <cmath>

namespace odsora {
namespace {

constexpr float kBase = 10000.0F;

// sin(position · ω_j) then cos(position · ω_j), ω_j = 10000^(-j / quarter), j < quarter.
void write_sine_cosine(float position, int64_t quarter, float* out) {
  for (int64_t j = 0; j < quarter; ++j) {
    const float frequency = 1.0F / std::pow(kBase, static_cast<float>(2 * j) / static_cast<float>(2 * quarter));
    out[j] = std::sin(position * frequency);
    out[quarter + j] = std::cos(position * frequency);
  }
}

}  // namespace

HostTensor patch_positions(const PatchGrid& grid, int64_t channels) {
  // Ties round to even, as Python's round() does.
  const float base = std::nearbyint(std::sqrt(static_cast<float>(grid.rows * grid.columns)));
  const int64_t quarter = channels / 4;
  const int64_t half = channels / 2;
  HostTensor table({grid.rows * grid.columns, channels});
  for (int64_t row = 0; row < grid.rows; ++row) {
    const float y = static_cast<float>(row) / grid.scale * (base / static_cast<float>(grid.rows));
    for (int64_t column = 0; column < grid.columns; ++column) {
      const float x = static_cast<float>(column) / grid.scale * (base / static_cast<float>(grid.columns));
      float* out = table.data() + (row * grid.columns + column) * channels;
      write_sine_cosine(x, quarter, out);
      write_sine_cosine(y, quarter, out + half);
    }
  }
  return table;
}

HostTensor sinusoids(std::span<const float> values, int64_t size) {
  const int64_t half = size / 2;
  HostTensor table({static_cast<int64_t>(values.size()), size});
  for (size_t i = 0; i < values.size(); ++i) {
    float* out = table.data() + static_cast<int64_t>(i) * size;
    for (int64_t j = 0; j < half; ++j) {
      const float frequency = std::exp(-std::log(kBase) * static_cast<float>(j) / static_cast<float>(half));
      const float angle = values[i] * frequency;
      out[j] = std::cos(angle);
      out[half + j] = std::sin(angle);
    }
  }
  return table;
}

HostTensor rotary_frequencies(int64_t head_size) {
  HostTensor frequencies({head_size / 2});
  for (int64_t j = 0; j < head_size / 2; ++j) {
    frequencies.data()[j] = 1.0F / std::pow(kBase, static_cast<float>(2 * j) / static_cast<float>(head_size));
  }
  return frequencies;
}

HostTensor rotation_table(std::span<const float> positions, const HostTensor& frequencies) {
  const int64_t pairs = frequencies.count();
  HostTensor table({static_cast<int64_t>(positions.size()), pairs, 2});
  float* out = table.data();
  for (const float position : positions) {
    for (int64_t j = 0; j < pairs; ++j) {
      const float angle = position * frequencies.data()[j];
      *out++ = std::cos(angle);
      *out++ = std::sin(angle);
    }
  }
  return table;
}

}  // namespace odsora
