// The operations that models are written in. A device is one implementation of this interface.
//
// Conventions, for every operation:
//  - Tensors are dense, slowest axis first, f32 or bf16. Shapes are the caller's duty (asserted, not reported): they
//    come from configs and weights that were checked when they were read.
//  - "compute type" is compute_type(): bf16 or f32. What only feeds matrix products has it; the residual stream,
//    norms' statistics, softmax and every accumulation are f32.
//  - The result's bytes do not depend on the number of threads.
//  - Every call may throw Cancelled: an operation is the unit of interruption.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/host_tensor.h"
#include "nn/tensor.h"
#include "runtime/weight_memory.h"
#include "techniques/temporal_token_merging.h"

namespace odsora {

enum class Activation { kNone, kGeluTanh, kSilu };

/// Weights in the layout a device likes best; made by pack_linear or pack_conv of the same Ops, which must live longer,
/// like the WeightMemory they lie in.
class PackedWeight {
 public:
  virtual ~PackedWeight() = default;
};

/// y = x Wᵀ + b.
struct Linear {
  std::unique_ptr<PackedWeight> weight;  // [outputs, inputs]
  Tensor bias;                           // f32 [outputs], or empty
  DType type = DType::kF32;              // of the packed weight, and so of x
  int64_t inputs = 0;
  int64_t outputs = 0;
};

/// How a convolution moves over its input; one entry for each of (time,) height, width.
struct ConvWindow {
  std::vector<int64_t> kernel;
  std::vector<int64_t> stride;
  std::vector<int64_t> pad_before;  // zeros
  std::vector<int64_t> pad_after;   // zeros

  /// The result's extent along an axis of the window.
  int64_t extent_after(size_t axis, int64_t extent) const {
    return (extent + pad_before[axis] + pad_after[axis] - kernel[axis]) / stride[axis] + 1;
  }
};

/// Rows of zeros around a band of a picture, in place of the window's padding in height.
struct RowPadding {
  int64_t above = 0;
  int64_t below = 0;
};

/// A 2-D or 3-D convolution over channels-last tensors.
struct Conv {
  std::unique_ptr<PackedWeight> weight;  // [outputs, inputs, (kernel_time,) kernel_height, kernel_width]
  Tensor bias;                           // f32 [outputs], or empty
  ConvWindow window;
  DType type = DType::kF32;  // of the packed weight, and so of x
  int64_t inputs = 0;
  int64_t outputs = 0;
};

/// The vectors that shift, scale and gate frames, and which of them each frame uses.
struct Modulation {
  const Tensor& vectors;                  // f32 [rows, parts, channels]
  std::span<const int32_t> row_of_frame;  // [frames], each < rows
};

/// What is added to frames: a tensor of as many frames, or of fewer of which each serves several.
struct FramesOf {
  const Tensor& tensor;
  std::span<const int32_t> source = {};  // [frames added to]: whose values each takes; empty: those of its own number
};

/// One of query, key or value inside a projection's output.
struct Projection {
  const Tensor& tensor;  // compute type [batch, axis 1, axis 2, parts * heads * head_size]
  int part = 0;          // which of the parts
  int parts = 1;
};

struct AttentionInputs {
  Projection query;
  Projection key;
  Projection value;
  int64_t heads = 1;
  /// The axis (1 or 2) that attention mixes; the other one counts independent sequences and must agree between
  /// query and key. 2 is spatial attention on [batch, frames, patches, …], 1 is temporal attention on the same.
  int token_axis = 2;
  /// Factor on query·key.
  float scale = 1.0F;
  /// f32 [heads, query tokens, key tokens], added after scaling; or null.
  const Tensor* bias = nullptr;
};

/// RMS norm of each head of query and key, then rotary position embedding.
struct HeadNormRotation {
  int64_t heads = 1;
  const Tensor* query_weight = nullptr;  // f32 [head_size]; null (both): no norm
  const Tensor* key_weight = nullptr;    // f32 [head_size]
  float epsilon = 1e-6F;
  /// f32 [axis 1, head_size / 2, 2]: cosine and sine for each position and interleaved pair (2j, 2j + 1); null: none.
  const Tensor* rotation = nullptr;
};

struct GroupNorm {
  Tensor weight;  // f32 [channels]
  Tensor bias;    // f32 [channels]
  int64_t groups = 1;
  float epsilon = 1e-6F;
};

class Ops {
 public:
  virtual ~Ops() = default;

  /// F32 or BF16.
  virtual DType compute_type() const = 0;

  // ---- memory and weights ----

  /// Uninitialised.
  virtual Tensor empty(DType dtype, Shape shape) = 0;
  virtual Tensor upload(const HostTensor& values, DType dtype) = 0;
  /// As f32.
  virtual HostTensor download(const Tensor& x) = 0;

  // These three touch no activation, so the thread that loads weights may call them beside operations. An array without
  // bytes, or a memory that only counts, gives a handle without data: enough to measure what a model needs.

