// Notes which tensors are read, in order: what a block of a model needs, in the model's own words.
#pragma once

#include <string>
#include <vector>

#include "weights/tensor_source.h"

namespace odsora {

/// Hands every call on to a source, which must live longer. For one thread.
class TensorLog final : public TensorSource {
 public:
  explicit TensorLog(const TensorSource& source) : source_(source) {}

  /// The names of all tensors that were read, in order.
  const std::vector<std::string>& names() const { return names_; }

  void expect(const std::string& name, const Shape& shape) const override { source_.expect(name, shape); }
  bool contains(const std::string& name) const override { return source_.contains(name); }
  const TensorInfo& info(const std::string& name) const override { return source_.info(name); }
  std::string file_of(const std::string& name) const override { return source_.file_of(name); }

  HostArray read(const std::string& name) const override {
    names_.push_back(name);
    return source_.read(name);
  }

  HostArray read_rows(const std::string& name, int64_t first, int64_t count) const override {
    names_.push_back(name);
    return source_.read_rows(name, first, count);
  }

 private:
  const TensorSource& source_;
  mutable std::vector<std::string> names_;
};

}  // namespace odsora
