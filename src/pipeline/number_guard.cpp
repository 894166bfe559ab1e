#include "pipeline/number_guard.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "base/error.h"
#include "base/float_formats.h"

namespace odsora {
namespace {

constexpr size_t kBorder = 8;        // of the height or width is one
constexpr int kFlatLevels = 2;       // of 256
constexpr float kFlatShare = 1e-5F;  // of the largest magnitude
constexpr size_t kAtOnce = size_t{1} << 12;

bool is_wrong(float value, float most) { return !(std::abs(value) <= most); }  // a NaN is not <= anything

bool is_constant(float least, float greatest) {
  return greatest - least <= kFlatShare * std::max(std::abs(least), std::abs(greatest));
}

/// Elements [first, first + out.size()) as f32.
void read(const Tensor& tensor, size_t first, std::span<float> out) {
  if (tensor.dtype() == DType::kF32) {
    std::copy_n(tensor.data<float>() + first, out.size(), out.begin());
  } else {
    std::transform(tensor.data<uint16_t>() + first, tensor.data<uint16_t>() + first + out.size(), out.begin(),
                   f32_from_bf16);
  }
}

/// Whether no channel (the last axis) differs from place to place.
bool is_flat(const Tensor& tensor) {
  const auto channels = static_cast<size_t>(tensor.channels());
  std::vector<float> row(channels), least(channels, std::numeric_limits<float>::max()),
      greatest(channels, std::numeric_limits<float>::lowest());
  for (size_t i = 0; i < static_cast<size_t>(tensor.rows()); ++i) {
    read(tensor, i * channels, row);
    for (size_t c = 0; c < channels; ++c) {
      least[c] = std::min(least[c], row[c]);
      greatest[c] = std::max(greatest[c], row[c]);
    }
  }
  for (size_t c = 0; c < channels; ++c) {
    if (!is_constant(least[c], greatest[c])) return false;
  }
  return true;
}

}  // namespace

std::string wrong_number(std::span<const float> values, float most) {
  // A sum of comparisons is vectorised; a search is not.
  int wrong = 0;
  for (const float value : values) wrong += is_wrong(value, most) ? 1 : 0;
  if (wrong == 0) return "";
  const float value = *std::ranges::find_if(values, [most](float v) { return is_wrong(v, most); });
  if (std::isnan(value)) return "NaN";
  return std::isinf(value) ? "infinity" : join(value);
}

bool is_flat(const HostTensor& latent) {
  const size_t plane = latent.values.size() / static_cast<size_t>(latent.dim(0));
  for (size_t first = 0; first < latent.values.size(); first += plane) {
    const auto [least, greatest] = std::ranges::minmax(std::span(latent.values).subspan(first, plane));
    if (!is_constant(least, greatest)) return false;
  }
  return true;
}

void FlatPicture::add(std::span<const uint8_t> frame) {
  std::array<uint8_t, 3> least = {255, 255, 255}, greatest = {0, 0, 0};
  const size_t top = height_ / kBorder, left = width_ / kBorder;
  for (size_t y = top; flat_ && y < height_ - top; ++y) {
    const std::span<const uint8_t> row = frame.subspan((y * width_ + left) * 3, (width_ - 2 * left) * 3);
    for (size_t i = 0; i < row.size(); ++i) {
      least[i % 3] = std::min(least[i % 3], row[i]);
      greatest[i % 3] = std::max(greatest[i % 3], row[i]);
    }
    for (size_t c = 0; c < 3; ++c) flat_ = flat_ && greatest[c] - least[c] <= kFlatLevels;
  }
}

Probe LayerSearch::probe() {
  return [this](std::string_view name, const Tensor& value) {
    if (layer_.empty() && has_fault(value)) layer_ = name;
  };
}

bool LayerSearch::has_fault(const Tensor& value) const {
  if (fault_ == Fault::kFlat) return value.rows() > 1 && is_flat(value);
  std::array<float, kAtOnce> some;
  const auto count = static_cast<size_t>(value.count());
  for (size_t first = 0; first < count; first += kAtOnce) {
    const auto part = std::span(some).first(std::min(kAtOnce, count - first));
    read(value, first, part);
    if (!wrong_number(part, std::numeric_limits<float>::max()).empty()) return true;
  }
  return false;
}

}  // namespace odsora
