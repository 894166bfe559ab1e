#include "cpu/onednn_linear.h"

#include <array>
#include <optional>

#include "cpu/create_primitive.h"
#include "cpu/element_wise.h"
#include "cpu/onednn_version.h"
#include "cpu/parallel.h"

namespace odsora {
namespace {

using dnnl::memory;

memory::desc rows_of(int64_t rows, int64_t channels, DType type) {
  return {{rows, channels}, onednn_type(type), memory::format_tag::ab};
}

/// Results in f32 that wait for their activation: they should still be in the cache then. Does not change the values.
constexpr int64_t kWaitingBytes = 16 << 20;

int threads_for(const CpuContext& context, int64_t rows, const Linear& linear) {
  const int64_t weights = linear.inputs * linear.outputs;
  const bool small = 2 * rows * weights < kFlopsWorthThreads &&
                     weights * static_cast<int64_t>(size_of(linear.type)) < kBytesWorthThreads;
  return small ? 1 : context.threads;
}

}  // namespace

Tensor OnednnLinear::run(const Tensor& x, const Linear& linear, DType result, Activation activation) {
  assert(x.dtype() == linear.type && x.channels() == linear.inputs);
  assert(linear.bias.empty() || linear.bias.count() == linear.outputs);
  const auto& weight = static_cast<const PackedLinear&>(*linear.weight);
  const bool tiled = !onednn::is_blocked(weight.layout);
  // oneDNN has no product of f32 with a bf16 result, and tiles are finished in f32.
  const DType product_type = tiled || linear.type == DType::kF32 ? DType::kF32 : result;

  Shape shape = x.shape();
  shape.back() = linear.outputs;
  const ThreadCountScope threads(threads_for(context_, x.rows(), linear));
  if (!tiled && activation != Activation::kNone) {
    Tensor y = context_.empty(result, std::move(shape));
    run_activated(x, linear, activation, y);
    return y;
  }
  Tensor y = context_.empty(product_type, shape);
  if (tiled) {
    run_tiled(x, linear, activation, y);
  } else {
    run_packed(x, linear, y);
  }
  if (result == product_type) return y;
  Tensor converted = context_.empty(result, std::move(shape));
  if (!context_.dry_run) convert(y, converted);
  return converted;
}

void OnednnLinear::run_activated(const Tensor& x, const Linear& linear, Activation activation, Tensor& result) {
  const int64_t row_bytes = linear.outputs * static_cast<int64_t>(sizeof(float));
  const int64_t rows_at_once = std::max<int64_t>(kWaitingBytes / row_bytes / 32 * 32, 32);
  const Tensor inputs = x.view({x.rows(), linear.inputs});
  const Tensor outputs = result.view({x.rows(), linear.outputs});
  for (int64_t first = 0; first < x.rows(); first += rows_at_once) {
    const int64_t count = std::min(rows_at_once, x.rows() - first);
    Tensor waiting = context_.empty(DType::kF32, {count, linear.outputs});
    run_packed(inputs.slice(first, count), linear, waiting);
    Tensor rows = outputs.slice(first, count);
    if (!context_.dry_run) activate(waiting, activation, rows);
  }
}

void OnednnLinear::run_packed(const Tensor& x, const Linear& linear, Tensor& result) {
  const auto& weight = static_cast<const PackedLinear&>(*linear.weight);
  const Product& with = product({.rows = x.rows(),
                                 .inputs = linear.inputs,
                                 .outputs = linear.outputs,
                                 .type = linear.type,
                                 .result = result.dtype(),
                                 .has_bias = !linear.bias.empty()},
                                weight);
  const memory::desc scratch = with.description.scratchpad_desc();
  const WorkspaceBlock scratch_block = context_.workspace.allocate(scratch.get_size());
  if (context_.dry_run) return;
  std::unordered_map<int, memory> arguments{
      {DNNL_ARG_SRC, {with.description.src_desc(), context_.engine, x.bytes()}},
      {DNNL_ARG_WEIGHTS, {weight.layout, context_.engine, weight.bytes}},
      {DNNL_ARG_DST, {with.description.dst_desc(), context_.engine, result.bytes()}},
      {DNNL_ARG_SCRATCHPAD, {scratch, context_.engine, scratch_block.data()}}};
  if (!linear.bias.empty()) {
    arguments.insert({DNNL_ARG_BIAS, {with.description.bias_desc(), context_.engine, linear.bias.bytes()}});
  }
  with.primitive.execute(context_.stream, arguments);
  context_.stream.wait();
}

void OnednnLinear::run_tiled(const Tensor& x, const Linear& linear, Activation activation, Tensor& result) {
  const auto& weight = static_cast<const PackedLinear&>(*linear.weight);
  const int64_t rows = x.rows();
  const int64_t tile_rows = std::min<int64_t>(rows, 192);
  const int64_t tile_columns = std::min<int64_t>(linear.outputs, rows < 64 ? 256 : 1024);
  const int64_t row_tiles = (rows + tile_rows - 1) / tile_rows;
  const int64_t column_tiles = (linear.outputs + tile_columns - 1) / tile_columns;
  const auto rows_of_tile = [&](int64_t tile) { return std::min(tile_rows, rows - tile * tile_rows); };
  const auto columns_of_tile = [&](int64_t tile) {
    return std::min(tile_columns, linear.outputs - tile * tile_columns);
  };

  // Whole tiles and those at the lower and right edge: [lower][right].
  std::array<std::array<const SerialMatmul*, 2>, 2> products;
  size_t scratch_bytes = 0;
  for (const int lower : {0, 1}) {
    for (const int right : {0, 1}) {
      const SerialMatmul& product = tile({.rows = rows_of_tile(lower == 1 ? row_tiles - 1 : 0),
                                          .depth = linear.inputs,
                                          .columns = columns_of_tile(right == 1 ? column_tiles - 1 : 0),
                                          .left = {.row = linear.inputs},
                                          .right = {.row = weight.row},
                                          .result = {.row = linear.outputs},
                                          .type = linear.type});
      products[static_cast<size_t>(lower)][static_cast<size_t>(right)] = &product;
      scratch_bytes = std::max(scratch_bytes, product.scratch_bytes());
    }
  }
  scratch_bytes = (scratch_bytes + Workspace::kAlignment - 1) / Workspace::kAlignment * Workspace::kAlignment;

  const int threads = omp_get_max_threads();
  const WorkspaceBlock scratch = context_.workspace.allocate(scratch_bytes * static_cast<size_t>(threads));
  if (context_.dry_run) return;
  const auto input_size = static_cast<int64_t>(size_of(linear.type));
  parallel_tasks(row_tiles * column_tiles, threads, [&](int thread) {
    std::array<std::optional<SerialMatmul::Worker>, 4> workers;
    return [&, workers = std::move(workers),
            thread_scratch = scratch.data() + scratch_bytes * static_cast<size_t>(thread)](int64_t task) mutable {
      const int64_t row_tile = task / column_tiles;
      const int64_t column_tile = task % column_tiles;
      const size_t lower = row_tile == row_tiles - 1 ? 1 : 0;
      const size_t right = column_tile == column_tiles - 1 ? 1 : 0;
      std::optional<SerialMatmul::Worker>& worker = workers[2 * lower + right];
      if (!worker) worker.emplace(*products[lower][right], context_.engine);
      const int64_t row = row_tile * tile_rows;
      const int64_t column = column_tile * tile_columns;
      float* const to = result.data<float>() + row * linear.outputs + column;
      worker->run(x.bytes() + row * linear.inputs * input_size, weight.bytes + column * input_size, to, thread_scratch);
      add_bias_and_activate({.x = to,
                             .rows = rows_of_tile(row_tile),
                             .columns = columns_of_tile(column_tile),
                             .stride = linear.outputs,
                             .bias = linear.bias.empty() ? nullptr : linear.bias.data<float>() + column,
                             .activation = activation});
    };
  });
}

const OnednnLinear::Product& OnednnLinear::product(const Key& key, const PackedLinear& weight) {
  const auto found = products_.find(key);
  if (found != products_.end()) return found->second;
  const memory::desc bias = key.has_bias ? rows_of(1, key.outputs, DType::kF32) : memory::desc();
  const auto description = onednn::describe_matmul(context_.engine,
                                                   {.source = rows_of(key.rows, key.inputs, key.type),
                                                    .weights = weight.layout,
                                                    .bias = bias,
                                                    .destination = rows_of(key.rows, key.outputs, key.result)},
                                                   user_scratchpad());
  return products_.emplace(key, Product{description, create_primitive<dnnl::matmul>(context_, description)})
      .first->second;
}

const SerialMatmul& OnednnLinear::tile(const MatmulShape& shape) {
  const auto found = tiles_.find(shape);
  if (found != tiles_.end()) return found->second;
  return tiles_.try_emplace(shape, context_, shape).first->second;
}

}  // namespace odsora
