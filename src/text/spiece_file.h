// SentencePiece trusts its model files: a broken one can make it read outside its tables. So a stranger's file is
// checked before the library sees it.
#pragma once

#include <filesystem>
#include <string>

namespace odsora {

/// The bytes of a SentencePiece unigram model, safe to hand to the library: whole messages, sensible pieces, and
/// character maps whose every jump stays inside. Throws Error(kBadModel) naming the file and what is wrong.
std::string read_spiece_file(const std::filesystem::path& file);

}  // namespace odsora
