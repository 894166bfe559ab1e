#include "models/latent_color_fit.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace odsora {
namespace {

// Shares of the pairs that what is known beforehand weighs.
constexpr double kShareOfGray = 1e-3;
constexpr double kShareOfEarlierMap = 0.5;

// matrix · x = right for a symmetric, positive definite matrix [n, n], whose upper triangle is given; nothing if it is
// none. Cholesky: matrix = RᵀR.
std::optional<std::vector<double>> solve_symmetric(std::vector<double> matrix, std::vector<double> right) {
  const size_t n = right.size();
  const auto at = [&](size_t row, size_t column) -> double& { return matrix[row * n + column]; };
  for (size_t row = 0; row < n; ++row) {
    for (size_t before = 0; before < row; ++before) at(row, row) -= at(before, row) * at(before, row);
    if (!(at(row, row) > 0) || !std::isfinite(at(row, row))) return std::nullopt;
    at(row, row) = std::sqrt(at(row, row));
    for (size_t column = row + 1; column < n; ++column) {
      for (size_t before = 0; before < row; ++before) at(row, column) -= at(before, row) * at(before, column);
      at(row, column) /= at(row, row);
    }
  }
  for (size_t i = 0; i < n; ++i) {  // Rᵀ y = right
    for (size_t j = 0; j < i; ++j) right[i] -= at(j, i) * right[j];
    right[i] /= at(i, i);
  }
  for (size_t i = n; i-- > 0;) {  // R x = y
    for (size_t j = i + 1; j < n; ++j) right[i] -= at(i, j) * right[j];
    right[i] /= at(i, i);
    if (!std::isfinite(right[i])) return std::nullopt;
  }
  return right;
}

// [terms]: the weights of one colour, then its offset.
std::vector<double> coefficients(const LatentColorMap& map, size_t color) {
  std::vector<double> all = map.weights[color];
  all.push_back(map.offset[color]);
  return all;
}

}  // namespace

LatentColorFit::LatentColorFit(size_t channels) : terms_(channels + 1), products_(terms_ * terms_) {
  colored_.fill(std::vector<double>(terms_));
}

void LatentColorFit::add(std::span<const double> latent, const std::array<double, 3>& color) {
  assert(latent.size() + 1 == terms_);
  const auto term = [&](size_t i) { return i < latent.size() ? latent[i] : 1.0; };
  for (size_t i = 0; i < terms_; ++i) {
    const double value = term(i);
    for (size_t j = i; j < terms_; ++j) products_[i * terms_ + j] += value * term(j);
    for (size_t c = 0; c < 3; ++c) colored_[c][i] += value * color[c];
  }
  for (size_t c = 0; c < 3; ++c) squares_[c] += color[c] * color[c];
  ++pairs_;
}

void LatentColorFit::add(const LatentColorFit& other) {
  assert(other.terms_ == terms_);
  for (size_t i = 0; i < products_.size(); ++i) products_[i] += other.products_[i];
  for (size_t c = 0; c < 3; ++c) {
    for (size_t i = 0; i < terms_; ++i) colored_[c][i] += other.colored_[c][i];
    squares_[c] += other.squares_[c];
  }
  pairs_ += other.pairs_;
}

std::optional<LatentColorMap> LatentColorFit::solve(const std::optional<LatentColorMap>& earlier) const {
  if (pairs_ == 0) return std::nullopt;
  const size_t channels = terms_ - 1;
  assert(!earlier || earlier->channels() == channels);
  LatentColorMap known = {.weights = {}, .offset = {0.5, 0.5, 0.5}};
  known.weights.fill(std::vector<double>(channels));
  if (earlier) known = *earlier;
  const double weight = static_cast<double>(pairs_) * (earlier ? kShareOfEarlierMap : kShareOfGray);
  std::vector<double> matrix = products_;
  for (size_t i = 0; i < terms_; ++i) matrix[i * terms_ + i] += weight;

  LatentColorMap map;
  for (size_t color = 0; color < 3; ++color) {
    const std::vector<double> before = coefficients(known, color);
    std::vector<double> right = colored_[color];
    for (size_t i = 0; i < terms_; ++i) right[i] += weight * before[i];
    const auto solution = solve_symmetric(matrix, std::move(right));
    if (!solution) return std::nullopt;
    map.weights[color].assign(solution->begin(), solution->end() - 1);
    map.offset[color] = solution->back();
  }
  return map;
}

