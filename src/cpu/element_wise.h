// Operations that treat every element alone, and conversions between number formats.
#pragma once

#include "nn/ops.h"

namespace odsora {

/// x f32 [frames, patches, channels] += gate · y; y f32 or bf16.
void gate_add(Tensor& x, const FramesOf& y, const Modulation& modulation, int gate_part);

/// x f32 [frames, patches, channels] += y; y f32 or bf16.
void add_frames(Tensor& x, const FramesOf& y);

/// x [frames, patches, channels], f32 or bf16 → result [groups, patches, channels], f32 or bf16: each group's mean.
void merge_frames(const Tensor& x, std::span<const FrameGroup> groups, Tensor& result);

/// x += y, each f32 or bf16; y of x's shape or of its trailing axes.
void add(Tensor& x, const Tensor& y);

/// x *= y, of one type and shape.
void multiply(Tensor& x, const Tensor& y);

/// result = activation(x); x f32, the result f32 or bf16.
void activate(const Tensor& x, Activation activation, Tensor& result);

/// The same values in the result's type.
void convert(const Tensor& x, Tensor& result);

/// In place on x f32 [rows, columns] with `stride` elements from row to row, on the calling thread: adds bias
/// [columns] (or null), then activates.
struct BiasAndActivation {
  float* x = nullptr;
  int64_t rows = 0;
  int64_t columns = 0;
  int64_t stride = 0;
  const float* bias = nullptr;
  Activation activation = Activation::kNone;
};
void add_bias_and_activate(const BiasAndActivation& what);

/// Throws Error(kBadModel) unless the format is one that weights have: F64, F32, F16, BF16 or I8.
void require_weight_format(DType format);

/// Elements of a weight's format to F32 or BF16, rounding to nearest even; F64 rounds to f32 first.
void convert_elements(DType from_type, const std::byte* from, DType to_type, std::byte* to, int64_t count);

}  // namespace odsora
