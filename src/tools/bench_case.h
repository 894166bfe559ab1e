// What can be measured: operations and stages of the published models, at any sizes.
//
// A case is named "model.what@sizes", e.g. "stdit3.pair@2x20x144+300". Programs of peers know the same names.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "nn/ops.h"

namespace odsora {

/// What one run needs at the least.
struct BenchWork {
  double flops = 0;  // of products, convolutions and attention; two for each multiply-add
  double bytes = 0;  // read and written, where the bandwidth of the memory bounds the time; else 0
};

/// A case with its weights and inputs, ready to run again and again.
class BenchBody {
 public:
  virtual ~BenchBody() = default;
  virtual void run() = 0;
};

struct BenchReady {
  std::unique_ptr<BenchBody> body;
  BenchWork work;
};

template <typename Run>
class BenchBodyOf final : public BenchBody {
 public:
  explicit BenchBodyOf(Run run) : run_(std::move(run)) {}
  void run() override { run_(); }

 private:
  Run run_;
};

/// `run` holds what it uses; it may be movable only.
template <typename Run>
BenchReady ready(BenchWork work, Run run) {
  return {std::make_unique<BenchBodyOf<Run>>(std::move(run)), work};
}

/// The numbers of a name, in order: those of "2x20x144+300" are 2, 20, 144, 300.
using BenchSizes = std::vector<int64_t>;

struct BenchKind {
  std::string_view name;   // "stdit3.pair"
  std::string_view sizes;  // "BxTxS+Y": letters stand for numbers
  std::string_view what;   // in words
  /// Random weights and inputs. The operations must live longer.
  BenchReady (*make)(Ops& ops, const BenchSizes& sizes);
};

/// Single operations: products, attention, convolutions, norms, element-wise passes.
std::span<const BenchKind> operation_kinds();

/// Parts of models.
std::span<const BenchKind> stage_kinds();

struct BenchCase {
  std::string name;
  const BenchKind* kind = nullptr;
  BenchSizes sizes;
};

/// The numbers of `text` where it has the form, e.g. "BxTxS+Y"; empty where it has not.
BenchSizes parse_bench_sizes(std::string_view text, std::string_view form);

/// Throws Error(kInvalidArgument) for a name that is unknown or whose sizes don't fit its kind.
BenchCase parse_bench_case(const std::string& name);

/// At the sizes of Open-Sora v1.2: 68 frames of 192x192 (144 patches) and 256x256 (256), prompts of 60 and 300 tokens.
std::vector<std::string> usual_operations();
std::vector<std::string> usual_stages();

}  // namespace odsora
