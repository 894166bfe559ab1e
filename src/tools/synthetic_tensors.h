// A checkpoint of random weights that is nowhere: each tensor is made when it is read.
#pragma once

#include <deque>
#include <functional>
#include <string>

#include "tools/synthesize_distribution.h"
#include "weights/tensor_recorder.h"
#include "weights/tensor_source.h"

namespace odsora {

/// Holds every name that is asked for, with the shape that its reader expects, in bf16. The same values each time. For
/// one thread.
class SyntheticTensors final : public TensorSource {
 public:
  using DistributionOf = std::function<Distribution(const TensorInfo& tensor)>;

  explicit SyntheticTensors(DistributionOf distribution_of) : distribution_of_(std::move(distribution_of)) {}

  void expect(const std::string& name, const Shape& shape) const override { tensors_.expect(name, shape); }
  bool contains(const std::string& name) const override { return tensors_.contains(name); }
  const TensorInfo& info(const std::string& name) const override { return tensors_.info(name); }
  HostArray read(const std::string& name) const override;
  HostArray read_rows(const std::string& name, int64_t first, int64_t count) const override;
  std::string file_of(const std::string& /*name*/) const override { return "synthetic weights"; }

 private:
  TensorRecorder tensors_{DType::kBF16};
  DistributionOf distribution_of_;
};

}  // namespace odsora
