// What tells one model from another without reading 23 GB.
#pragma once

#include <string>

#include "pipeline/model_folder.h"

namespace odsora {

/// The SHA-256, in hexadecimal digits, of the names and sizes of the model's configs, tokeniser and weight files, and
/// of 16 pieces of 64 KiB of each, evenly spread from its first to its last byte. Throws Error(kBadModel) when a file
/// cannot be read.
std::string model_digest(const ModelFolder& model);

}  // namespace odsora
