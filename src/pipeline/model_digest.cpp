#include "pipeline/model_digest.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <vector>

#include "base/input_file.h"
#include "base/sha256.h"

namespace odsora {
namespace {

constexpr uint64_t kPieces = 16;
constexpr uint64_t kPieceBytes = uint64_t{64} << 10;

void add_text(Sha256& digest, std::string_view text) {
  digest.update(std::as_bytes(std::span(text)));
  digest.update(std::as_bytes(std::span("\n", 1)));
}

void add_file(Sha256& digest, const std::filesystem::path& path, const std::string& name) {
  const InputFile file(path);
  add_text(digest, name);
  add_text(digest, std::to_string(file.size()));
  std::vector<std::byte> piece(std::min(file.size(), kPieceBytes));
  const uint64_t farthest = file.size() - piece.size();
  for (uint64_t i = 0; i < kPieces; ++i) {
    file.read(farthest / (kPieces - 1) * i + farthest % (kPieces - 1) * i / (kPieces - 1), piece);
    digest.update(piece);
  }
}

}  // namespace

std::string model_digest(const ModelFolder& model) {
  std::vector<std::filesystem::path> files = {
      model.folder / "text_encoder" / "config.json", model.folder / "tokenizer" / "spiece.model",
      model.folder / "transformer" / "config.json", model.folder / "vae" / "config.json"};
  for (const WeightStore* weights : {&model.text_encoder_weights, &model.transformer_weights, &model.vae_weights}) {
    for (const std::filesystem::path& file : weights->files()) files.push_back(file);
  }
  std::sort(files.begin(), files.end());
  Sha256 digest;
  for (const std::filesystem::path& file : files) {
    add_file(digest, file, file.lexically_relative(model.folder).generic_string());
  }
  return to_string(digest.finish());
}

}  // namespace odsora
