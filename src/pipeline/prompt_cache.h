// Text embeddings kept on disk: a second video of the same sentence never touches the text encoder.
//
// A cache may be lost at any time, so every trouble with it is a miss: no home, no right to write, a full disk, a file
// that is damaged or somebody else's. Prompts are private: entries are named by digests and hold no text, and nobody
// but the user may read them.
#pragma once

#include <filesystem>
#include <optional>

#include "base/host_tensor.h"
#include "base/units.h"
#include "pipeline/prompt_key.h"

namespace odsora {

/// $ODSORA_CACHE_DIR, else $XDG_CACHE_HOME/odsora, else $HOME/.cache/odsora. An empty variable counts as unset, and so
/// does a relative XDG_CACHE_HOME or HOME. Nothing when none is set.
std::optional<std::filesystem::path> default_cache_folder();

/// The entries in `prompts/` of a cache folder. Any number of processes may use one folder at the same time.
class PromptCache {
 public:
  static constexpr Bytes kMostBytes = 256'000'000;
  static constexpr int kMostEntries = 512;

  /// Without a folder everything is a miss. The folder is made when something is stored.
  PromptCache(std::optional<std::filesystem::path> folder, Bytes most_bytes, int most_entries);

  /// The f32 [tokens, channels] that were stored, to the bit. The entry now counts as used.
  std::optional<HostTensor> find(const PromptKey& key) const;

  /// Keeps f32 [tokens, channels] in place of what the key had; the entries used longest ago make room. Returns whether
  /// it is kept: false as well when it is larger than the whole cache, empty or of another rank.
  bool store(const PromptKey& key, const HostTensor& embedding) const;

 private:
  std::filesystem::path file_of(const PromptKey& key) const;
  void make_room(Bytes bytes, const std::filesystem::path& kept) const;

  std::optional<std::filesystem::path> folder_;  // that of the entries
  Bytes most_bytes_;
  int most_entries_;
};

}  // namespace odsora
