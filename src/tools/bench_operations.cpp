// Operations as the models call them, with the layer sizes of STDiT3-XL/2, T5-XXL and the VAE.
#include <array>
#include <cmath>
#include <memory>
#include <numeric>

#include "nn/position.h"
#include "tools/bench_case.h"
#include "tools/bench_inputs.h"

namespace odsora {
namespace {

constexpr int64_t kHidden = 1152;
constexpr int64_t kHeads = 16;
constexpr int64_t kMlp = 4608;
constexpr int64_t kT5Model = 4096;
constexpr int64_t kT5Heads = 64;
constexpr int64_t kT5FeedForward = 10240;
constexpr float kEpsilon = 1e-6F;

double flops_of(int64_t results, int64_t depth) { return 2.0 * static_cast<double>(results * depth); }

double bytes_of(const Tensor& x) { return static_cast<double>(x.count()) * static_cast<double>(size_of(x.dtype())); }

struct LinearSizes {
  int64_t rows, inputs, outputs;
  bool bias = true;
  Activation activation = Activation::kNone;
};

BenchReady linear(Ops& ops, const LinearSizes& of) {
  auto layer = std::make_unique<RandomLinear>(ops, of.inputs, of.outputs, of.bias);
  return ready({.flops = flops_of(of.rows * of.outputs, of.inputs)},
               [&ops, layer = std::move(layer), x = random_input(ops, ops.compute_type(), {of.rows, of.inputs}),
                activation = of.activation] { ops.linear(x, layer->linear, ops.compute_type(), activation); });
}

int64_t tokens_of(const BenchSizes& clip) { return clip[0] * clip[1] * clip[2]; }

BenchReady matrix(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = s[0], .inputs = s[1], .outputs = s[2], .bias = false});
}
BenchReady qkv(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = tokens_of(s), .inputs = kHidden, .outputs = 3 * kHidden});
}
BenchReady proj(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = tokens_of(s), .inputs = kHidden, .outputs = kHidden});
}
BenchReady fc1(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = tokens_of(s), .inputs = kHidden, .outputs = kMlp, .activation = Activation::kGeluTanh});
}
BenchReady fc2(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = tokens_of(s), .inputs = kMlp, .outputs = kHidden});
}
BenchReady t5_query(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = s[0], .inputs = kT5Model, .outputs = kT5Model, .bias = false});
}
BenchReady t5_gate(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = s[0],
                      .inputs = kT5Model,
                      .outputs = kT5FeedForward,
                      .bias = false,
                      .activation = Activation::kGeluTanh});
}
BenchReady t5_down(Ops& ops, const BenchSizes& s) {
  return linear(ops, {.rows = s[0], .inputs = kT5FeedForward, .outputs = kT5Model, .bias = false});
}

float score_scale() { return 1.0F / std::sqrt(static_cast<float>(kHidden / kHeads)); }

BenchReady self_attention(Ops& ops, const BenchSizes& s, int token_axis) {
  const int64_t mixed = token_axis == 2 ? s[2] : s[1];
  return ready({.flops = 2 * flops_of(tokens_of(s) * kHidden, mixed)},
               [&ops, qkv = random_input(ops, ops.compute_type(), {s[0], s[1], s[2], 3 * kHidden}), token_axis] {
                 ops.attention({.query = {qkv, 0, 3},
                                .key = {qkv, 1, 3},
                                .value = {qkv, 2, 3},
                                .heads = kHeads,
                                .token_axis = token_axis,
                                .scale = score_scale()});
               });
}
BenchReady spatial_attention(Ops& ops, const BenchSizes& s) { return self_attention(ops, s, 2); }
BenchReady temporal_attention(Ops& ops, const BenchSizes& s) { return self_attention(ops, s, 1); }

