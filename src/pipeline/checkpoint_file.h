// One file of a checkpoint: a safetensors file that tells what it belongs to and holds the SHA-256 of itself
// (docs/formats.md). It appears whole or not at all, and is a stranger's when it is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "base/sha256.h"
#include "video/pending_file.h"
#include "weights/safetensors.h"
#include "weights/safetensors_writer.h"

namespace odsora {

/// Writes data first and its header last, so that neither the number of elements nor the digest need be known before.
/// Every failure throws Error(kOutput) naming file and reason, and leaves an older file of that name as it was.
class CheckpointFileWriter {
 public:
  /// `most` has the tensors that take the longest header.
  CheckpointFileWriter(const std::filesystem::path& file, SafetensorsMetadata facts,
                       const std::vector<TensorInfo>& most);

  /// The next bytes of the tensors' elements.
  void append(std::span<const std::byte> data);

  /// Names the tensors that were appended, in their order, brings the file to the disk and gives it its name.
  void finish(const std::vector<TensorInfo>& tensors);

 private:
  PendingFile file_;
  SafetensorsMetadata facts_;  // the digest first
  size_t header_bytes_;
  Sha256 digest_;
};

struct NamedTensor {
  std::string name;
  const HostTensor& tensor;
};

/// A file of tensors that are all in memory.
void write_checkpoint_file(const std::filesystem::path& file, const SafetensorsMetadata& facts,
                           const std::vector<NamedTensor>& tensors);

/// Open for reading, once its digest was found right. Every failure throws Error(kInvalidArgument) naming the file,
/// what was expected and what was found.
class CheckpointFile {
 public:
  explicit CheckpointFile(const std::filesystem::path& path);

  const std::string& name() const { return file_.name(); }

  /// What it tells under this name.
  const std::string& fact(const std::string& name) const;

  bool contains(const std::string& tensor) const { return find(tensor) != nullptr; }

  /// A tensor of this type and shape; an extent of -1 is any from 1 to 16384.
  const TensorInfo& require(const std::string& tensor, DType dtype, const Shape& shape) const;

  /// An f32 tensor, likewise.
  HostTensor read(const std::string& tensor, const Shape& shape) const;

  /// Fills `bytes` from the tensor's byte `offset` on; they must lie within it.
  void read(const TensorInfo& tensor, uint64_t offset, std::span<std::byte> bytes) const;

 private:
  const TensorInfo* find(const std::string& tensor) const;

  SafetensorsFile file_;
};

}  // namespace odsora
