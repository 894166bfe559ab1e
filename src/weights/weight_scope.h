// A place in the tree of tensor names: scope / "attn" / "qkv" asks for "…attn.qkv.weight".
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/host_tensor.h"
#include "weights/tensor_source.h"

namespace odsora {

/// A source and a prefix. Cheap to copy; the source must live longer.
class WeightScope {
 public:
  explicit WeightScope(const TensorSource& source) : source_(&source) {}

  /// The scope one step down; names are joined by a full stop.
  WeightScope operator/(std::string_view name) const;
  WeightScope operator/(int index) const;

  /// The full name of a tensor in this scope.
  std::string name_of(std::string_view tensor) const;

  bool contains(std::string_view tensor) const;

  /// Throws Error(kBadModel) naming file, tensor, expected and found unless there is a tensor of numbers with this
  /// shape.
  void require(std::string_view tensor, const Shape& shape) const;

  /// A tensor of numbers that must exist with this shape; a mismatch throws Error(kBadModel) naming file, tensor,
  /// expected, found.
  HostArray read(std::string_view tensor, const Shape& shape) const;

  /// As read(), converted; zeros where the source serves headers only.
  HostTensor read_f32(std::string_view tensor, const Shape& shape) const;

  /// Some rows of a tensor that must have this shape, likewise.
  HostTensor read_rows_f32(std::string_view tensor, const Shape& shape, int64_t first, int64_t count) const;

  /// The first of several names, in this scope, under which the tensor may be stored; when none exists the error names
  /// all of them.
  std::string first_present(std::initializer_list<std::string_view> tensors) const;

  /// As read(), for weights that older files store with extra axes of extent 1 at the end, e.g. [512, 512, 1, 1].
  HostArray read_squeezed(std::string_view tensor, const Shape& shape) const;

  const TensorSource& source() const { return *source_; }

  /// For error messages: the file that holds the tensor.
  std::string file_of(std::string_view tensor) const { return source_->file_of(name_of(tensor)); }

 private:
  const TensorSource* source_;
  std::string prefix_;
};

}  // namespace odsora
