// One file of golden data, and how computed values are held against it.
//
// The data were computed by the authors' own PyTorch code; docs/golden.md tells how and with which limits.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "nn/model_host.h"
#include "runtime/workspace.h"
#include "weights/weight_store.h"

namespace odsora::golden {

/// $ODSORA_GOLDEN_DIR, or the data in this repository.
std::filesystem::path data_folder();

/// Operations in a workspace of their own, two threads.
struct Device {
  Workspace workspace;
  GrowingWeightMemory weights;
  std::unique_ptr<Ops> ops;
  /// For models.
  ModelHost host() { return {*ops, weights}; }
  explicit Device(DType compute_type);
};

/// f32, and bf16 where the CPU has it.
std::vector<DType> compute_types();

class Fixture {
 public:
  explicit Fixture(const std::filesystem::path& file) : store_(file) {}

  bool has(const std::string& name) const { return store_.contains(name); }
  HostTensor tensor(const std::string& name) const { return to_f32(store_.read(name)); }
  std::vector<int64_t> integers(const std::string& name) const;
  int64_t integer(const std::string& name) const { return integers(name).at(0); }
  std::vector<std::string> names() const { return store_.names(); }

 private:
  WeightStore store_;
};

/// How near a value must be: the largest absolute difference in f32, RMS error over RMS value in bf16.
struct Limit {
  float absolute;
  float relative_rms = 2e-2F;
};

/// A test failure unless got and expected have as many elements and are near each other.
void expect_near(const std::string& what, const HostTensor& got, const HostTensor& expected, DType compute_type,
                 const Limit& limit);

/// Item `index` of the slowest axis.
HostTensor item(const HostTensor& tensor, int64_t index);

/// Items one after the other along a new slowest axis.
HostTensor stack(const std::vector<HostTensor>& items);

/// The rows of tensor [rows, …] whose mask is not zero.
HostTensor masked_rows(const HostTensor& tensor, std::span<const int64_t> mask);

/// axes[i] is the axis of the input that becomes axis i.
HostTensor permute(const HostTensor& tensor, const std::vector<size_t>& axes);

}  // namespace odsora::golden
