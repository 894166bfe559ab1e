// The weights of one checkpoint: one safetensors file or several with an index. Headers are read at once, tensors
// when they are asked for.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "weights/safetensors.h"
#include "weights/tensor_source.h"

namespace odsora {

struct TensorPlace {
  int file = 0;  // index into WeightStore::files()
  uint64_t offset = 0;
  uint64_t byte_count = 0;
};

/// Thread-safe for reading once constructed.
class WeightStore final : public TensorSource {
 public:
  /// `path` is a .safetensors file, or a folder that holds, in order of preference, model.safetensors.index.json,
  /// model.safetensors, diffusion_pytorch_model.safetensors(.index.json), or exactly one *.safetensors.
  /// Throws Error(kBadModel) that names the file and what is wrong with it.
  explicit WeightStore(const std::filesystem::path& path);

  bool contains(const std::string& name) const override;
  const TensorInfo& info(const std::string& name) const override;
  HostArray read(const std::string& name) const override;
  HostArray read_rows(const std::string& name, int64_t first, int64_t count) const override;
  std::string file_of(const std::string& name) const override;

  /// Where a tensor's bytes are, for readers of their own. Throws Error(kBadModel) when there is no such tensor.
  TensorPlace place(const std::string& name) const;

  /// The files that hold the tensors.
  std::vector<std::filesystem::path> files() const;

  /// Every name, sorted.
  std::vector<std::string> names() const;

 private:
  struct Entry {
    const SafetensorsFile* file;
    const TensorInfo* info;
  };

  using Entries = std::map<std::string, Entry>;

  Entries open_file(const std::filesystem::path& path);
  Entries open_shards(const std::filesystem::path& index_path);
  const Entry& entry(const std::string& name) const;

  std::filesystem::path path_;
  std::vector<std::unique_ptr<SafetensorsFile>> files_;
  Entries entries_;
};

}  // namespace odsora
