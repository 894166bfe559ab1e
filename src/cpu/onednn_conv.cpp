#include "cpu/onednn_conv.h"

#include "cpu/create_primitive.h"
#include "cpu/element_wise.h"
#include "cpu/onednn_version.h"
#include "cpu/parallel.h"

namespace odsora {
namespace {

using dnnl::memory;

/// [items, space..., channels] as oneDNN names it: dimensions [items, channels, space...], channels fastest.
memory::desc channels_last(const Shape& shape, DType type) {
  memory::dims dimensions{shape.front(), shape.back()};
  dimensions.insert(dimensions.end(), shape.begin() + 1, shape.end() - 1);
  return {dimensions, onednn_type(type), shape.size() == 4 ? memory::format_tag::nhwc : memory::format_tag::ndhwc};
}

memory::desc plain_weight(const Shape& shape, DType type) {
  return {shape, onednn_type(type), shape.size() == 4 ? memory::format_tag::oihw : memory::format_tag::oidhw};
}

memory::desc any_weight(const Shape& shape, DType type) { return {shape, onednn_type(type), memory::format_tag::any}; }

Shape weight_shape(int64_t outputs, int64_t inputs, const ConvWindow& window) {
  Shape shape{outputs, inputs};
  shape.insert(shape.end(), window.kernel.begin(), window.kernel.end());
  return shape;
}

/// A picture of 64 x 64 or a video of 4 frames of 32 x 32, of which the window sees whole steps.
Shape typical_shape(int64_t inputs, const ConvWindow& window) {
  Shape shape = window.kernel.size() == 2 ? Shape{1, 64, 64, inputs} : Shape{1, 4, 32, 32, inputs};
  for (size_t axis = 0; axis < window.kernel.size(); ++axis) {
    shape[axis + 1] = std::max(shape[axis + 1], window.kernel[axis]) * window.stride[axis];
  }
  return shape;
}

/// Without bias.
onednn::ConvOperands operands_of(const memory::desc& x, const memory::desc& weights, const memory::desc& result,
                                 const ConvWindow& window) {
  return {.source = x,
          .weights = weights,
          .bias = {},
          .destination = result,
          .stride = window.stride,
          .pad_before = window.pad_before,
          .pad_after = window.pad_after};
}

bool has_fast_kernel(const dnnl::convolution_forward::primitive_desc& description) {
  return description && is_fast(dnnl::primitive::kind::convolution, description.impl_info_str());
}

void reorder(const CpuContext& context, const memory::desc& from_layout, void* from_bytes,
             const memory::desc& to_layout, void* to_bytes) {
  memory from(from_layout, context.engine, from_bytes);
  memory to(to_layout, context.engine, to_bytes);
  const dnnl::reorder::primitive_desc description(from, to);
  dnnl::stream stream(context.engine);
  create_primitive<dnnl::reorder>(context, description).execute(stream, from, to);
  stream.wait();
}

}  // namespace

Shape shape_after(const Shape& x, int64_t outputs, const ConvWindow& window) {
  Shape shape = x;
  for (size_t axis = 0; axis < window.kernel.size(); ++axis) {
    shape[axis + 1] = window.extent_after(axis, x[axis + 1]);
  }
  shape.back() = outputs;
  return shape;
}

std::unique_ptr<PackedConv> pack_conv_weight(const CpuContext& context, const HostArray& weight,
                                             const ConvWindow& window, DType type, WeightMemory& weight_memory) {
  assert(weight.shape.size() == window.kernel.size() + 2);
  require_weight_format(weight.dtype);
  const Shape x = typical_shape(weight.shape[1], window);
  auto packed = std::make_unique<PackedConv>();
  const Shape result = shape_after(x, weight.shape[0], window);
  const ThreadCountScope one(1);  // the layout depends on the number of threads
  packed->layout = onednn::describe_conv(context.engine,
                                         operands_of(channels_last(x, type), any_weight(weight.shape, type),
                                                     channels_last(result, type), window),
                                         user_scratchpad())
                       .weights_desc();

  packed->bytes = weight_memory.allocate(packed->layout.get_size());
  if (packed->bytes == nullptr || weight.bytes == nullptr) return packed;  // only measured
  std::byte* plain = weight.bytes.get();
  PassingBytes converted;
  if (weight.dtype != type) {
    converted = hwy::AllocateAligned<uint8_t>(static_cast<size_t>(weight.count()) * size_of(type));
    if (converted == nullptr) throw std::bad_alloc();
    plain = reinterpret_cast<std::byte*>(converted.get());
    convert_elements(weight.dtype, weight.bytes.get(), type, plain, weight.count());
  }
  reorder(context, plain_weight(weight.shape, type), plain, packed->layout, packed->bytes);
  return packed;
}

void OnednnConv::run(const Tensor& x, const Conv& conv, const ConvWindow& window, Tensor& y) {
  assert(x.rank() == window.kernel.size() + 2 && x.channels() == conv.inputs && x.dtype() == conv.type);
  assert(conv.bias.empty() || conv.bias.count() == conv.outputs);
  assert(y.shape() == shape_after(x.shape(), conv.outputs, window));

  const int64_t flops = 2 * y.count() * conv.inputs * element_count(window.kernel);
  const ThreadCountScope threads(flops < kFlopsWorthThreads ? 1 : context_.threads);
  const Convolution& with = convolution({.x = x.shape(),
                                         .outputs = conv.outputs,
                                         .kernel = window.kernel,
                                         .stride = window.stride,
                                         .pad_before = window.pad_before,
                                         .pad_after = window.pad_after,
                                         .type = x.dtype(),
                                         .result = y.dtype(),
                                         .has_bias = !conv.bias.empty()},
                                        conv, window, y.shape());
  const auto& weight = static_cast<const PackedConv&>(*conv.weight);
  const memory::desc weight_layout = with.description.weights_desc();
  std::byte* weight_bytes = weight.bytes;
  WorkspaceBlock relaid;
  if (weight_layout != weight.layout) {
    relaid = context_.workspace.allocate(weight_layout.get_size());
    weight_bytes = relaid.data();
    if (!context_.dry_run) reorder(context_, weight.layout, weight.bytes, weight_layout, weight_bytes);
  }
  const memory::desc scratch = with.description.scratchpad_desc();
  const WorkspaceBlock scratch_block = context_.workspace.allocate(scratch.get_size());
  if (context_.dry_run) return;
  std::unordered_map<int, memory> arguments{{DNNL_ARG_SRC, {with.description.src_desc(), context_.engine, x.bytes()}},
                                            {DNNL_ARG_WEIGHTS, {weight_layout, context_.engine, weight_bytes}},
                                            {DNNL_ARG_DST, {with.description.dst_desc(), context_.engine, y.bytes()}},
                                            {DNNL_ARG_SCRATCHPAD, {scratch, context_.engine, scratch_block.data()}}};
  if (!conv.bias.empty()) {
    arguments.insert({DNNL_ARG_BIAS, {with.description.bias_desc(), context_.engine, conv.bias.bytes()}});
  }
  with.primitive.execute(context_.stream, arguments);
  context_.stream.wait();
}

// oneDNN chooses a layout of the weights by how many threads there are, and sums in another order in another layout. So
// the choice is made for one thread; where the kernel for more of them wants another one, one thread has to do.
dnnl::convolution_forward::primitive_desc OnednnConv::describe(onednn::ConvOperands operands, const Shape& weight,
                                                               DType type) const {
  dnnl::convolution_forward::primitive_desc on_one_thread;
  {
    const ThreadCountScope one(1);
    on_one_thread = onednn::describe_conv(context_.engine, operands, user_scratchpad());
    if (!has_fast_kernel(on_one_thread)) {
      operands.weights = any_weight(weight, type);
      on_one_thread = onednn::describe_conv(context_.engine, operands, user_scratchpad());
    }
  }
  if (!on_one_thread) return on_one_thread;
  operands.weights = on_one_thread.weights_desc();
  const auto on_all = onednn::describe_conv(context_.engine, operands, user_scratchpad());
  return has_fast_kernel(on_all) ? on_all : on_one_thread;
}

const OnednnConv::Convolution& OnednnConv::convolution(const Key& key, const Conv& conv, const ConvWindow& window,
                                                       const Shape& result_shape) {
  const auto found = convolutions_.find(key);
  if (found != convolutions_.end()) return found->second;
  const memory::desc& packed = static_cast<const PackedConv&>(*conv.weight).layout;
  onednn::ConvOperands operands =
      operands_of(channels_last(key.x, key.type), packed, channels_last(result_shape, key.result), window);
  if (key.has_bias) operands.bias = {{key.outputs}, memory::data_type::f32, memory::format_tag::x};
  const dnnl::convolution_forward::primitive_desc description =
      describe(operands, weight_shape(conv.outputs, conv.inputs, window), key.type);
  Convolution created = {description, create_primitive<dnnl::convolution_forward>(context_, description)};
  return convolutions_.emplace(key, std::move(created)).first->second;
}

}  // namespace odsora
