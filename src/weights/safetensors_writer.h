// Writes one .safetensors file, tensor after tensor, in memory that does not grow with it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/units.h"
#include "weights/tensor_info.h"

namespace odsora {

/// Names and texts, written in this order.
using SafetensorsMetadata = std::vector<std::pair<std::string, std::string>>;

/// The first bytes of a file that holds these tensors without gaps, in this order: the header's length and the header,
/// filled with blanks to a multiple of eight bytes. Of each tensor, name, type and shape are used. The metadata come
/// first; the default is without what the transformers library refuses a file.
std::string safetensors_header(std::span<const TensorInfo> tensors,
                               const SafetensorsMetadata& metadata = {{"format", "pt"}});

/// Header and data.
Bytes safetensors_file_bytes(std::span<const TensorInfo> tensors);

/// Creates a file that must not exist. Destroyed before finish(), it removes it again. Every failure throws
/// Error(kOutput) naming file and reason.
class SafetensorsWriter {
 public:
  /// Writes the header.
  SafetensorsWriter(std::filesystem::path file, std::span<const TensorInfo> tensors);
  ~SafetensorsWriter();
  SafetensorsWriter(const SafetensorsWriter&) = delete;
  SafetensorsWriter& operator=(const SafetensorsWriter&) = delete;

  /// The next bytes of data: little-endian elements of the tensors in their order. Throws Error(kInternal) for more
  /// bytes than the header announces.
  void append(std::span<const std::byte> bytes);

  /// Brings what was appended to the disk. Called now and then it bounds what the system keeps in memory. May run on
  /// another thread beside append().
  void flush();

  /// Flushes and closes the file. Throws Error(kInternal) when data is missing.
  void finish();

 private:
  SafetensorsWriter(std::filesystem::path file, Bytes data_bytes);
  void write(std::span<const std::byte> bytes);
  [[noreturn]] void fail_with(int error_number) const;

  std::filesystem::path file_;
  int descriptor_ = -1;
  Bytes missing_ = 0;  // of the data
};

}  // namespace odsora
