#include "cpu/onednn_attention.h"

#include <array>
#include <optional>

#include "cpu/fused_softmax.h"
#include "cpu/parallel.h"

namespace odsora {
namespace {

/// Scores of one task: they are written, read three times and rewritten, so they should stay in a core's cache.
constexpr int64_t kTaskBytes = 512 << 10;
/// Fewer query rows would reload key and value from memory too often.
constexpr int64_t kLeastRows = 64;

int64_t round_up(int64_t bytes) {
  constexpr auto kAlignment = static_cast<int64_t>(Workspace::kAlignment);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

/// Where the tokens of query, key, value or result lie.
struct Tokens {
  std::byte* data;          // of the part
  int64_t element;          // bytes
  int64_t batch_stride;     // elements, from one batch item to the next
  int64_t sequence_stride;  // from one independent sequence of an item to the next
  int64_t token_stride;

  Tokens(const Tensor& tensor, int part, int parts, int token_axis)
      : data(tensor.bytes()),
        element(static_cast<int64_t>(size_of(tensor.dtype()))),
        batch_stride(tensor.dim(1) * tensor.dim(2) * tensor.channels()),
        sequence_stride(token_axis == 2 ? tensor.dim(2) * tensor.channels() : tensor.channels()),
        token_stride(token_axis == 2 ? tensor.channels() : tensor.dim(2) * tensor.channels()) {
    data += part * (tensor.channels() / parts) * element;
  }

  /// The address of some channel of a token.
  std::byte* at(int64_t batch, int64_t sequence, int64_t token, int64_t channel) const {
    return data + (batch * batch_stride + sequence * sequence_stride + token * token_stride + channel) * element;
  }
};

Tokens tokens_of(const Projection& projection, int token_axis) {
  return {projection.tensor, projection.part, projection.parts, token_axis};
}

}  // namespace

/// One call's work, cut into tasks.
class OnednnAttention::Tasks {
 public:
  Tasks(OnednnAttention& attention, const AttentionInputs& inputs, const Tensor& result)
      : attention_(attention),
        inputs_(inputs),
        query_(tokens_of(inputs.query, inputs.token_axis)),
        key_(tokens_of(inputs.key, inputs.token_axis)),
        value_(tokens_of(inputs.value, inputs.token_axis)),
        result_(result, 0, 1, inputs.token_axis),
        type_(result.dtype()),
        head_size_(result.channels() / inputs.heads),
        queries_(result.dim(static_cast<size_t>(inputs.token_axis))),
        keys_(inputs.key.tensor.dim(static_cast<size_t>(inputs.token_axis))),
        sequences_(result.dim(static_cast<size_t>(3 - inputs.token_axis))) {
    const int64_t head_bytes = queries_ * keys_ * static_cast<int64_t>(sizeof(float));
    heads_per_task_ = std::clamp<int64_t>(kTaskBytes / head_bytes, 1, inputs.heads);
    head_tasks_ = divide_up(inputs.heads, heads_per_task_);
    heads_per_task_ = divide_up(inputs.heads, head_tasks_);
    head_tasks_ = divide_up(inputs.heads, heads_per_task_);
    const int64_t fitting_rows = kTaskBytes / (keys_ * static_cast<int64_t>(sizeof(float)));
    rows_per_task_ = std::min(queries_, std::max(kLeastRows, fitting_rows));
    row_tasks_ = divide_up(queries_, rows_per_task_);
    tasks_ = result.dim(0) * sequences_ * head_tasks_ * row_tasks_;

    int64_t products_bytes = 0;
    for (const size_t last_heads : {0U, 1U}) {
      for (const size_t last_rows : {0U, 1U}) {
        const Products& of = attention.products(shapes_of(last_heads == 1, last_rows == 1));
        products_[2 * last_heads + last_rows] = &of;
        products_bytes = std::max({products_bytes, static_cast<int64_t>(of.scores.scratch_bytes()),
                                   static_cast<int64_t>(of.output.scratch_bytes())});
      }
    }
    const int64_t scores = heads_per_task_ * rows_per_task_ * keys_;
    scores_bytes_ = round_up(scores * static_cast<int64_t>(sizeof(float)));
    probabilities_bytes_ = type_ == DType::kF32 ? 0 : round_up(scores * static_cast<int64_t>(size_of(type_)));
    scratch_bytes_ = scores_bytes_ + probabilities_bytes_ + round_up(products_bytes);
  }

  int64_t count() const { return tasks_; }
  int64_t scratch_bytes() const { return scratch_bytes_; }

  /// One thread's products and scratch memory.
  class Worker {
   public:
    Worker(const Tasks& tasks, std::byte* scratch) : tasks_(&tasks), scratch_(scratch) {}
    void operator()(int64_t task);

   private:
    struct ProductWorkers {
      SerialMatmul::Worker scores, output;
    };
    ProductWorkers& workers(size_t which);

    const Tasks* tasks_;
    std::byte* scratch_;
    std::array<std::optional<ProductWorkers>, 4> workers_;
  };

 private:
  int64_t heads_of(bool last) const {
    return last ? inputs_.heads - (head_tasks_ - 1) * heads_per_task_ : heads_per_task_;
  }
  int64_t rows_of(bool last) const { return last ? queries_ - (row_tasks_ - 1) * rows_per_task_ : rows_per_task_; }
  Shapes shapes_of(bool last_heads, bool last_rows) const {
    return {.heads = heads_of(last_heads),
            .rows = rows_of(last_rows),
            .keys = keys_,
            .head_size = head_size_,
            .query_stride = query_.token_stride,
            .key_stride = key_.token_stride,
            .value_stride = value_.token_stride,
            .result_stride = result_.token_stride,
            .type = type_};
  }

