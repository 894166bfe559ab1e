// Where tensors come from by name: a checkpoint on disk, its headers alone, or a reader that works ahead.
#pragma once

#include <string>

#include "base/host_tensor.h"
#include "weights/tensor_info.h"

namespace odsora {

class TensorSource {
 public:
  virtual ~TensorSource() = default;

  /// Told before a tensor is asked for, with the shape that its reader needs: for sources that note or invent tensors.
  virtual void expect(const std::string& /*name*/, const Shape& /*shape*/) const {}

  virtual bool contains(const std::string& name) const = 0;

  /// Throws Error(kBadModel) when there is no such tensor.
  virtual const TensorInfo& info(const std::string& name) const = 0;

  /// The whole tensor; its bytes may be null where only headers are served. Throws Error(kBadModel) when it is missing
  /// or cannot be read.
  virtual HostArray read(const std::string& name) const = 0;

  /// Rows [first, first + count) of the slowest axis, likewise.
  virtual HostArray read_rows(const std::string& name, int64_t first, int64_t count) const = 0;

  /// For error messages: the file that holds the tensor, or the checkpoint's own path.
  virtual std::string file_of(const std::string& name) const = 0;
};

}  // namespace odsora
