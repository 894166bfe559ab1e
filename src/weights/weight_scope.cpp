#include "weights/weight_scope.h"

#include <algorithm>

#include "base/error.h"
#include "base/strict_json.h"

namespace odsora {
namespace {

[[noreturn]] void refuse_shape(const TensorSource& source, const std::string& name, const Shape& expected) {
  fail(ErrorCode::kBadModel, source.file_of(name), ": tensor ", quoted(name), ": expected shape ", to_string(expected),
       ", found ", to_string(source.info(name).shape));
}

void require_numbers(const TensorSource& source, const std::string& name) {
  if (source.info(name).dtype == DType::kBool) {
    fail(ErrorCode::kBadModel, source.file_of(name), ": tensor ", quoted(name), ": expected numbers, found BOOL");
  }
}

HostTensor f32_or_zeros(const HostArray& array) { return array.bytes ? to_f32(array) : HostTensor(array.shape); }

}  // namespace

WeightScope WeightScope::operator/(std::string_view name) const {
  WeightScope scope = *this;
  scope.prefix_ = name_of(name);
  return scope;
}

WeightScope WeightScope::operator/(int index) const { return *this / std::to_string(index); }

std::string WeightScope::name_of(std::string_view tensor) const {
  return prefix_.empty() ? std::string(tensor) : join(prefix_, ".", tensor);
}

bool WeightScope::contains(std::string_view tensor) const { return source_->contains(name_of(tensor)); }

void WeightScope::require(std::string_view tensor, const Shape& shape) const {
  const std::string name = name_of(tensor);
  source_->expect(name, shape);
  if (source_->info(name).shape != shape) refuse_shape(*source_, name, shape);
  require_numbers(*source_, name);
}

HostArray WeightScope::read(std::string_view tensor, const Shape& shape) const {
  require(tensor, shape);
  return source_->read(name_of(tensor));
}

HostTensor WeightScope::read_f32(std::string_view tensor, const Shape& shape) const {
  return f32_or_zeros(read(tensor, shape));
}

HostTensor WeightScope::read_rows_f32(std::string_view tensor, const Shape& shape, int64_t first, int64_t count) const {
  require(tensor, shape);
  return f32_or_zeros(source_->read_rows(name_of(tensor), first, count));
}

std::string WeightScope::first_present(std::initializer_list<std::string_view> tensors) const {
  std::string tried;
  for (const std::string_view tensor : tensors) {
    if (contains(tensor)) return std::string(tensor);
    tried += join(tried.empty() ? "" : " or ", quoted(name_of(tensor)));
  }
  fail(ErrorCode::kBadModel, source_->file_of(""), ": expected a tensor ", tried, ", found none");
}

HostArray WeightScope::read_squeezed(std::string_view tensor, const Shape& shape) const {
  const std::string name = name_of(tensor);
  source_->expect(name, shape);
  const Shape& stored = source_->info(name).shape;
  if (stored.size() < shape.size()) refuse_shape(*source_, name, shape);
  const auto extra = stored.begin() + static_cast<std::ptrdiff_t>(shape.size());
  if (!std::equal(stored.begin(), extra, shape.begin()) ||
      !std::all_of(extra, stored.end(), [](int64_t extent) { return extent == 1; })) {
    refuse_shape(*source_, name, shape);
  }
  require_numbers(*source_, name);
  HostArray array = source_->read(name);
  array.shape = shape;
  return array;
}

}  // namespace odsora
