// What a text embedding depends on, as one number.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>

#include "base/dtype.h"
#include "base/sha256.h"

namespace odsora {

/// Equal keys, equal embeddings. Tells nothing about the prompt.
struct PromptKey {
  Sha256Digest digest;

  bool operator==(const PromptKey&) const = default;
};

/// The key of the embedding of these tokens. `encoder_files` are all that decide the encoder, weights and configs, in
/// any order: each counts with its name (not its folder), size, time of change, first and last mebibyte, so that 20 GB
/// are not read for it. `arithmetic` says what else decides the bits of the result, such as the instruction set; the
/// version of this library always counts. Throws Error(kBadModel) when a file cannot be read.
PromptKey make_prompt_key(std::span<const int32_t> tokens, DType compute_type,
                          std::span<const std::filesystem::path> encoder_files, std::string_view arithmetic);

/// Of files, in any order, as they count in a prompt's key, so that large ones are not read as a whole. `purpose` keeps
/// digests of one kind from those of another. Throws Error(kBadModel) when a file cannot be read.
Sha256Digest digest_of_files(std::string_view purpose, std::span<const std::filesystem::path> files);

}  // namespace odsora
