// The shipped model with some of its weights changed.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/host_tensor.h"
#include "support/shipped_model.h"
#include "support/temporary_folder.h"
#include "weights/safetensors.h"
#include "weights/safetensors_writer.h"

namespace odsora {

/// A copy in which the weights of one part, "transformer", are stored as f32 once `edit` has seen each of them.
class EditedModel {
 public:
  using Edit = std::function<void(const std::string& tensor, HostTensor& values)>;

  EditedModel(const std::string& part, const Edit& edit) {
    namespace fs = std::filesystem;
    const fs::path shipped = kShippedModel;
    fs::create_symlink(shipped / "odsora.json", folder_.path() / "odsora.json");
    for (const char* other : {"text_encoder", "tokenizer", "transformer", "vae"}) {
      if (other != part) fs::create_directory_symlink(shipped / other, folder_.path() / other);
    }
    fs::create_directory(folder_.path() / part);
    fs::create_symlink(shipped / part / "config.json", folder_.path() / part / "config.json");
    write_edited(shipped / part / "model.safetensors", folder_.path() / part / "model.safetensors", edit);
  }

  std::string folder() const { return folder_.path().string(); }

 private:
  static void write_edited(const std::filesystem::path& from, const std::filesystem::path& to, const Edit& edit) {
    const SafetensorsFile file(from);
    std::vector<TensorInfo> tensors = file.tensors();
    for (TensorInfo& tensor : tensors) tensor.dtype = DType::kF32;
    SafetensorsWriter writer(to, tensors);
    for (const TensorInfo& tensor : file.tensors()) {
      HostArray array(tensor.dtype, tensor.shape);
      file.read(tensor.offset, {array.bytes.get(), array.byte_count()});
      HostTensor values = to_f32(array);
      edit(tensor.name, values);
      writer.append(std::as_bytes(std::span(values.values)));
    }
    writer.finish();
  }

  TemporaryFolder folder_;
};

}  // namespace odsora
