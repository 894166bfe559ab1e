#include "cpu_fixture.h"

namespace odsora {
namespace {

using namespace test;

class AttentionTest : public CpuOpsTest {};
ODSORA_BOTH_TYPES(AttentionTest);

struct AttentionCase {
  int64_t batch, sequences, queries, keys, heads, head_size;
  int token_axis;
};

void PrintTo(const AttentionCase& of, std::ostream* out) {
  *out << of.batch << " x " << of.sequences << " sequences, " << of.queries << " queries, " << of.keys << " keys, "
       << of.heads << " heads of " << of.head_size << ", axis " << of.token_axis;
}

Shape axes(const AttentionCase& of, int64_t tokens, int64_t channels) {
  return of.token_axis == 2 ? Shape{of.batch, of.sequences, tokens, channels}
                            : Shape{of.batch, tokens, of.sequences, channels};
}

/// Queries alone in a tensor, keys and values as parts 0 and 1 of another: every stride differs.
struct Operands {
  explicit Operands(const AttentionCase& of)
      : query(random_tensor(axes(of, of.queries, of.heads * of.head_size), 1)),
        key_value(random_tensor(axes(of, of.keys, 2 * of.heads * of.head_size), 2)),
        bias(random_tensor({of.heads, of.queries, of.keys}, 3)) {}
  HostTensor query, key_value, bias;
};

float scale_of(const AttentionCase& of) { return 1.5F / std::sqrt(static_cast<float>(of.head_size)); }

HostTensor expected_attention(const AttentionCase& of, const Operands& operands, bool with_bias) {
  const int64_t channels = of.heads * of.head_size;
  HostTensor result(axes(of, of.queries, channels));
  const auto row = [&](int64_t batch, int64_t sequence, int64_t token, int64_t tokens) {
    return of.token_axis == 2 ? (batch * of.sequences + sequence) * tokens + token
                              : (batch * tokens + token) * of.sequences + sequence;
  };
  std::vector<double> weights(static_cast<size_t>(of.keys));
  for (int64_t batch = 0; batch < of.batch; ++batch) {
    for (int64_t sequence = 0; sequence < of.sequences; ++sequence) {
      for (int64_t head = 0; head < of.heads; ++head) {
        for (int64_t q = 0; q < of.queries; ++q) {
          const int64_t query_row = row(batch, sequence, q, of.queries);
          const float* const query = operands.query.data() + query_row * channels + head * of.head_size;
          double sum = 0;
          for (int64_t k = 0; k < of.keys; ++k) {
            const float* const key =
                operands.key_value.data() + row(batch, sequence, k, of.keys) * 2 * channels + head * of.head_size;
            double score = 0;
            for (int64_t i = 0; i < of.head_size; ++i) {
              score += static_cast<double>(query[i]) * static_cast<double>(key[i]);
            }
            score *= static_cast<double>(scale_of(of));
            if (with_bias) {
              score +=
                  static_cast<double>(operands.bias.values[static_cast<size_t>((head * of.queries + q) * of.keys + k)]);
            }
            weights[static_cast<size_t>(k)] = std::exp(score);
            sum += weights[static_cast<size_t>(k)];
          }
          for (int64_t i = 0; i < of.head_size; ++i) {
            double value = 0;
            for (int64_t k = 0; k < of.keys; ++k) {
              const int64_t at = row(batch, sequence, k, of.keys) * 2 * channels + channels + head * of.head_size + i;
              value += weights[static_cast<size_t>(k)] *
                       static_cast<double>(operands.key_value.values[static_cast<size_t>(at)]);
            }
            result.data()[query_row * channels + head * of.head_size + i] = static_cast<float>(value / sum);
          }
        }
      }
    }
  }
  return result;
}

Tensor run_attention(Ops& ops, const AttentionCase& of, const Operands& operands, bool with_bias) {
  const Tensor query = ops.upload(operands.query, ops.compute_type());
  const Tensor key_value = ops.upload(operands.key_value, ops.compute_type());
  const Tensor bias = ops.upload(operands.bias, DType::kF32);
  return ops.attention({.query = {query, 0, 1},
                        .key = {key_value, 0, 2},
                        .value = {key_value, 1, 2},
                        .heads = of.heads,
                        .token_axis = of.token_axis,
                        .scale = scale_of(of),
                        .bias = with_bias ? &bias : nullptr});
}

// Heads and tokens of the denoiser, of T5, of the VAE and of the demo model, small; rows and heads in several tasks.
TEST_P(AttentionTest, MatchesAPlainLoop) {
  const std::unique_ptr<Ops> ops = make_ops();
  for (const AttentionCase& of : {AttentionCase{2, 3, 144, 144, 4, 72, 2},
                                  {2, 5, 20, 20, 4, 72, 1},
                                  {1, 7, 5, 5, 16, 72, 1},
                                  {2, 1, 150, 60, 3, 72, 2},
                                  {1, 2, 1, 1, 2, 16, 2},
                                  {1, 1, 20, 20, 5, 64, 2},
                                  {1, 1, 77, 405, 2, 24, 2},
                                  {1, 1, 405, 405, 1, 32, 2},
                                  {1, 1, 700, 500, 2, 8, 2},
                                  {1, 1, 40, 256, 1, 512, 2},
                                  {3, 2, 9, 4, 3, 5, 1}}) {
    SCOPED_TRACE(testing::PrintToString(of));
    const Operands operands(of);
    for (const bool with_bias : {false, true}) {
      const Tensor result = run_attention(*ops, of, operands, with_bias);
      EXPECT_EQ(result.dtype(), GetParam());
      const double limit = GetParam() == DType::kF32 ? 4e-6 : 1e-2;
      EXPECT_LE(relative_error(ops->download(result), expected_attention(of, operands, with_bias)), limit);
    }
  }
}

TEST_P(AttentionTest, ReadsPartsOfOneProjection) {
  const std::unique_ptr<Ops> ops = make_ops();
  const AttentionCase of{2, 3, 20, 20, 4, 24, 1};
  const Operands operands(of);
  const int64_t channels = of.heads * of.head_size;
  HostTensor projection(axes(of, of.queries, 3 * channels));
  for (int64_t row = 0; row < operands.query.count() / channels; ++row) {
    float* const to = projection.data() + row * 3 * channels;
    std::copy_n(operands.query.data() + row * channels, channels, to);
    std::copy_n(operands.key_value.data() + row * 2 * channels, 2 * channels, to + channels);
  }
  const Tensor x = ops->upload(projection, GetParam());
  const AttentionInputs inputs{.query = {x, 0, 3},
                               .key = {x, 1, 3},
                               .value = {x, 2, 3},
                               .heads = of.heads,
                               .token_axis = of.token_axis,
                               .scale = scale_of(of)};
  EXPECT_EQ(ops->download(ops->attention(inputs)).values,
            ops->download(run_attention(*ops, of, operands, false)).values);
}

TEST_P(AttentionTest, OneLargeScoreDoesNotOverflow) {
  const std::unique_ptr<Ops> ops = make_ops();
  const AttentionCase of{1, 1, 3, 3, 1, 16, 2};
  Operands operands(of);
  operands.bias.values = {1000, 0, 0, 0, -1e9F, -1e9F, -1e9F, -1e9F, 5};
  const HostTensor result = ops->download(run_attention(*ops, of, operands, true));
  for (int64_t row = 0; row < 3; ++row) {  // each row takes one value alone
    for (int64_t i = 0; i < 16; ++i) {
      const int64_t key = row == 1 ? 0 : row;
      EXPECT_EQ(result.data()[row * 16 + i], operands.key_value.data()[key * 32 + 16 + i]);
    }
  }
}

TEST_P(AttentionTest, BytesDoNotDependOnThreads) {
  for (const AttentionCase& of : {AttentionCase{2, 4, 144, 144, 16, 72, 2},
                                  {2, 144, 20, 20, 16, 72, 1},
                                  {2, 1, 1000, 60, 16, 72, 2},
                                  {1, 1, 1100, 1100, 1, 512, 2},
                                  {1, 1, 300, 300, 8, 64, 2},
                                  {1, 40, 5, 5, 8, 24, 1}}) {
    SCOPED_TRACE(testing::PrintToString(of));
    const Operands operands(of);
    expect_equal_bytes([&](Ops& ops) { return run_attention(ops, of, operands, true); });
  }
}

}  // namespace
}  // namespace odsora
