#include "cpu/onednn_attention.h"

#include <array>
#include <cstring>
#include <optional>

#include "cpu/fused_softmax.h"
#include "cpu/parallel.h"

namespace odsora {
namespace {

/// Scores of one task: they are written, read twice and rewritten, so they should stay in a core's cache.
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

/// Tokens of some heads, `from` the first one's first channel, → [heads, tokens, head size]. oneDNN's fast products
/// want matrices without gaps.
void gather_heads(const std::byte* from, int64_t token_bytes, int64_t heads, int64_t tokens, int64_t head_bytes,
                  std::byte* to) {
  for (int64_t token = 0; token < tokens; ++token) {
    for (int64_t head = 0; head < heads; ++head) {
      std::memcpy(to + (head * tokens + token) * head_bytes, from + token * token_bytes + head * head_bytes,
                  static_cast<size_t>(head_bytes));
    }
  }
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
    const int64_t element = static_cast<int64_t>(size_of(type_));
    const int64_t scores = heads_per_task_ * rows_per_task_ * keys_;
    const int64_t results = heads_per_task_ * rows_per_task_ * head_size_;
    const int64_t keys_bytes = heads_per_task_ * keys_ * head_size_ * element;
    const auto place = [this](int64_t bytes) {
      const int64_t offset = scratch_bytes_;
      scratch_bytes_ += round_up(bytes);
      return offset;
    };
    at_.query = place(is_dense(query_) ? 0 : results * element);
    at_.key = place(is_dense(key_) ? 0 : keys_bytes);
    at_.value = place(is_dense(value_) ? 0 : keys_bytes);
    at_.scores = place(scores * static_cast<int64_t>(sizeof(float)));
    at_.exponentials = type_ == DType::kF32 ? at_.scores : place(scores * element);
    at_.factors = place(heads_per_task_ * rows_per_task_ * static_cast<int64_t>(sizeof(float)));
    at_.output = place(results * static_cast<int64_t>(sizeof(float)));
    at_.products = place(products_bytes);
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
    /// The tokens' heads without gaps: in scratch memory at `offset`, or where they are.
    const std::byte* gathered(const Tokens& tokens, const std::byte* from, int64_t heads, int64_t count,
                              int64_t offset) const;

    const Tasks* tasks_;
    std::byte* scratch_;
    int64_t gathered_sequence_ = -1;  // whose keys and values are in scratch memory
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
            .type = type_};
  }
  /// One head whose tokens follow each other.
  bool is_dense(const Tokens& tokens) const { return tokens.token_stride == head_size_; }

  /// Where a task's parts lie in scratch memory, in bytes.
  struct Offsets {
    int64_t query = 0, key = 0, value = 0, scores = 0, exponentials = 0, factors = 0, output = 0, products = 0;
  };

  OnednnAttention& attention_;
  const AttentionInputs& inputs_;
  Tokens query_, key_, value_, result_;
  DType type_;
  int64_t head_size_, queries_, keys_, sequences_;
  int64_t heads_per_task_ = 0, head_tasks_ = 0, rows_per_task_ = 0, row_tasks_ = 0, tasks_ = 0;
  Offsets at_;
  int64_t scratch_bytes_ = 0;
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

const std::byte* OnednnAttention::Tasks::Worker::gathered(const Tokens& tokens, const std::byte* from, int64_t heads,
                                                          int64_t count, int64_t offset) const {
  if (tasks_->is_dense(tokens)) return from;
  std::byte* const to = scratch_ + offset;
  gather_heads(from, tokens.token_stride * tokens.element, heads, count, tasks_->head_size_ * tokens.element, to);
  return to;
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

  const std::byte* const query =
      gathered(all.query_, all.query_.at(batch, sequence, first_row, channel), heads, rows, all.at_.query);
  const std::byte* key = all.key_.at(batch, sequence, 0, channel);
  const std::byte* value = all.value_.at(batch, sequence, 0, channel);
  if (task / all.row_tasks_ != gathered_sequence_) {
    key = gathered(all.key_, key, heads, all.keys_, all.at_.key);
    value = gathered(all.value_, value, heads, all.keys_, all.at_.value);
    gathered_sequence_ = task / all.row_tasks_;
  } else {
    if (!all.is_dense(all.key_)) key = scratch_ + all.at_.key;
    if (!all.is_dense(all.value_)) value = scratch_ + all.at_.value;
  }

  ProductWorkers& with = workers((last_heads ? 2U : 0U) + (last_rows ? 1U : 0U));
  auto* const scores = reinterpret_cast<float*>(scratch_ + all.at_.scores);
  std::byte* const exponentials = scratch_ + all.at_.exponentials;
  auto* const factors = reinterpret_cast<float*>(scratch_ + all.at_.factors);
  auto* const output = reinterpret_cast<float*>(scratch_ + all.at_.output);
  with.scores.run(query, key, scores, scratch_ + all.at_.products);
  const Tensor* const bias = all.inputs_.bias;
  for (int64_t head = 0; head < heads; ++head) {
    const int64_t offset = head * rows * all.keys_;
    const int64_t bias_row = (first_head + head) * all.queries_ + first_row;
    softmax_rows({.scores = scores + offset,
                  .exponentials = exponentials + offset * static_cast<int64_t>(size_of(all.type_)),
                  .factors = factors + head * rows,
                  .bias = bias == nullptr ? nullptr : bias->data<float>() + bias_row * all.keys_,
                  .rows = rows,
                  .keys = all.keys_,
                  .scale = all.inputs_.scale,
                  .type = all.type_});
  }
  with.output.run(exponentials, value, output, scratch_ + all.at_.products);
  for (int64_t head = 0; head < heads; ++head) {
    scale_rows({.values = output + head * rows * all.head_size_,
                .factors = factors + head * rows,
                .result = all.result_.at(batch, sequence, first_row, channel + head * all.head_size_),
                .rows = rows,
                .columns = all.head_size_,
                .result_stride = all.result_.token_stride,
                .type = all.type_});
  }
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
  const int64_t head = shapes.rows * shapes.head_size, keys = shapes.keys * shapes.head_size;
  const MatmulShape scores{.matrices = shapes.heads,
                           .rows = shapes.rows,
                           .depth = shapes.head_size,
                           .columns = shapes.keys,
                           .left = {.matrix = head, .row = shapes.head_size, .column = 1},
                           .right = {.matrix = keys, .row = 1, .column = shapes.head_size},
                           .result = {.matrix = shapes.rows * shapes.keys, .row = shapes.keys, .column = 1},
                           .type = shapes.type,
                           .result_type = DType::kF32};
  const MatmulShape output{.matrices = shapes.heads,
                           .rows = shapes.rows,
                           .depth = shapes.keys,
                           .columns = shapes.head_size,
                           .left = scores.result,
                           .right = {.matrix = keys, .row = shapes.head_size, .column = 1},
                           .result = {.matrix = head, .row = shapes.head_size, .column = 1},
                           .type = shapes.type,
                           .result_type = DType::kF32};
  return products_.emplace(shapes, Products{{context_, scores}, {context_, output}}).first->second;
}

}  // namespace odsora
