#include "cpu/packed_linear.h"

#include <array>
#include <new>

#include "cpu/create_primitive.h"
#include "cpu/element_wise.h"
#include "cpu/onednn_version.h"
#include "cpu/parallel.h"

namespace odsora {
namespace {

using dnnl::memory;

/// The row count that layouts are chosen for. oneDNN chooses the same one from 1 to thousands of rows.
constexpr int64_t kTypicalRows = 256;
/// Outputs that are packed at a time: a multiple of every width of oneDNN's blocks (16, 32, 48, 64).
constexpr int64_t kSlabOutputs = 192;
/// Rows of a slab lie this much apart, so that powers of two don't meet in the same sets of the cache.
constexpr int64_t kRowPadding = 32;
/// Rows that lie a multiple of this apart do meet.
constexpr int64_t kBytesThatMeet = 1024;

memory::desc rows_of(int64_t rows, int64_t channels, DType type) {
  return {{rows, channels}, onednn_type(type), memory::format_tag::ab};
}

/// Elements from one input's weights to the next where oneDNN wants them plain.
int64_t plain_stride(int64_t outputs, DType type) {
  return outputs * static_cast<int64_t>(size_of(type)) % kBytesThatMeet == 0 ? outputs + kRowPadding : outputs;
}

memory::desc best_layout(const dnnl::engine& engine, int64_t inputs, int64_t outputs, DType type) {
  return onednn::describe_matmul(engine,
                                 {.source = rows_of(kTypicalRows, inputs, type),
                                  .weights = {{inputs, outputs}, onednn_type(type), memory::format_tag::any},
                                  .bias = {},
                                  .destination = rows_of(kTypicalRows, outputs, type)},
                                 user_scratchpad())
      .weights_desc();
}

PassingBytes allocate(size_t size) {
  PassingBytes bytes = hwy::AllocateAligned<uint8_t>(size);
  if (bytes == nullptr) throw std::bad_alloc();
  return bytes;
}

}  // namespace

std::unique_ptr<PackedLinear> pack_linear_weight(const CpuContext& context, const HostArray& weight, DType type,
                                                 WeightMemory& weight_memory) {
  assert(weight.shape.size() == 2);
  require_weight_format(weight.dtype);
  const dnnl::engine& engine = context.engine;
  const int64_t outputs = weight.shape[0];
  const int64_t inputs = weight.shape[1];
  auto packed = std::make_unique<PackedLinear>();
  packed->layout = best_layout(engine, inputs, outputs, type);
  if (!onednn::is_blocked(packed->layout)) {
    packed->row = plain_stride(outputs, type);
    packed->layout = {{inputs, outputs}, onednn_type(type), memory::dims{packed->row, 1}};
  }
  packed->bytes = weight_memory.allocate(packed->layout.get_size());
  if (packed->bytes == nullptr || weight.bytes == nullptr) return packed;  // only measured

  const auto stored_row = inputs * static_cast<int64_t>(size_of(weight.dtype));
  const int64_t slab_row = (inputs + kRowPadding) * static_cast<int64_t>(size_of(type));
  const int64_t slabs = (outputs + kSlabOutputs - 1) / kSlabOutputs;
  const bool small = static_cast<int64_t>(weight.byte_count()) < kBytesWorthThreads;
  const int threads = small ? 1 : omp_get_max_threads();
  const bool as_stored = weight.dtype == type && stored_row % kBytesThatMeet != 0;
  const PassingBytes rows =
      as_stored ? nullptr : allocate(static_cast<size_t>(threads * std::min(kSlabOutputs, outputs) * slab_row));
  require_memory_for_kernels();  // here, since nothing may throw below
  parallel_tasks(slabs, threads, [&](int thread) {
    auto* const slab = reinterpret_cast<std::byte*>(rows.get()) + thread * std::min(kSlabOutputs, outputs) * slab_row;
    return [&, slab, stream = dnnl::stream(engine)](int64_t task) mutable {
      const int64_t first = task * kSlabOutputs;
      const int64_t count = std::min(kSlabOutputs, outputs - first);
      std::byte* stored = weight.bytes.get() + first * stored_row;
      for (int64_t row = 0; row < count && !as_stored; ++row) {
        convert_elements(weight.dtype, stored + row * stored_row, type, slab + row * slab_row, inputs);
      }
      memory from({{inputs, count}, onednn_type(type), {1, inputs + (as_stored ? 0 : kRowPadding)}}, engine,
                  as_stored ? stored : slab);
      memory to(packed->layout.submemory_desc({inputs, count}, {0, first}), engine, packed->bytes);
      const dnnl::reorder::primitive_desc description(from, to);
      context.note(description);
      dnnl::reorder(description).execute(stream, from, to);
    };
  });
  return packed;
}

}  // namespace odsora
