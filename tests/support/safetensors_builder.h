// Makes safetensors files for tests, good ones and, from a header of one's own, bad ones.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "base/dtype.h"
#include "base/error.h"
#include "base/shape.h"

namespace odsora {

/// The raw little-endian elements.
template <typename Element>
std::string raw_bytes(const std::vector<Element>& elements) {
  std::string bytes(elements.size() * sizeof(Element), '\0');
  if (!bytes.empty()) std::memcpy(bytes.data(), elements.data(), bytes.size());
  return bytes;
}

/// A file's bytes: the header's length, the header as it is, the data as it is.
inline std::string safetensors_bytes(std::string_view header, std::string_view data) {
  return raw_bytes(std::vector<uint64_t>{header.size()}) + std::string(header) + std::string(data);
}

/// Collects tensors; nothing is checked. Names must need no escape in JSON.
class SafetensorsBuilder {
 public:
  SafetensorsBuilder& add(const std::string& name, DType dtype, const Shape& shape, const std::string& bytes) {
    header_ += join(header_.empty() ? "" : ",", '"', name, R"(":{"dtype":")", odsora::name_of(dtype), R"(","shape":)",
                    to_string(shape), R"(,"data_offsets":[)", data_.size(), ",", data_.size() + bytes.size(), "]}");
    data_ += bytes;
    return *this;
  }

  SafetensorsBuilder& add_f32(const std::string& name, const Shape& shape, const std::vector<float>& values) {
    return add(name, DType::kF32, shape, raw_bytes(values));
  }

  /// The whole file.
  std::string bytes() const { return safetensors_bytes("{" + header_ + "}", data_); }

 private:
  std::string header_;
  std::string data_;
};

}  // namespace odsora