BenchReady cross_attention(Ops& ops, const BenchSizes& s) {
  return ready(
      {.flops = 2 * flops_of(tokens_of(s) * kHidden, s[3])},
      [&ops, query = random_input(ops, ops.compute_type(), {s[0], 1, s[1] * s[2], kHidden}),
       text = random_input(ops, ops.compute_type(), {s[0], 1, s[3], 2 * kHidden})] {
        ops.attention(
            {.query = {query}, .key = {text, 0, 2}, .value = {text, 1, 2}, .heads = kHeads, .scale = score_scale()});
      });
}

BenchReady t5_attention(Ops& ops, const BenchSizes& s) {
  const Shape shape = {1, 1, s[0], kT5Model};
  return ready(
      {.flops = 2 * flops_of(s[0] * kT5Model, s[0])},
      [&ops, query = random_input(ops, ops.compute_type(), shape), key = random_input(ops, ops.compute_type(), shape),
       value = random_input(ops, ops.compute_type(), shape),
       bias = random_input(ops, DType::kF32, {kT5Heads, s[0], s[0]})] {
        ops.attention({.query = {query}, .key = {key}, .value = {value}, .heads = kT5Heads, .bias = &bias});
      });
}

/// The residual stream, a branch's result, and vectors that modulate it.
struct Stream {
  Tensor x;        // f32 [frames, patches, C]
  Tensor y;        // compute type
  Tensor vectors;  // f32 [1, 6, C]
  std::vector<int32_t> row_of_frame;

  Stream(Ops& ops, const BenchSizes& s)
      : x(random_input(ops, DType::kF32, {s[0] * s[1], s[2], kHidden})),
        y(random_input(ops, ops.compute_type(), {s[0] * s[1], s[2], kHidden})),
        vectors(random_input(ops, DType::kF32, {1, 6, kHidden})),
        row_of_frame(static_cast<size_t>(s[0] * s[1]), 0) {}

  Modulation modulation() const { return {vectors, row_of_frame}; }
};

BenchReady norm_modulate(Ops& ops, const BenchSizes& s) {
  Stream stream(ops, s);
  const double bytes = bytes_of(stream.x) + bytes_of(stream.y);
  return ready({.bytes = bytes}, [&ops, stream = std::move(stream)] {
    ops.layer_norm_modulate(stream.x, stream.modulation(), 0, 1, kEpsilon);
  });
}

BenchReady gate_add(Ops& ops, const BenchSizes& s) {
  Stream stream(ops, s);
  const double bytes = 2 * bytes_of(stream.x) + bytes_of(stream.y);
  return ready({.bytes = bytes}, [&ops, stream = std::move(stream)]() mutable {
    ops.gate_add(stream.x, {stream.y}, stream.modulation(), 2);
  });
}

BenchReady norm_rotate(Ops& ops, const BenchSizes& s) {
  constexpr int64_t kHeadSize = kHidden / kHeads;
  std::vector<float> positions(static_cast<size_t>(s[1]));
  std::iota(positions.begin(), positions.end(), 0.0F);
  Tensor rotation = ops.upload(rotation_table(positions, rotary_frequencies(kHeadSize)), DType::kF32);
  Tensor qkv = random_input(ops, ops.compute_type(), {s[0], s[1], s[2], 3 * kHidden});
  const double bytes = 2 * bytes_of(qkv) * 2 / 3;
  return ready({.bytes = bytes}, [&ops, qkv = std::move(qkv), rotation = std::move(rotation),
                                  weight = random_input(ops, DType::kF32, {kHeadSize})]() mutable {
    ops.norm_rotate_heads(qkv,
                          {.heads = kHeads, .query_weight = &weight, .key_weight = &weight, .rotation = &rotation});
  });
}

BenchReady t5_rms_norm(Ops& ops, const BenchSizes& s) {
  Tensor x = random_input(ops, DType::kF32, {s[0], kT5Model});
  const double bytes = bytes_of(x) * (1.0 + static_cast<double>(size_of(ops.compute_type())) / sizeof(float));
  return ready({.bytes = bytes}, [&ops, x = std::move(x), weight = random_input(ops, DType::kF32, {kT5Model})] {
    ops.rms_norm(x, weight, kEpsilon, ops.compute_type());
  });
}