  /// weight [outputs, inputs] of any floating format or I8; `type` is that of the products' inputs: F32 or compute
  /// type.
  virtual std::unique_ptr<PackedWeight> pack_linear(const HostArray& weight, DType type, WeightMemory& memory) = 0;
  /// weight [outputs, inputs, (kt,) kh, kw]; `type` as in pack_linear.
  virtual std::unique_ptr<PackedWeight> pack_conv(const HostArray& weight, const ConvWindow& window, DType type,
                                                  WeightMemory& memory) = 0;
  /// A small weight such as a norm's or a bias, f32. A view into `memory`.
  virtual Tensor place(const HostTensor& values, WeightMemory& memory) = 0;

  // ---- products ----

  /// x [..., inputs] of linear.type → `result` type [..., outputs] = activation(x Wᵀ + b).
  virtual Tensor linear(const Tensor& x, const Linear& linear, DType result, Activation activation) = 0;

  /// x of conv.type [items, (frames,) height, width, inputs] → `result` type, same axes with the window applied.
  virtual Tensor conv(const Tensor& x, const Conv& conv, DType result) = 0;

  /// As conv, for pictures or bands of their rows, into `result`, which has the shape that follows and f32 or compute
  /// type.
  virtual void conv_rows(const Tensor& x, const Conv& conv, RowPadding padding, Tensor& result) = 0;

  /// softmax(scale · q kᵀ + bias) v → compute type, [batch, axis 1, axis 2, heads * head_size] with the query's axes.
  virtual Tensor attention(const AttentionInputs& inputs) = 0;

  // ---- norms, each one pass over its input ----

  /// x f32 [frames, patches, channels] → compute type: layer_norm(x) · (1 + scale) + shift, no affine of its own.
  virtual Tensor layer_norm_modulate(const Tensor& x, const Modulation& modulation, int shift_part, int scale_part,
                                     float epsilon) = 0;

  /// x f32 [..., channels], weight f32 [channels] → `result` type: weight · x / sqrt(mean(x²) + epsilon).
  virtual Tensor rms_norm(const Tensor& x, const Tensor& weight, float epsilon, DType result) = 0;

  /// In place on parts 0 (query) and 1 (key) of projection [batch, axis 1, axis 2, 3 * heads * head_size].
  virtual void norm_rotate_heads(Tensor& projection, const HeadNormRotation& how) = 0;

  /// x [items, ..., channels], f32 or compute type → f32 [items, 2, channels]: the factor and the offset that normalise
  /// and then apply the affine, from statistics over each item's group of channels and all its middle axes (f32 or
  /// better).
  virtual Tensor group_norm_affine(const Tensor& x, const GroupNorm& norm) = 0;

  /// x [items, ..., channels], f32 or compute type, affine f32 [items, 2, channels] → `result` type, x's shape:
  /// activation(x · factor + offset).
  virtual Tensor apply_affine(const Tensor& x, const Tensor& affine, Activation activation, DType result) = 0;

  /// Both: group norm, then SiLU if asked.
  Tensor group_norm(const Tensor& x, const GroupNorm& norm, Activation activation, DType result) {
    return apply_affine(x, group_norm_affine(x, norm), activation, result);
  }

  // ---- element-wise ----

  /// x f32 [frames, patches, channels] += gate · y, y f32 or compute type [frames of y, patches, channels].
  virtual void gate_add(Tensor& x, const FramesOf& y, const Modulation& modulation, int gate_part) = 0;

  /// x f32 [frames, patches, channels] += y, y f32 or compute type [frames of y, patches, channels].
  virtual void add_frames(Tensor& x, const FramesOf& y) = 0;

  /// x [frames, patches, channels], f32 or compute type → compute type [groups, patches, channels]: each group's mean.
  virtual Tensor merge_frames(const Tensor& x, std::span<const FrameGroup> groups) = 0;

  /// x += y; x f32 or compute type; y f32 or compute type of x's shape, or of its trailing axes (then repeated).
  virtual void add(Tensor& x, const Tensor& y) = 0;

  /// x *= y, both of compute type and the same shape.
  virtual void multiply(Tensor& x, const Tensor& y) = 0;

  /// x f32 → f32 x · sigmoid(x).
  virtual Tensor silu(const Tensor& x) = 0;

  /// target = source, element by element, converted to the target's type; of the same shape.
  virtual void assign(Tensor& target, const Tensor& source) = 0;

  /// The same values as `dtype`; a view when x has that type already.
  virtual Tensor convert(const Tensor& x, DType dtype) = 0;

  // ---- resampling ----

  /// quads [items, height, width, 4 channels], the pixels of 2 x 2 squares row by row, → rows [first_row, …) of the
  /// picture that they make side by side, without its first and last column, as many as fit into `result`, [items,
  /// rows, 2 width - 2, channels] of their type.
  virtual void join_quads(const Tensor& quads, int64_t first_row, Tensor& result) = 0;

  /// x [items, frames, height, width, 2 channels] → [items, 2 frames, height, width, channels]:
  /// channel c of frame 2t + s is input channel 2c + s of frame t.
  virtual Tensor depth_to_time(const Tensor& x) = 0;
};

}  // namespace odsora
