// A checkpoint's headers without its data: enough to check that a model's weights are there, and to measure them.
#pragma once

#include "weights/tensor_source.h"

namespace odsora {

/// Serves arrays with type and shape and no bytes. The source must live longer.
class TensorHeaders final : public TensorSource {
 public:
  explicit TensorHeaders(const TensorSource& source) : source_(source) {}

  bool contains(const std::string& name) const override { return source_.contains(name); }
  const TensorInfo& info(const std::string& name) const override { return source_.info(name); }
  std::string file_of(const std::string& name) const override { return source_.file_of(name); }

  HostArray read(const std::string& name) const override {
    HostArray header;
    header.dtype = info(name).dtype;
    header.shape = info(name).shape;
    return header;
  }

  HostArray read_rows(const std::string& name, int64_t /*first*/, int64_t count) const override {
    HostArray header = read(name);
    header.shape.at(0) = count;
    return header;
  }

 private:
  const TensorSource& source_;
};

}  // namespace odsora
