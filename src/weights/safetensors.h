// One .safetensors file: eight bytes of length N, N bytes of JSON that name the tensors, then their data. The file
// is a stranger's: every number in it is checked before it is used (docs/formats.md lists the checks).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
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

  /// The texts of the header's `__metadata__`, by name; other values there are passed over.
  const std::map<std::string, std::string>& metadata() const { return metadata_; }

  /// Where the data of the tensors begins.
  uint64_t data_begin() const { return data_begin_; }
  uint64_t size() const { return file_.size(); }

  /// Fills `bytes` from `offset` (see TensorInfo::offset) on. Throws Error(kBadModel) naming file and offset.
  void read(uint64_t offset, std::span<std::byte> bytes) const { file_.read(offset, bytes); }

 private:
  InputFile file_;
  uint64_t data_begin_ = 0;
  std::vector<TensorInfo> tensors_;
  std::map<std::string, std::string> metadata_;
};

}  // namespace odsora