BenchReady convolution(Ops& ops, Shape x, int64_t outputs, ConvWindow window) {
  const int64_t depth = x.back() * element_count(window.kernel);
  const double flops = flops_of(element_count(x) / x.back() * outputs, depth);
  auto layer = std::make_unique<RandomConv>(ops, x.back(), outputs, std::move(window));
  return ready({.flops = flops},
               [&ops, layer = std::move(layer), x = random_input(ops, ops.compute_type(), std::move(x))] {
                 ops.conv(x, layer->conv, ops.compute_type());
               });
}
BenchReady conv2d(Ops& ops, const BenchSizes& s) {
  return convolution(ops, {s[0], s[1], s[2], s[3]}, s[4],
                     {.kernel = {3, 3}, .stride = {1, 1}, .pad_before = {1, 1}, .pad_after = {1, 1}});
}
BenchReady conv3d(Ops& ops, const BenchSizes& s) {
  return convolution(ops, {1, s[0], s[1], s[2], s[3]}, s[4],
                     {.kernel = {3, 3, 3}, .stride = {1, 1, 1}, .pad_before = {2, 1, 1}, .pad_after = {0, 1, 1}});
}

BenchReady group_norm_silu(Ops& ops, const BenchSizes& s) {
  Tensor x = random_input(ops, ops.compute_type(), {s[0], s[1], s[2], s[3]});
  GroupNorm norm = {.weight = random_input(ops, DType::kF32, {s[3]}),
                    .bias = random_input(ops, DType::kF32, {s[3]}),
                    .groups = 32,
                    .epsilon = kEpsilon};
  const double bytes = 4 * bytes_of(x);  // the sums read x, so do the squares about the mean, then it is written anew
  return ready({.bytes = bytes}, [&ops, x = std::move(x), norm = std::move(norm)] {
    ops.group_norm(x, norm, Activation::kSilu, ops.compute_type());
  });
}

constexpr BenchKind kKinds[] = {
    {"matrix", "MxKxN", "a product of matrices", matrix},
    {"stdit3.qkv", "BxTxS", "STDiT3's linear layer 1152 → 3456, batch x frames x patches", qkv},
    {"stdit3.proj", "BxTxS", "1152 → 1152", proj},
    {"stdit3.fc1", "BxTxS", "1152 → 4608 and GELU", fc1},
    {"stdit3.fc2", "BxTxS", "4608 → 1152", fc2},
    {"stdit3.attention_spatial", "BxTxS", "16 heads of 72 over S patches", spatial_attention},
    {"stdit3.attention_temporal", "BxTxS", "16 heads of 72 over T frames", temporal_attention},
    {"stdit3.attention_cross", "BxTxS+Y", "16 heads of 72 over Y text tokens", cross_attention},
    {"stdit3.norm_modulate", "BxTxS", "layer norm, shift and scale", norm_modulate},
    {"stdit3.norm_rotate", "BxTxS", "RMS norm of heads and rotary positions", norm_rotate},
    {"stdit3.gate_add", "BxTxS", "gate and residual", gate_add},
    {"t5.q", "N", "T5-XXL's linear layer 4096 → 4096, N tokens", t5_query},
    {"t5.wi_0", "N", "4096 → 10240 and GELU", t5_gate},
    {"t5.wo", "N", "10240 → 4096", t5_down},
    {"t5.attention", "N", "64 heads of 64 over N tokens, with bias", t5_attention},
    {"t5.rms_norm", "N", "RMS norm of N tokens", t5_rms_norm},
    {"vae.conv2d", "FxHxWxCxO", "3x3 convolution of F frames, C → O channels", conv2d},
    {"vae.conv3d", "TxHxWxCxO", "causal 3x3x3 convolution", conv3d},
    {"vae.group_norm_silu", "FxHxWxC", "group norm and SiLU", group_norm_silu},
};

}  // namespace

std::span<const BenchKind> operation_kinds() { return kKinds; }

}  // namespace odsora
