// Colours of latents that were learnt from the videos of a model, kept on disk for its next preview.
//
// Like every cache it may be lost at any time, so every trouble with it is a miss; it is for the user's eyes alone,
// since what it holds comes from the user's videos.
#pragma once

#include <filesystem>
#include <optional>
#include <span>

#include "base/sha256.h"
#include "weights/latent_color_map.h"

namespace odsora {

/// Of a VAE, by its weights and its config: see digest_of_files().
struct ColorKey {
  Sha256Digest digest;
};

/// Throws Error(kBadModel) when a file cannot be read.
ColorKey make_color_key(std::span<const std::filesystem::path> vae_files);

/// The files in `colors/` of a cache folder, 256 at most: a model may take another one's place. Any number of processes
/// may use one folder at the same time.
class ColorCache {
 public:
  /// Without a folder everything is a miss. The folder is made when something is stored.
  explicit ColorCache(std::optional<std::filesystem::path> folder);

  /// A map of so many channels that was stored, to the bit.
  std::optional<LatentColorMap> find(const ColorKey& key, size_t channels) const;

  /// Returns whether it is kept.
  bool store(const ColorKey& key, const LatentColorMap& map) const;

 private:
  std::filesystem::path file_of(const ColorKey& key) const;

  std::optional<std::filesystem::path> folder_;  // that of the files
};

}  // namespace odsora