  OnednnAttention& attention_;
  const AttentionInputs& inputs_;
  Tokens query_, key_, value_, result_;
  DType type_;
  int64_t head_size_, queries_, keys_, sequences_;
  int64_t heads_per_task_ = 0, head_tasks_ = 0, rows_per_task_ = 0, row_tasks_ = 0, tasks_ = 0;
  int64_t scores_bytes_ = 0, probabilities_bytes_ = 0, scratch_bytes_ = 0;
  std::array<const Products*, 4> products_{};  // [last heads][last rows]
};

OnednnAttention::Tasks::Worker::ProductWorkers& OnednnAttention::Tasks::Worker::workers(size_t which) {
  std::optional<ProductWorkers>& slot = workers_[which];
  if (!slot) {
    const dnnl::engine& engine = tasks_->attention_.context_.engine;
    const Products& products = *tasks_->products_[which];
    slot.emplace(ProductWorkers{{products.scores, engine}, {products.output, engine}});
  }
  return *slot;
}

void OnednnAttention::Tasks::Worker::operator()(int64_t task) {
  const Tasks& all = *tasks_;
  const int64_t row_task = task % all.row_tasks_;
  const int64_t head_task = task / all.row_tasks_ % all.head_tasks_;
  const int64_t sequence = task / (all.row_tasks_ * all.head_tasks_) % all.sequences_;
  const int64_t batch = task / (all.row_tasks_ * all.head_tasks_ * all.sequences_);
  const bool last_heads = head_task == all.head_tasks_ - 1;
  const bool last_rows = row_task == all.row_tasks_ - 1;
  const int64_t first_head = head_task * all.heads_per_task_;
  const int64_t first_row = row_task * all.rows_per_task_;
  const int64_t heads = all.heads_of(last_heads);
  const int64_t rows = all.rows_of(last_rows);
  const int64_t channel = first_head * all.head_size_;

  ProductWorkers& with = workers((last_heads ? 2U : 0U) + (last_rows ? 1U : 0U));
  auto* const scores = reinterpret_cast<float*>(scratch_);
  std::byte* const probabilities = all.type_ == DType::kF32 ? scratch_ : scratch_ + all.scores_bytes_;
  std::byte* const scratch = scratch_ + all.scores_bytes_ + all.probabilities_bytes_;
  with.scores.run(all.query_.at(batch, sequence, first_row, channel), all.key_.at(batch, sequence, 0, channel), scores,
                  scratch);
  const Tensor* const bias = all.inputs_.bias;
  for (int64_t head = 0; head < heads; ++head) {
    const int64_t offset = head * rows * all.keys_;
    const int64_t bias_row = (first_head + head) * all.queries_ + first_row;
    softmax_rows({.scores = scores + offset,
                  .probabilities = probabilities + offset * static_cast<int64_t>(size_of(all.type_)),
                  .bias = bias == nullptr ? nullptr : bias->data<float>() + bias_row * all.keys_,
                  .rows = rows,
                  .keys = all.keys_,
                  .scale = all.inputs_.scale,
                  .result = all.type_});
  }
  with.output.run(probabilities, all.value_.at(batch, sequence, 0, channel),
                  all.result_.at(batch, sequence, first_row, channel), scratch);
}

Tensor OnednnAttention::run(const AttentionInputs& inputs) {
  const Tensor& query = inputs.query.tensor;
  assert(inputs.token_axis == 1 || inputs.token_axis == 2);
  assert(query.dim(0) == inputs.key.tensor.dim(0));
  assert(query.dim(static_cast<size_t>(3 - inputs.token_axis)) ==
         inputs.key.tensor.dim(static_cast<size_t>(3 - inputs.token_axis)));
  const int64_t channels = query.channels() / inputs.query.parts;
  Tensor result = context_.empty(query.dtype(), {query.dim(0), query.dim(1), query.dim(2), channels});

  const Tasks tasks(*this, inputs, result);
  const int64_t keys = inputs.key.tensor.dim(static_cast<size_t>(inputs.token_axis));
  const int64_t flops = 4 * query.rows() * keys * channels + 50 * query.rows() * keys * inputs.heads;
  const int threads = flops < kFlopsWorthThreads ? 1 : context_.threads;
  const WorkspaceBlock scratch = context_.workspace.allocate(static_cast<size_t>(tasks.scratch_bytes() * threads));
  if (context_.dry_run) return result;
  parallel_tasks(tasks.count(), threads,
                 [&](int thread) { return Tasks::Worker(tasks, scratch.data() + thread * tasks.scratch_bytes()); });
  return result;
}

const OnednnAttention::Products& OnednnAttention::products(const Shapes& shapes) {
  const auto found = products_.find(shapes);
  if (found != products_.end()) return found->second;
  const MatmulShape scores{.matrices = shapes.heads,
                           .rows = shapes.rows,
                           .depth = shapes.head_size,
                           .columns = shapes.keys,
                           .left = {.matrix = shapes.head_size, .row = shapes.query_stride, .column = 1},
                           .right = {.matrix = shapes.head_size, .row = 1, .column = shapes.key_stride},
                           .result = {.matrix = shapes.rows * shapes.keys, .row = shapes.keys, .column = 1},
                           .type = shapes.type,
                           .result_type = DType::kF32};
  const MatmulShape output{.matrices = shapes.heads,
                           .rows = shapes.rows,
                           .depth = shapes.keys,
                           .columns = shapes.head_size,
                           .left = scores.result,
                           .right = {.matrix = shapes.head_size, .row = shapes.value_stride, .column = 1},
                           .result = {.matrix = shapes.head_size, .row = shapes.result_stride, .column = 1},
                           .type = shapes.type,
                           .result_type = shapes.type};
  return products_.emplace(shapes, Products{{context_, scores}, {context_, output}}).first->second;
}

}  // namespace odsora
