// One .safetensors file: eight bytes of length N, N bytes of JSON that name the tensors, then their data. The file
// is a stranger's: every number in it is checked before it is used (docs/formats.md lists the checks).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/input_file.h"
#include "weights/tensor_info.h"

namespace odsora {

/// Open for as long as the object lives. Thread-safe once constructed.
class SafetensorsFile {
 public:
  /// Opens the file and checks its header. Throws Error(kBadModel) naming file, tensor, expected and found.
  explicit SafetensorsFile(const std::filesystem::path& path);

  const std::string& name() const { return file_.name(); }

  /// In the order of their data.
  const std::vector<TensorInfo>& tensors() const { return tensors_; }

  /// Fills `bytes` from `offset` (see TensorInfo::offset) on. Throws Error(kBadModel) naming file and offset.
  void read(uint64_t offset, std::span<std::byte> bytes) const { file_.read(offset, bytes); }

 private:
  InputFile file_;
  std::vector<TensorInfo> tensors_;
};

}  // namespace odsora