LatentColorQuality LatentColorFit::quality(const LatentColorMap& map) const {
  assert(pairs_ > 0 && map.channels() + 1 == terms_);
  const auto count = static_cast<double>(pairs_);
  double error = 0, variation = 0;
  for (size_t color = 0; color < 3; ++color) {
    // Σ (y − c·x)² = Σ y² − 2 c·Σ x y + c·(Σ x xᵀ)·c; the last term of x is 1, so its sum with y is the sum of y.
    const std::vector<double> c = coefficients(map, color);
    error += squares_[color];
    for (size_t i = 0; i < terms_; ++i) {
      error += c[i] * (c[i] * products_[i * terms_ + i] - 2 * colored_[color][i]);
      for (size_t j = i + 1; j < terms_; ++j) error += 2 * c[i] * c[j] * products_[i * terms_ + j];
    }
    variation += squares_[color] - colored_[color].back() * colored_[color].back() / count;
  }
  error = std::max(error, 0.0);  // which rounding can miss
  return {.explained = 1 - error / variation, .psnr = -10 * std::log10(error / (3 * count))};
}

void LatentColorLearner::begin(const HostTensor& latent, int64_t frames) {
  latent_ = &latent;
  frames_ = frames;
  frame_ = summed_ = 0;
  sums_.assign(static_cast<size_t>(latent.dim(2) * latent.dim(3) * 3), 0);
}

void LatentColorLearner::add_frame(std::span<const uint8_t> rgb) {
  assert(latent_ != nullptr && frame_ < frames_);
  sum_squares(rgb);
  ++summed_;
  const int64_t latent_frame = vae_.latent_frame_of(frame_, frames_);
  ++frame_;
  if (frame_ == frames_ || vae_.latent_frame_of(frame_, frames_) != latent_frame) add_pairs(latent_frame);
}

void LatentColorLearner::sum_squares(std::span<const uint8_t> rgb) {
  const auto side = static_cast<size_t>(vae_.space_factor()), width = static_cast<size_t>(latent_->dim(3));
  assert(rgb.size() == sums_.size() * side * side);
  const uint8_t* value = rgb.data();
  for (size_t y = 0; y < side * static_cast<size_t>(latent_->dim(2)); ++y) {
    uint32_t* sum = sums_.data() + y / side * width * 3;
    for (size_t square = 0; square < width; ++square, sum += 3) {
      for (size_t x = 0; x < side; ++x, value += 3) {
        for (size_t color = 0; color < 3; ++color) sum[color] += value[color];
      }
    }
  }
}

void LatentColorLearner::add_pairs(int64_t latent_frame) {
  const auto side = static_cast<double>(vae_.space_factor());
  const double full = 255.0 * side * side * static_cast<double>(summed_);
  const int64_t channels = latent_->dim(0), frames = latent_->dim(1), plane = latent_->dim(2) * latent_->dim(3);
  std::vector<double> values(static_cast<size_t>(channels));
  for (int64_t i = 0; i < plane; ++i) {
    for (int64_t c = 0; c < channels; ++c) {
      values[static_cast<size_t>(c)] = latent_->data()[(c * frames + latent_frame) * plane + i];
    }
    const uint32_t* sum = sums_.data() + i * 3;
    fit_.add(values, {sum[0] / full, sum[1] / full, sum[2] / full});
  }
  std::fill(sums_.begin(), sums_.end(), 0);
  summed_ = 0;
}

}  // namespace odsora
