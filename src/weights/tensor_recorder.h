// A checkpoint that does not exist: models that are bound to it say which tensors it would have to hold.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/error.h"
#include "weights/tensor_source.h"

namespace odsora {

/// Holds every name that is asked for, so a reader with several names for a tensor takes its first. Serves arrays with
/// type and shape and no bytes. For one thread.
class TensorRecorder final : public TensorSource {
 public:
  /// `dtype` is the format that every tensor claims to have.
  explicit TensorRecorder(DType dtype = DType::kF32) : dtype_(dtype) {}

  /// Every tensor that was expected, once, in the order of the first expectation. Offsets are 0.
  const std::deque<TensorInfo>& tensors() const { return tensors_; }

  /// Throws Error(kInternal) when the tensor was expected with another shape before.
  void expect(const std::string& name, const Shape& shape) const override {
    const auto [place, is_new] = places_.emplace(name, tensors_.size());
    if (is_new) {
      const auto byte_count = static_cast<uint64_t>(element_count(shape)) * size_of(dtype_);
      tensors_.push_back({.name = name, .dtype = dtype_, .shape = shape, .offset = 0, .byte_count = byte_count});
    } else if (tensors_[place->second].shape != shape) {
      fail(ErrorCode::kInternal, "tensor ", name, " was expected as ", to_string(tensors_[place->second].shape),
           " and as ", to_string(shape));
    }
  }

  bool contains(const std::string& /*name*/) const override { return true; }

  /// Throws Error(kInternal) for a tensor that was not expected: nobody has said its shape.
  const TensorInfo& info(const std::string& name) const override {
    const auto place = places_.find(name);
    if (place == places_.end()) fail(ErrorCode::kInternal, "tensor ", name, " was asked for before its shape was said");
    return tensors_[place->second];
  }

  HostArray read(const std::string& name) const override {
    HostArray header;
    header.dtype = dtype_;
    header.shape = info(name).shape;
    return header;
  }

  HostArray read_rows(const std::string& name, int64_t /*first*/, int64_t count) const override {
    HostArray header = read(name);
    header.shape.at(0) = count;
    return header;
  }

  std::string file_of(const std::string& /*name*/) const override { return "a checkpoint that is not written yet"; }

 private:
  DType dtype_;
  mutable std::deque<TensorInfo> tensors_;  // grows without moving what info() refers to
  mutable std::unordered_map<std::string, size_t> places_;
};

}  // namespace odsora
