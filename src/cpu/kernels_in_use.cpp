#include "cpu/kernels_in_use.h"

#include "base/error.h"
#include "cpu/cpu_ops.h"
#include "cpu/highway_targets.h"
#include "cpu/primitive_log.h"
#include "hwy/highway.h"

namespace odsora {
namespace {

/// A weight of which only the header is known: enough to choose a kernel.
HostArray header(DType dtype, Shape shape) {
  HostArray array;
  array.dtype = dtype;
  array.shape = std::move(shape);
  return array;
}

/// run(ops, memory) takes part in operations that compute nothing. → the implementation of the primitive it made.
template <typename Run>
std::string implementation(DType compute_type, const Run& run) {
  Workspace workspace;
  WeightCount memory;
  PrimitiveLog log;
  run(*make_cpu_ops({.compute_type = compute_type, .workspace = workspace, .dry_run = true, .log = &log}), memory);
  return log.primitives().at(0).implementation;
}

}  // namespace

KernelsInUse kernels_in_use(DType compute_type) {
  KernelsInUse kernels;
  kernels.product = implementation(compute_type, [&](Ops& ops, WeightMemory& memory) {
    const int64_t inputs = 1152, outputs = 4608;
    const Linear linear = {.weight = ops.pack_linear(header(compute_type, {outputs, inputs}), compute_type, memory),
                           .bias = {},
                           .type = compute_type,
                           .inputs = inputs,
                           .outputs = outputs};
    ops.linear(ops.empty(compute_type, {2880, inputs}), linear, compute_type, Activation::kNone);
  });
  kernels.convolution = implementation(compute_type, [&](Ops& ops, WeightMemory& memory) {
    const int64_t channels = 256;
    const ConvWindow window = {.kernel = {3, 3}, .stride = {1, 1}, .pad_before = {1, 1}, .pad_after = {1, 1}};
    const HostArray weight = header(compute_type, {channels, channels, 3, 3});
    const Conv conv = {.weight = ops.pack_conv(weight, window, compute_type, memory),
                       .bias = {},
                       .window = window,
                       .type = compute_type,
                       .inputs = channels,
                       .outputs = channels};
    ops.conv(ops.empty(compute_type, {1, 96, 96, channels}), conv, compute_type);
  });
  kernels.element_wise = hwy::TargetName(hwy::SupportedAndGeneratedTargets().front());
  return kernels;
}

std::string onednn_version() {
  const dnnl_version_t& version = *dnnl_version();
  return join(version.major, ".", version.minor, ".", version.patch);
}

std::string highway_version() { return join(HWY_MAJOR, ".", HWY_MINOR, ".", HWY_PATCH); }

}  // namespace odsora
